import { chmodSync, lstatSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadConfig, updateConfig } from '../../src/account/config.ts';
import { withLock } from '../../src/account/lock.ts';
import type { Paths } from '../../src/account/paths.ts';
import { errorOf, fakePaths, temporaryDir } from './fake-system.ts';

function withConfig(text: string, mode = 0o600): Paths {
  const paths = fakePaths();
  mkdirSync(paths.configDir, { recursive: true, mode: 0o700 });
  writeFileSync(paths.configFile, text, { mode });
  chmodSync(paths.configFile, mode);
  return paths;
}

const modeOf = (path: string): number => statSync(path).mode & 0o777;

describe('reading', () => {
  test('no file is an empty configuration, and nothing is created', async () => {
    const paths = fakePaths();
    expect(await loadConfig(paths)).toEqual({ default: undefined, accounts: new Map() });
    expect(() => statSync(paths.configDir)).toThrow();
  });

  test('account names are compared as JIDs', async () => {
    const paths = withConfig('{"default":"alice@EXAMPLE.org/x","accounts":{"Alice@Example.ORG":{"server":"x"}}}');
    const config = await loadConfig(paths);
    expect(config.default).toBe('alice@example.org');
    expect([...config.accounts]).toEqual([['alice@example.org', { server: 'x' }]]);
  });

  test.each([
    ['{"accounts":[]}', 'accounts: expected an object'],
    ['{"accounts":{"a@@b":{}}}', 'accounts, "a@@b": expected a JID'],
    ['{"accounts":{"a@b":1}}', 'accounts, "a@b": expected an object'],
    ['{"accounts":{"a@b":{},"A@B":{}}}', 'accounts, "A@B": expected each account once'],
    ['{"accounts":{"a@b":{"server":5222}}}', 'accounts, "a@b", "server": expected a text'],
    ['{"accounts":{"a@b":{"allowPlain":"yes"}}}', 'accounts, "a@b", "allowPlain": expected true or false'],
    ['{"accounts":{"a@b":{"secret":"moon"}}}', 'expected one of "keychain"'],
    ['{"default":7}', 'default: expected a JID'],
    ['[]', 'is not a JSON object'],
  ])('%s names file, key and what is expected', async (text, message) => {
    const paths = withConfig(text);
    const error = await errorOf(loadConfig(paths));
    expect(error.kind).toBe('config');
    expect(error.message).toContain(paths.configFile);
    expect(error.message).toContain(message);
  });

  test.each([
    ['{\n  "default": x,\n "token": "s3cret"}', 2],
    ['{\n  "accounts": {\n    "a@b": {"server": "s3cret"}\n    "c@d": {}\n  }\n}', 4],
    ['{\n  "default": "a@b",\n}', 3],
    ['{\n  "default": "s3cret\n}', 2],
    ['{\n  "accounts": {\n', 3],
    ['{}\n\ns3cret', 3],
  ])('a mistake in the JSON is told by its line and quotes nothing (%#)', async (text, line) => {
    const error = await errorOf(loadConfig(withConfig(text)));
    expect(error.message).toMatch(new RegExp(`not valid JSON: see line ${line}$`));
    expect(error.message).not.toContain('s3cret');
  });

  test('names that every object has are plain names', async () => {
    const paths = withConfig(
      '{"accounts":{"__proto__":{"server":"evil"},"constructor":{"__proto__":{"server":"evil"}}}}',
    );
    await updateConfig(paths, () => undefined);
    const { accounts } = await loadConfig(paths);
    expect([...accounts.keys()]).toEqual(['__proto__', 'constructor']);
    expect(({} as { server?: string }).server).toBeUndefined();
    expect(accounts.get('constructor')?.server).toBeUndefined();
  });

  test.each(['{"password":"s3cret"}', '{"accounts":{"a@b":{"password":"s3cret"}}}'])(
    '%s: no password in here',
    async (text) => {
      const error = await errorOf(loadConfig(withConfig(text)));
      expect(error).toMatchObject({ kind: 'config', hint: expect.stringContaining('passwordCommand') });
      expect(error.message).not.toContain('s3cret');
    },
  );
});

describe('writing', () => {
  test('keeps what it does not know, 0600 in 0700, whatever was there before', async () => {
    const paths = withConfig('{"theme":"dark","accounts":{"a@b":{"server":"x","note":"mine"}}}', 0o644);
    await updateConfig(paths, (config) => config.accounts.set('c@d', { secret: 'file' }));
    expect(JSON.parse(readFileSync(paths.configFile, 'utf8'))).toEqual({
      theme: 'dark',
      accounts: { 'a@b': { server: 'x', note: 'mine' }, 'c@d': { secret: 'file' } },
    });
    expect(modeOf(paths.configFile)).toBe(0o600);
  });

  test.each([0o000, 0o022, 0o277])('modes do not depend on the umask (%o)', async (umask) => {
    const paths = fakePaths();
    const before = process.umask(umask);
    try {
      await updateConfig(paths, (config) => config.accounts.set('a@b', {}));
    } finally {
      process.umask(before);
    }
    expect([modeOf(paths.configFile), modeOf(paths.configDir), modeOf(dirname(paths.configDir))]).toEqual([
      0o600, 0o700, 0o700,
    ]);
  });

  test('programs that write at the same time do not undo each other', async () => {
    const paths = fakePaths();
    const names = Array.from({ length: 20 }, (_, number) => `user${number}@example.org`);
    await Promise.all(names.map((name) => updateConfig(paths, (config) => config.accounts.set(name, {}))));
    expect([...(await loadConfig(paths)).accounts.keys()].sort()).toEqual(names.sort());
  });

  test('a lock that a dead program left is taken over', async () => {
    const file = join(temporaryDir(), 'x');
    writeFileSync(`${file}.lock`, 'left behind');
    expect(await withLock(file, async () => 'done', 50)).toBe('done');
  });

  test('a link to a file of ours stays a link', async () => {
    const paths = withConfig('{}');
    const real = join(temporaryDir(), 'real.json');
    writeFileSync(real, '{}', { mode: 0o600 });
    const linked = { ...paths, configFile: join(paths.configDir, 'linked.json') };
    symlinkSync(real, linked.configFile);
    await updateConfig(linked, (config) => config.accounts.set('a@b', {}));
    expect(lstatSync(linked.configFile).isSymbolicLink()).toBe(true);
    expect(readFileSync(real, 'utf8')).toContain('a@b');
  });

  test('where nothing can be written it is told so', async () => {
    const paths = { ...fakePaths(), configDir: '/dev/null/xmppctl', configFile: '/dev/null/xmppctl/config.json' };
    expect((await loadConfig(paths)).accounts.size).toBe(0);
    expect((await errorOf(updateConfig(paths, () => undefined))).kind).toBe('cantcreat');
  });
});
