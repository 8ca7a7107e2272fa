/** Things that happen beside a stream, in their order, to be told in between. */

export class Queue<T extends object> {
  readonly #items: T[] = [];
  #wake: (() => void)[] = [];

  push(item: T): void {
    this.#items.push(item);
    for (const wake of this.#wake.splice(0)) wake();
  }

  shift(): T | undefined {
    return this.#items.shift();
  }

  /** Resolves when something is added. */
  async changed(): Promise<void> {
    await new Promise<void>((resolve) => this.#wake.push(resolve));
  }
}

/** The values of the stream and of the queue as they come, until the stream ends. */
export async function* withQueue<S, T extends object>(
  stream: AsyncIterable<S>,
  queue: Queue<T>,
): AsyncGenerator<{ readonly value: S } | { readonly queued: T }> {
  const values = stream[Symbol.asyncIterator]();
  const take = (): Promise<IteratorResult<S>> => {
    const next = values.next();
    next.catch(() => {}); // thrown where it is awaited, which may be later
    return next;
  };
  try {
    let next = take();
    for (;;) {
      for (let queued = queue.shift(); queued; queued = queue.shift()) yield { queued };
      const result = await Promise.race([next, queue.changed()]);
      if (!result) continue;
      if (result.done) return;
      yield { value: result.value };
      next = take();
    }
  } finally {
    await values.return?.();
  }
}
