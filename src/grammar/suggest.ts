/** Finds what a mistyped word was meant to be. */

/** The closest of the words, if one is close enough to be meant, or the only one that is begun. */
export function closest(typed: string, words: readonly string[]): string | undefined {
  const farthest = Math.max(1, Math.floor(typed.length / 3));
  let best: { word: string; distance: number } | undefined;
  for (const word of words) {
    const distance = damerauLevenshtein(typed.toLowerCase(), word, best?.distance ?? farthest + 1);
    if (distance <= farthest && (best === undefined || distance < best.distance)) best = { word, distance };
  }
  return best?.word ?? onlyBeginning(typed.toLowerCase(), words);
}

/** The one word that begins so; two letters could mean anything. */
function onlyBeginning(typed: string, words: readonly string[]): string | undefined {
  const begun = typed.length < 3 ? [] : words.filter((word) => word.startsWith(typed));
  return begun.length === 1 ? begun[0] : undefined;
}

/** ` Did you mean …?` as a hint, or undefined. */
export function didYouMean(typed: string, words: readonly string[], prefix = ''): string | undefined {
  const word = closest(typed, words);
  return word === undefined ? undefined : `Did you mean ${prefix}${word}?`;
}

/** Insertions, deletions, replacements and swapped neighbours that turn one word into the other; `limit` or more as `limit`. */
export function damerauLevenshtein(from: string, to: string, limit = Number.POSITIVE_INFINITY): number {
  if (Math.abs(from.length - to.length) >= limit) return limit;
  let twoAbove: number[] = [];
  let above = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let row = 1; row <= from.length; row++) {
    const here = [row];
    for (let column = 1; column <= to.length; column++) {
      const same = from[row - 1] === to[column - 1];
      let cost = Math.min(
        (above[column] ?? 0) + 1,
        (here[column - 1] ?? 0) + 1,
        (above[column - 1] ?? 0) + (same ? 0 : 1),
      );
      const swapped = row > 1 && column > 1 && from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1];
      if (swapped) cost = Math.min(cost, (twoAbove[column - 2] ?? 0) + 1);
      here.push(cost);
    }
    twoAbove = above;
    above = here;
  }
  return Math.min(above[to.length] ?? 0, limit);
}
