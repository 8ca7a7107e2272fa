/** Waiting for items, but not for ever. */
interface Clock {
  /** Resolves after `ms`, or at once when the signal aborts. */
  after(ms: number, signal?: AbortSignal): Promise<void>;
}

/** Items as they come, with a limit to the waiting. */
export class Arrivals<T> {
  readonly #iterator: AsyncIterator<T>;
  readonly #clock: Clock;
  #next: Promise<IteratorResult<T>> | undefined;
  #ended = false;

  constructor(items: AsyncIterable<T>, clock: Clock) {
    this.#iterator = items[Symbol.asyncIterator]();
    this.#clock = clock;
  }

  /** The next item; 'none' if none comes in time, 'over' at the end. Throws what the items throw. */
  async within(ms: number): Promise<T | 'none' | 'over'> {
    this.#next ??= this.#iterator.next();
    const waited = new AbortController();
    const silence = this.#clock.after(ms, waited.signal).then(() => undefined);
    const result = await Promise.race([this.#next, silence]).finally(() => waited.abort());
    if (!result) return 'none';
    this.#next = undefined;
    this.#ended = result.done === true;
    return result.done ? 'over' : result.value;
  }

  /** Lets time pass and whatever comes; true if the items end meanwhile. */
  async endsWithin(ms: number): Promise<boolean> {
    const waited = new AbortController();
    let isOver = false;
    const time = this.#clock.after(ms, waited.signal).then(() => {
      isOver = true;
    });
    try {
      while (!isOver && !this.#ended) {
        this.#next ??= this.#iterator.next();
        const result = await Promise.race([this.#next, time]);
        if (!result) break;
        this.#next = undefined;
        this.#ended = result.done === true;
      }
      return this.#ended;
    } finally {
      waited.abort();
    }
  }

  async close(): Promise<void> {
    await this.#iterator.return?.();
  }
}
