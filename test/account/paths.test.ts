import { mkdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readStored, writeStored } from '../../src/account/file-store.ts';
import { accountStateDir, pathsFor } from '../../src/account/paths.ts';
import { errorOf, fakePaths, temporaryDir } from './fake-system.ts';

const linux = (env: Record<string, string>) => pathsFor({ env, platform: 'linux', uid: 1000 });

test('the directories are those of the XDG specification', () => {
  expect(linux({ HOME: '/home/a' })).toEqual({
    owner: 1000,
    configDir: '/home/a/.config/xmppctl',
    stateDir: '/home/a/.local/state/xmppctl',
    cacheDir: '/home/a/.cache/xmppctl',
    configFile: '/home/a/.config/xmppctl/config.json',
    secretsFile: '/home/a/.local/state/xmppctl/secrets.json',
  });
  expect(linux({ HOME: '/home/a', XDG_CONFIG_HOME: '/c' }).configDir).toBe('/c/xmppctl');
});

test.each(['', 'relative', './x'])('an XDG variable that is no absolute path (%j) is ignored', (value) => {
  expect(linux({ HOME: '/home/a', XDG_STATE_HOME: value }).stateDir).toBe('/home/a/.local/state/xmppctl');
});

test('without HOME, as in env -i, the home is that of the passwd entry', () => {
  expect(linux({}).configDir).toBe(join(userInfo().homedir, '.config/xmppctl'));
});

test('a JID as a directory name cannot climb out and is never too long', () => {
  const paths = linux({ HOME: '/h' });
  expect(accountStateDir(paths, 'alice@example.org')).toBe('/h/.local/state/xmppctl/accounts/alice@example.org');
  expect(accountStateDir(paths, '../../x@b')).toBe('/h/.local/state/xmppctl/accounts/..%2F..%2Fx@b');
  expect(accountStateDir(paths, `${'ü'.repeat(500)}@b`)).toMatch(/accounts\/[0-9a-f]{64}$/);
});

test('the file store keeps password and token of each account apart, in a file of our own', async () => {
  const paths = fakePaths();
  await writeStored(paths, 'a@b', 'one');
  await writeStored(paths, 'a@b', 'tok', 'token');
  await writeStored(paths, '__proto__', 'two');
  expect(await readStored(paths, 'a@b')).toBe('one');
  expect(await readStored(paths, '__proto__')).toBe('two');
  expect(await readStored(paths, 'toString')).toBeUndefined();
  expect(statSync(paths.secretsFile).mode & 0o777).toBe(0o600);
  expect(statSync(paths.stateDir).mode & 0o777).toBe(0o700);
  expect(await writeStored(paths, 'a@b', undefined)).toBe(true);
  expect(await writeStored(paths, 'a@b', undefined)).toBe(false);
  expect(await readStored(paths, 'a@b', 'token')).toBe('tok');
});

test('a damaged file store is told without its contents', async () => {
  const paths = fakePaths();
  mkdirSync(paths.stateDir, { recursive: true, mode: 0o700 });
  writeFileSync(paths.secretsFile, '{"a@b":{"password":"s3cret"', { mode: 0o600 });
  const error = await errorOf(readStored(paths, 'a@b'));
  expect(error.kind).toBe('osfile');
  expect(error.message).not.toContain('s3cret');
});

test('the file store is not followed through a symbolic link', async () => {
  const paths = fakePaths();
  mkdirSync(paths.stateDir, { recursive: true, mode: 0o700 });
  const real = join(temporaryDir(), 'real');
  writeFileSync(real, '{}', { mode: 0o600 });
  symlinkSync(real, paths.secretsFile);
  expect((await errorOf(readStored(paths, 'a@b'))).message).toContain('symbolic link');
});
