// What shells offer at TAB, and the caches of accounts: useful, never trusted, never in the way.
import { chmod, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createAccounts } from '../../src/account/accounts.ts';
import { cacheFileOf, readCached, writeCacheText } from '../../src/account/cache.ts';
import { rememberNames } from '../../src/account/completion-cache.ts';
import { type Paths, pathsFor } from '../../src/account/paths.ts';
import type { System } from '../../src/system.ts';
import { parseJid } from '../../src/xmpp/jid.ts';
import { removeDirectory, temporaryDirectory } from '../support/daemon.ts';

let home: string;
let paths: Paths;
let system: Pick<System, 'env' | 'platform' | 'uid'>;
beforeEach(async () => {
  home = await temporaryDirectory('cache');
  system = { env: { HOME: home }, platform: 'linux', uid: process.getuid?.() };
  paths = pathsFor(system);
});
afterEach(() => removeDirectory(home));

const offered = async (): Promise<string[]> =>
  (await readFile(join(paths.cacheDir, 'completion.tsv'), 'utf8')).split('\n').filter((line) => line !== '');
const modeOf = async (path: string): Promise<number> => (await stat(path)).mode & 0o777;

test('names are one line each: kind, value, description', async () => {
  const people = [{ value: 'bob@example.org', description: 'Bob' }, { value: 'carol@example.org' }];
  await rememberNames(paths, 'alice@example.org', 'jid', people, true);
  await rememberNames(paths, 'alice@example.org', 'account', [{ value: 'alice@example.org' }], false);
  expect(await offered()).toEqual([
    'account\talice@example.org\t',
    'jid\tbob@example.org\tBob',
    'jid\tcarol@example.org\t',
  ]);
  expect(await modeOf(join(paths.cacheDir, 'completion.tsv'))).toBe(0o600);
  expect(await modeOf(paths.cacheDir)).toBe(0o700);
});

test('what a shell could take for more than a word is left out', async () => {
  const bad = [
    'a b@x',
    'a;b@x',
    '$(id)@x',
    '`id`@x',
    '-rf@x',
    "a'b@x",
    'a"b@x',
    'a\tb@x',
    'a\nb@x',
    'a\u200bb@x',
    '~@x',
  ];
  const entries = [...bad, 'good@x'].map((value) => ({ value }));
  await rememberNames(paths, 'alice@example.org', 'jid', entries, false);
  expect(await offered()).toEqual(['jid\tgood@x\t']);
});

test('a description is made harmless and short', async () => {
  const description = `$(id)\t\u001b[31m\n\u202eBob: ${'é😀x'.repeat(50)}`;
  await rememberNames(paths, 'alice@example.org', 'jid', [{ value: 'bob@x', description }], false);
  const [line = ''] = await offered();
  expect(line).toMatch(/^jid\tbob@x\tid 31m Bob é x[é x]*$/u);
  expect(Array.from(line).length).toBeLessThan(80);
});

test('adding keeps what was there, replacing does not, and other accounts keep theirs', async () => {
  await rememberNames(paths, 'alice@x', 'jid', [{ value: 'old@x' }], false);
  await rememberNames(paths, 'other@x', 'jid', [{ value: 'others@x' }], false);
  await rememberNames(paths, 'alice@x', 'jid', [{ value: 'new@x' }], false);
  expect(await offered()).toEqual(['jid\told@x\t', 'jid\tnew@x\t', 'jid\tothers@x\t']);
  await rememberNames(paths, 'alice@x', 'jid', [{ value: 'only@x' }], true);
  expect(await offered()).toEqual(['jid\tonly@x\t', 'jid\tothers@x\t']);
});

test('the names of an account go when it is forgotten', async () => {
  await rememberNames(paths, 'alice@x', 'jid', [{ value: 'bob@x' }], false);
  await rememberNames(paths, 'other@x', 'jid', [{ value: 'others@x' }], false);
  const keychain = { get: async () => null, set: async () => {}, delete: async () => false };
  await createAccounts(system as System, paths, keychain).forget(parseJid('alice@x'));
  expect(await offered()).toEqual(['jid\tothers@x\t']);
});

test('a damaged or forged cache reads as what is good in it', async () => {
  const file = cacheFileOf(paths, 'alice@x', 'completion');
  await writeCacheText(paths, file, '{"jid":[["bob@x","ok"],["$(id)@x",""],["c@x","a\\tb"],7,null],"room":"no"}');
  await rememberNames(paths, 'alice@x', 'jid', [{ value: 'new@x' }], false);
  expect(await offered()).toEqual(['jid\tbob@x\tok', 'jid\tnew@x\t']);
  await writeFile(file, '{');
  expect(await readCached(paths, file)).toBeUndefined();
});

test('a cache that others can read or that cannot be written is no error', async () => {
  const file = cacheFileOf(paths, 'alice@x', 'roster');
  expect(await writeCacheText(paths, file, '{"a":1}')).toBe(true);
  expect(await readCached(paths, file)).toEqual({ a: 1 });
  await chmod(file, 0o644);
  expect(await readCached(paths, file)).toBeUndefined();

  const blocked = pathsFor({ ...system, env: { HOME: join(home, 'blocked') } });
  await mkdir(join(home, 'blocked'));
  await writeFile(join(home, 'blocked', '.cache'), 'a file where the directory would be');
  await rememberNames(blocked, 'alice@x', 'jid', [{ value: 'bob@x' }], false);
  expect(await writeCacheText(blocked, cacheFileOf(blocked, 'alice@x', 'roster'), '1')).toBe(false);
});
