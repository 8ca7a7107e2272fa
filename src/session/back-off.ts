/** How long to wait before trying again. */
import { XmppctlError } from '../errors.ts';

/** A connection that lasted so long was a good one: the next one may come soon. */
const steadyMs = 60_000;
/** Between connections to a server that finds us too busy: three of them a minute at most. */
const calmMs = 20_000;

/** 1 s, 2 s, 4 s … 60 s, each less a random half so that not all come back at once. */
export function* backOff(random = Math.random): Generator<number, never> {
  for (let ms = 1000; ; ms = Math.min(ms * 2, 60_000)) yield ms * (0.5 + random() / 2);
}

/** The same, but at once for the first time. */
export function* atOnceThenBackOff(): Generator<number, never> {
  yield 0;
  return yield* backOff();
}

/** Pauses before connections. They begin anew only after one that lasted: who is thrown out at once shall not storm the server. */
export class Pauses {
  readonly #start: () => Generator<number, never>;
  #steps: Generator<number, never>;

  constructor(start: () => Generator<number, never> = backOff) {
    this.#start = start;
    this.#steps = start();
  }

  /** Milliseconds to wait, after a connection that lasted `lastedMs` and ended because of `why`. */
  after(lastedMs: number, why: unknown): number {
    if (lastedMs >= steadyMs) this.#steps = this.#start();
    const pause = this.#steps.next().value;
    return isRateLimit(why) ? Math.max(pause, calmMs * (1 + Math.random() / 2)) : pause;
  }
}

/** Whether the server says that it is too much (CASES 82). */
export const isRateLimit = (error: unknown): boolean =>
  error instanceof XmppctlError && ['policy-violation', 'resource-constraint'].includes(error.condition ?? '');
