/** Several streams as one, each item when it comes; at most one item of each stream waits. */
export async function* merge<T>(sources: readonly AsyncIterable<T>[]): AsyncGenerator<T> {
  interface Arrival {
    readonly iterator: AsyncIterator<T>;
    readonly result: IteratorResult<T> | { readonly error: unknown };
  }
  const arrivals: Arrival[] = [];
  let wake: (() => void) | undefined;
  const advance = (iterator: AsyncIterator<T>): void => {
    const arrived = (result: Arrival['result']): void => {
      arrivals.push({ iterator, result });
      wake?.();
    };
    iterator.next().then(arrived, (error: unknown) => arrived({ error }));
  };
  const iterators = sources.map((source) => source[Symbol.asyncIterator]());
  const open = new Set(iterators);
  for (const iterator of iterators) advance(iterator);
  try {
    while (open.size > 0) {
      const arrival = arrivals.shift();
      if (!arrival) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
        wake = undefined;
        continue;
      }
      const { iterator, result } = arrival;
      if ('error' in result) throw result.error;
      if (result.done) {
        open.delete(iterator);
        continue;
      }
      yield result.value;
      advance(iterator);
    }
  } finally {
    // A generator that waits takes its return only when its wait is over: nobody here can wait for that.
    for (const iterator of open) iterator.return?.().catch(() => {});
  }
}
