/** --timeout: one point in time for the whole command, as a signal and as milliseconds left. */
import { XmppctlError } from '../errors.ts';
import type { System } from '../system.ts';

export const defaultTimeoutMs = 30_000;

export class Deadline {
  readonly #system: Pick<System, 'monotonic'>;
  readonly #ms: number;
  readonly #controller = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  #end = 0;

  constructor(ms: number, system: Pick<System, 'monotonic'>) {
    this.#ms = ms;
    this.#system = system;
    this.restart();
  }

  /** Aborted with kind tempfail when the time is up. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Milliseconds that were given at the beginning. */
  get length(): number {
    return this.#ms;
  }

  /** Milliseconds left; endless once lifted. */
  left(): number {
    return Math.max(0, this.#end - this.#system.monotonic());
  }

  /** Counts from now: a person at the prompt takes the time they need. */
  restart(): void {
    clearTimeout(this.#timer);
    this.#end = this.#system.monotonic() + this.#ms;
    const seconds = Math.round(this.#ms / 100) / 10;
    const expire = (): void =>
      this.#controller.abort(new XmppctlError('tempfail', `no answer within ${seconds} s (--timeout)`));
    this.#timer = setTimeout(expire, Math.min(this.#ms, 2 ** 31 - 1));
  }

  /** Something moved: counts from now, unless the time is up already or no longer counted. */
  extend(): void {
    if (this.#end !== Number.POSITIVE_INFINITY && !this.signal.aborted) this.restart();
  }

  /** From here on the command may take as long as it likes. */
  lift(): void {
    clearTimeout(this.#timer);
    this.#end = Number.POSITIVE_INFINITY;
  }
}
