import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createAccounts, resolveAccount } from '../../src/account/accounts.ts';
import { type Config, loadConfig } from '../../src/account/config.ts';
import { readStored, writeStored } from '../../src/account/file-store.ts';
import { passwordService, tokenService } from '../../src/account/keychain.ts';
import { accountStateDir, type Paths } from '../../src/account/paths.ts';
import { XmppctlError } from '../../src/errors.ts';
import { parseJid } from '../../src/xmpp/jid.ts';
import { alice, errorOf, fakeKeychain, fakePaths, fakeSystem } from './fake-system.ts';

const bob = parseJid('bob@example.org');

function setUp(reason?: string) {
  const paths = fakePaths();
  const keychain = fakeKeychain(reason);
  return { paths, keychain, accounts: createAccounts(fakeSystem(), paths, keychain) };
}

describe('which account', () => {
  const config = (names: string[], chosen?: string): Config => ({
    default: chosen,
    accounts: new Map(names.map((name) => [name, {}])),
  });
  test.each<[string, Config, Parameters<typeof resolveAccount>[1], string]>([
    ['the option', config(['a@b'], 'a@b'), { option: parseJid('New@b/phone'), env: 'e@b' }, 'new@b'],
    ['the environment', config(['a@b'], 'a@b'), { env: 'E@b' }, 'e@b'],
    ['the environment, by its URI', config(['a@b']), { env: 'xmpp:e@b' }, 'e@b'],
    ['the default', config(['a@b', 'c@d'], 'c@d'), { env: '' }, 'c@d'],
    ['the only one', config(['a@b']), {}, 'a@b'],
    ['nobody in particular', config(['a@b']), { option: parseJid('anon.example.org') }, 'anon.example.org'],
  ])('%s', (_, known, given, expected) => {
    expect(resolveAccount(known, given).full).toBe(expected);
  });

  test.each<[string, Config, Parameters<typeof resolveAccount>[1], string, string]>([
    ['none', config([]), {}, 'config', 'there is no account yet'],
    ['several', config(['a@b', 'c@d']), {}, 'config', 'there are 2 accounts and none is the default'],
    ['no JID', config([]), { env: '@@' }, 'usage', 'XMPPCTL_ACCOUNT: '],
  ])('%s is an error', (_, known, given, kind, message) => {
    try {
      resolveAccount(known, given);
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(XmppctlError);
      expect(error).toMatchObject({ kind, message: expect.stringContaining(message) });
    }
  });

  test('first use is explained in three lines', () => {
    expect(() => resolveAccount(config([]), {})).toThrow(/\n.*register.*\n.*login.*\n.*--account/);
  });
});

describe('what is remembered', () => {
  test('the first account becomes the default; settings are merged; undefined takes one out', async () => {
    const { accounts } = setUp();
    await accounts.save(alice, { server: 'x', nick: 'al' });
    await accounts.save(bob, {});
    await accounts.save(alice, { pin: 'p', server: undefined } as never);
    expect(await accounts.list()).toEqual([
      { jid: 'alice@example.org', isDefault: true, settings: { nick: 'al', pin: 'p' } },
      { jid: 'bob@example.org', isDefault: false, settings: {} },
    ]);
    await accounts.use(bob);
    expect((await accounts.list()).map(({ isDefault }) => isDefault)).toEqual([false, true]);
    expect((await errorOf(accounts.use(parseJid('eve@example.org')))).kind).toBe('config');
  });

  test('a password goes to one place and leaves the other, and no command stands before it', async () => {
    const { accounts, keychain, paths } = setUp();
    await accounts.save(alice, { passwordCommand: 'pass show x' });
    await accounts.storePassword(alice, 'one', 'keychain');
    expect(keychain.items.get(`${passwordService} alice@example.org`)).toBe('one');
    expect((await accounts.list())[0]?.settings).toEqual({ secret: 'keychain' });
    await accounts.storePassword(alice, 'two', 'file');
    expect(keychain.items.size).toBe(0);
    expect(await readStored(paths, 'alice@example.org')).toBe('two');
    await accounts.save(alice, { secret: 'none' });
    expect(await readStored(paths, 'alice@example.org')).toBeUndefined();
  });

  test('without a keychain, the error names the file store, and the file store works', async () => {
    const { accounts } = setUp('no session bus (D-Bus)');
    const error = await errorOf(accounts.storePassword(alice, 's3cret', 'keychain'));
    expect(error).toMatchObject({ kind: 'config', message: 'the keychain cannot be used: no session bus (D-Bus)' });
    expect(error.hint).toContain('--store file');
    expect(await accounts.list()).toEqual([]);
    await accounts.storePassword(alice, 'x', 'file');
  });
});

