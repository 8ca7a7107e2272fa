// The lines of a stream as they arrive, and waiting for one of them.

export interface Lines {
  /** Whole lines only. */
  seen: string[];
  /** The first line that matches and that no earlier call was given, now or within `ms`. */
  next(match: RegExp | ((line: string) => boolean), ms: number): Promise<string>;
  end(): void;
}

export function linesOf(stream: NodeJS.ReadableStream | null | undefined): Lines {
  const seen: string[] = [];
  const given = new Set<number>();
  const waiting = new Set<() => void>();
  let rest = '';
  let ended = false;
  const look = () => {
    for (const again of [...waiting]) again();
  };
  stream?.setEncoding('utf8').on('data', (text: string) => {
    const [last = '', ...whole] = (rest + text).split('\n').reverse();
    rest = last;
    seen.push(...whole.reverse());
    look();
  });
  return {
    seen,
    next: (match, ms) =>
      new Promise((resolve, reject) => {
        const matches = (line: string) => (match instanceof RegExp ? match.test(line) : match(line));
        const settle = (how: () => void) => {
          clearTimeout(timer);
          waiting.delete(again);
          how();
        };
        const again = () => {
          const index = seen.findIndex((line, place) => !given.has(place) && matches(line));
          const line = seen[index];
          if (line !== undefined) {
            given.add(index);
            settle(() => resolve(line));
          } else if (ended) settle(() => reject(new Error(`it ended without a line like ${match}`)));
        };
        const timer = setTimeout(() => settle(() => reject(new Error(`no line like ${match} in ${ms} ms`))), ms);
        waiting.add(again);
        again();
      }),
    end: () => {
      ended = true;
      look();
    },
  };
}
