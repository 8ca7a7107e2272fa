/** Things that happen beside a stream, in their order, to be told in between. */

export class Queue<T extends object> {
  /** Called when something is added. */
  onPush: () => void = () => {};
  readonly #items: T[] = [];

  push(item: T): void {
    this.#items.push(item);
    this.onPush();
  }

  shift(): T | undefined {
    return this.#items.shift();
  }

  /** Resolves when something is added. */
  async changed(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.onPush = resolve;
    });
  }
}

/**
 * The values of the stream and of the queue as they come, until the stream ends or `over` is aborted. Nothing that was told
 * is kept: a race of promises would hold every value for as long as the queue stays empty.
 */
export async function* withQueue<S, T extends object>(
  stream: AsyncIterable<S>,
  queue: Queue<T>,
  over?: AbortSignal,
): AsyncGenerator<{ readonly value: S } | { readonly queued: T }> {
  const values = stream[Symbol.asyncIterator]();
  const arrived: (IteratorResult<S> | { readonly error: unknown })[] = [];
  let wake = (): void => {};
  const arrive = (result: IteratorResult<S> | { readonly error: unknown }): void => {
    arrived.push(result);
    wake();
  };
  let isAsked = false;
  const take = (): void => {
    isAsked = true;
    values.next().then(arrive, (error: unknown) => arrive({ error }));
  };
  const change = (): void => wake();
  queue.onPush = change;
  over?.addEventListener('abort', change, { once: true });
  try {
    take();
    while (!over?.aborted) {
      const queued = queue.shift();
      if (queued) {
        yield { queued };
        continue;
      }
      const result = arrived.shift();
      if (!result) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
        continue;
      }
      isAsked = false;
      if ('error' in result) throw result.error;
      if (result.done) return;
      yield { value: result.value };
      take();
    }
  } finally {
    over?.removeEventListener('abort', change);
    const returned = values.return?.();
    // A generator that waits takes its return only when its wait is over: nobody here can wait for that.
    if (isAsked) returned?.catch(() => {});
    else await returned;
  }
}
