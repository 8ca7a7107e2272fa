/** What the scripts for bash and zsh look up in a `case`: which values to offer where. */
import type { Model, Offer } from './completion-model.ts';

export interface ValueCase {
  /** `command:--option`, `*:--option` or `command:place`, as patterns of a shell's `case`. */
  readonly patterns: readonly string[];
  readonly offer: Offer;
}

/** What to offer where, each offer once. Options that mean the same everywhere stand for all commands. */
export function valueCases(model: Model): readonly ValueCase[] {
  const options = model.commands.flatMap((command) => [
    ...[...model.shared[command.shared], ...command.own].flatMap(({ names, offer }) =>
      names.map((spelling) => ({ name: command.name, spelling, offer: spelling === '--json' ? command.keys : offer })),
    ),
  ]);
  const meanings = new Map<string, Set<string>>();
  for (const { spelling, offer } of options) {
    meanings.set(spelling, (meanings.get(spelling) ?? new Set()).add(JSON.stringify(offer)));
  }
  const ofOptions = options.map(({ name, spelling, offer }) => ({
    pattern: `${meanings.get(spelling)?.size === 1 ? '*' : name}:${spelling}`,
    offer,
  }));
  const places = model.commands.flatMap(({ name, positionals, repeats }) =>
    positionals.map((offer, index) => ({
      pattern: `${name}:${repeats && index === positionals.length - 1 ? '[1-9]*' : index + 1}`,
      offer,
    })),
  );
  // Patterns with a star come after the exact ones that they would hide.
  const exact = places.filter(({ pattern }) => !pattern.endsWith('*'));
  return [...grouped([...ofOptions, ...exact]), ...grouped(places.filter(({ pattern }) => pattern.endsWith('*')))];
}

function grouped(entries: readonly { readonly pattern: string; readonly offer: Offer }[]): ValueCase[] {
  const cases = new Map<string, { patterns: Set<string>; offer: Offer }>();
  for (const { pattern, offer } of entries) {
    if (offer.completes === 'none' && offer.words.length === 0) continue;
    const key = JSON.stringify(offer);
    const found = cases.get(key) ?? { patterns: new Set(), offer };
    found.patterns.add(pattern);
    cases.set(key, found);
  }
  return [...cases.values()].map(({ patterns, offer }) => ({ patterns: [...patterns], offer }));
}

/** A word for bash and zsh, so that nothing in it has a meaning. */
export const quote = (word: string): string =>
  /^[\w,./:=@+-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;

/** A pattern of `case`: a star at its ends stays one. */
export const quotePattern = (pattern: string): string => {
  const [, head = '', body = '', tail = ''] = /^(\*?)(.*?)((?:\[1-9\]\*)?)$/.exec(pattern) ?? [];
  return `${head}${quote(body)}${tail}`;
};
