/**
 * Names that shells offer at TAB: completion.tsv in the cache directory, lines of kind, value and description, which the
 * completion scripts read without starting the program. Each account keeps its own names, so that they go when it goes.
 */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheFileOf, readCached, readCacheText, writeCacheText } from './cache.ts';
import type { Paths } from './paths.ts';

export const completionKinds = ['account', 'jid', 'room'] as const;
export type CompletionKind = (typeof completionKinds)[number];

export interface CompletionEntry {
  readonly value: string;
  readonly description?: string | null | undefined;
}

const file = 'completion';
/** Nobody picks from more, and the shell reads all of them at each TAB. */
const mostEntries = 20_000;

/** By kind: value and description. */
type Names = Record<CompletionKind, readonly (readonly [value: string, description: string])[]>;

/**
 * Adds names of an account to those that shells offer; with `replace` they are all there are of that kind. Names that a shell
 * could take for more than a word are left out.
 */
export async function rememberNames(
  paths: Paths,
  bareJid: string,
  kind: CompletionKind,
  entries: readonly CompletionEntry[],
  replace: boolean,
): Promise<void> {
  const path = cacheFileOf(paths, bareJid, file);
  const old = await readNames(paths, path);
  const known = new Map<string, string>(replace ? [] : old[kind]);
  for (const { value, description } of entries) {
    if (isPlainWord(value)) known.set(value, plainText(description ?? known.get(value) ?? ''));
  }
  const next: Names = { ...old, [kind]: [...known].slice(-mostEntries) };
  if (JSON.stringify(next) === JSON.stringify(old)) return;
  if (await writeCacheText(paths, path, JSON.stringify(next))) await refreshCompletion(paths);
}

/** Writes completion.tsv from what all accounts have. */
export async function refreshCompletion(paths: Paths): Promise<void> {
  const accounts = join(paths.cacheDir, 'accounts');
  const directories = await readdir(accounts).catch(() => []);
  const lines = new Map<string, string>();
  for (const directory of directories.sort()) {
    const names = await readNames(paths, join(accounts, directory, `${file}.json`));
    for (const kind of completionKinds) {
      for (const [value, description] of names[kind]) lines.set(`${kind}\t${value}`, description);
    }
  }
  const text = Array.from(lines, ([name, description]) => `${name}\t${description}\n`).join('');
  const path = join(paths.cacheDir, 'completion.tsv');
  if (((await readCacheText(paths, path)) ?? '') !== text) await writeCacheText(paths, path, text);
}

/** The file may be damaged, or by an older version: what is not as it should be is left out. */
async function readNames(paths: Paths, path: string): Promise<Names> {
  const found = ((await readCached(paths, path)) ?? {}) as Record<string, unknown>;
  const of = (kind: CompletionKind): [string, string][] => {
    const pairs = found[kind];
    return (Array.isArray(pairs) ? pairs : []).filter(
      (pair): pair is [string, string] =>
        Array.isArray(pair) && isPlainWord(pair[0]) && pair[1] === plainText(String(pair[1])),
    );
  };
  return { account: of('account'), jid: of('jid'), room: of('room') };
}

/** Letters, digits and the few signs that no shell gives a meaning to; not what looks like an option. */
const isPlainWord = (value: unknown): boolean =>
  typeof value === 'string' && value.length <= 512 && /^[\p{L}\p{N}_][\p{L}\p{N}\p{M}@._+:/-]*$/u.test(value);

/** Words that a shell can show: anything else is a space. */
const plainText = (text: string): string =>
  /^(?! )[\w.,@+/ -]{0,60}(?<! )$/.test(text) && !text.includes('  ') ? text : madePlain(text);

const madePlain = (text: string): string =>
  Array.from(text.replace(/[^\p{L}\p{N}\p{M}.,@_+/-]+/gu, ' '))
    .slice(0, 60)
    .join('')
    .trim();