describe('a new password on its way', () => {
  const marker = (paths: Paths) => join(accountStateDir(paths, alice.bare), 'passwd.json');

  test('is kept until it is settled, and then nothing tells of it', async () => {
    const { accounts, paths } = setUp();
    await accounts.storePassword(alice, 'old', 'file');
    await accounts.storePending(alice, 'new', 'file');
    expect(existsSync(marker(paths))).toBe(true);
    expect(await accounts.pending(alice)).toBe('new');
    await accounts.settlePending(alice, true);
    expect([await readStored(paths, alice.bare), existsSync(marker(paths))]).toEqual(['new', false]);
  });

  test('whose marker alone was written was never sent: the marker goes', async () => {
    const { accounts, paths } = setUp();
    await accounts.storePassword(alice, 'old', 'file');
    await accounts.storePending(alice, 'new', 'file');
    await writeStored(paths, alice.bare, undefined, 'pending');
    expect(await accounts.pending(alice)).toBeUndefined();
    expect([await readStored(paths, alice.bare), existsSync(marker(paths))]).toEqual(['old', false]);
  });
});

describe('forgetting', () => {
  test('takes settings, secrets, tokens and state', async () => {
    const { accounts, keychain, paths } = setUp();
    await accounts.storePassword(alice, 'x', 'keychain');
    keychain.items.set(`${tokenService} alice@example.org`, 't');
    await writeStored(paths, 'alice@example.org', 't', 'token');
    const state = accountStateDir(paths, 'alice@example.org');
    mkdirSync(state, { recursive: true, mode: 0o700 });
    await accounts.storePassword(bob, 'y', 'keychain');
    expect(await accounts.forget(alice)).toBe(true);
    expect([...keychain.items.keys()]).toEqual([`${passwordService} bob@example.org`]);
    expect(existsSync(state)).toBe(false);
    expect(await loadConfig(paths)).toEqual({
      default: undefined,
      accounts: new Map([['bob@example.org', { secret: 'keychain' }]]),
    });
    expect(await accounts.forget(alice)).toBe(false);
  });

  test('an entry that somebody removed from the keychain is no obstacle', async () => {
    const { accounts, keychain } = setUp();
    await accounts.storePassword(alice, 'x', 'keychain');
    keychain.items.clear();
    expect(await accounts.forget(alice)).toBe(true);
    expect(keychain.items.size).toBe(0);
  });

  test('a locked keychain is: the account stays known, so that it can be forgotten later', async () => {
    const { accounts, keychain } = setUp();
    await accounts.storePassword(alice, 'x', 'keychain');
    keychain.delete = async () => false;
    keychain.set = async () => {
      throw new XmppctlError('config', 'Cannot create an item in a locked collection');
    };
    expect((await errorOf(accounts.forget(alice))).message).toContain('is still in the keychain');
    expect(await accounts.list()).toHaveLength(1);
  });

  test('an account of the file store needs no keychain', async () => {
    const { accounts } = setUp('no session bus (D-Bus)');
    await accounts.storePassword(alice, 'x', 'file');
    expect(await accounts.forget(alice)).toBe(true);
  });
});
