/** Who waits for which stanza: expectations (one value) and subscriptions (many), in order of arrival. */
import type { Element } from '../xmpp/xml.ts';
import type { Expectation, Read, Stanzas } from './types.ts';

interface Listener {
  /** Takes the stanza; true if it was this listener's. */
  offer(stanza: Element): boolean;
  /** The stream is over; `error` if it broke. */
  end(error: unknown): void;
}

export class Inbox {
  readonly #listeners = new Set<Listener>();
  #waiting = 0;
  #onTaken: (() => void)[] = [];
  #over = false;
  #error: unknown;

  /** Hands the stanza to all that take it; true if anybody did. */
  deliver(stanza: Element): boolean {
    let taken = false;
    for (const listener of [...this.#listeners]) taken = listener.offer(stanza) || taken;
    return taken;
  }

  /** How many values consumers of stanzas() have not dealt with: those not taken, and the one at hand. */
  get waiting(): number {
    return this.#waiting;
  }

  /** Resolves when a consumer has dealt with one, or somebody says that it is time to look again. */
  async taken(): Promise<void> {
    await new Promise<void>((resolve) => this.#onTaken.push(resolve));
  }

  wakeReader(): void {
    for (const wake of this.#onTaken.splice(0)) wake();
  }

  #dealtWith(count: number): void {
    this.#waiting -= count;
    this.wakeReader();
  }

  end(error?: unknown): void {
    if (this.#over) return;
    this.#over = true;
    this.#error = error;
    for (const listener of [...this.#listeners]) listener.end(error);
    this.#listeners.clear();
  }

  expect<T>(read: Read<T>): Expectation<T> {
    const outcome = withResolvers<T | undefined>();
    outcome.promise.catch(() => {}); // rejected before anybody waits is no crash
    const listener: Listener = {
      offer: (stanza) => {
        try {
          const value = read(stanza);
          if (value === undefined) return false;
          outcome.resolve(value);
        } catch (error) {
          outcome.reject(error);
        }
        this.#listeners.delete(listener);
        return true;
      },
      end: (error) => (error === undefined ? outcome.resolve(undefined) : outcome.reject(error)),
    };
    this.#add(listener);
    const cancel = (): void => {
      this.#listeners.delete(listener);
      outcome.resolve(undefined);
    };
    return {
      cancel,
      within: async (ms) => {
        const timer = setTimeout(cancel, ms);
        return await outcome.promise.finally(() => clearTimeout(timer));
      },
    };
  }

  /** Subscribes at the first `next()`. What was read but not taken by the consumer counts in `waiting`. */
  stanzas<T>(read: Read<T>): Stanzas<T> {
    const values: T[] = [];
    let failure: { error: unknown } | undefined;
    let ended = false;
    let wake: (() => void) | undefined;
    const listener: Listener = {
      offer: (stanza) => {
        try {
          const value = read(stanza);
          if (value === undefined) return false;
          values.push(value);
          this.#waiting += 1;
        } catch (error) {
          failure ??= { error };
        }
        wake?.();
        return true;
      },
      end: (error) => {
        if (error !== undefined) failure ??= { error };
        ended = true;
        wake?.();
      },
    };
    this.#add(listener);
    let atHand = 0;
    const accept = (): void => {
      this.#dealtWith(atHand);
      atHand = 0;
    };
    const finish = async (): Promise<IteratorResult<T>> => {
      this.#listeners.delete(listener);
      ended = true;
      return { done: true, value: undefined };
    };
    return {
      next: async () => {
        accept();
        for (;;) {
          const value = values.shift();
          if (value !== undefined) {
            atHand = 1;
            return { done: false, value };
          }
          if (failure) throw failure.error;
          if (ended) return await finish();
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
          wake = undefined;
        }
      },
      return: finish,
      accept,
      seal: () => {
        this.#listeners.delete(listener);
        ended = true;
        wake?.();
      },
      discard: () => {
        this.#dealtWith(atHand + values.splice(0).length);
        atHand = 0;
        void finish();
        wake?.();
      },
      [Symbol.asyncIterator]() {
        return this;
      },
    };
  }

  #add(listener: Listener): void {
    if (this.#over) listener.end(this.#error);
    else this.#listeners.add(listener);
  }
}

interface Resolvers<T> {
  promise: Promise<T>;
  resolve(value: T): void;
  reject(error: unknown): void;
}

/** COMPAT(Node 20): Promise.withResolvers came with Node 22. */
export function withResolvers<T>(): Resolvers<T> {
  let resolve: (value: T) => void = () => {};
  let reject: (error: unknown) => void = () => {};
  const promise = new Promise<T>((onValue, onError) => {
    resolve = onValue;
    reject = onError;
  });
  return { promise, resolve, reject };
}
