/** The real thing: keytar, libsecret and gnome-keyring on a session bus of the test's own. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createAccounts } from '../../src/account/accounts.ts';
import { createKeychain } from '../../src/account/keychain.ts';
import { parseJid } from '../../src/xmpp/jid.ts';
import { errorOf, failureOf, fakePaths, fakeSystem, request } from '../account/fake-system.ts';
import { type Keyring, startKeyring, startMuteBus } from '../support/keyring.ts';

describe('gnome-keyring', () => {
  let keyring: Keyring;
  beforeAll(async () => {
    keyring = await startKeyring();
  });
  afterAll(() => keyring.stop());

  test('gives back what was stored, whatever its characters, and keeps services and accounts apart', async () => {
    const keychain = createKeychain(fakeSystem(keyring.env));
    expect(await keychain.get('xmppctl', 'a@b')).toBeNull();
    await keychain.set('xmppctl', 'a@b', 'pässwörd "🔑" $(x)');
    await keychain.set('xmppctl-token', 'a@b', 'token');
    await keychain.set('xmppctl', 'ä@bücher.example', 'other');
    expect(await keychain.get('xmppctl', 'a@b')).toBe('pässwörd "🔑" $(x)');
    expect(await keychain.get('xmppctl-token', 'a@b')).toBe('token');
    expect(await keychain.get('xmppctl', 'ä@bücher.example')).toBe('other');
    expect(await keychain.delete('xmppctl', 'a@b')).toBe(true);
    expect(await keychain.delete('xmppctl', 'a@b')).toBe(false);
    expect(await keychain.get('xmppctl-token', 'a@b')).toBe('token');
  });

  test('is found from cron, where only the runtime directory tells of the bus', async () => {
    const { XDG_RUNTIME_DIR, HOME } = keyring.env;
    const keychain = createKeychain(fakeSystem({ HOME: HOME ?? '', XDG_RUNTIME_DIR: XDG_RUNTIME_DIR ?? '' }));
    await keychain.set('xmppctl', 'cron@b', 'x');
    expect(await keychain.get('xmppctl', 'cron@b')).toBe('x');
  });

  test('locked: the password is not found, and not forgotten either, until it is unlocked', async () => {
    const system = fakeSystem(keyring.env);
    const keychain = createKeychain(system);
    const paths = fakePaths();
    const accounts = createAccounts(system, paths, keychain);
    const jid = parseJid('locked@example.org');
    await accounts.storePassword(jid, 's3cret', 'keychain');
    await keyring.lock();
    const start = performance.now();
    const error = await failureOf(request({ jid, paths, system, keychain, settings: { secret: 'keychain' } }));
    expect(error.exit).toBe(78);
    expect(error.message).toContain('keychain: locked, or its entry is gone');
    expect((await errorOf(accounts.forget(jid))).message).toContain('is still in the keychain');
    expect(await accounts.list()).toHaveLength(1);
    expect(performance.now() - start).toBeLessThan(6000);
    await keyring.unlock();
    expect(await accounts.forget(jid)).toBe(true);
    expect(await keychain.get('xmppctl', jid.bare)).toBeNull();
  });
});

test('a bus that never answers ends the search long before six seconds', async () => {
  await using bus = await startMuteBus();
  const system = { ...fakeSystem(bus.env), uid: process.getuid?.() };
  const start = performance.now();
  const error = await failureOf(request({ system, keychain: createKeychain(system) }));
  expect(error.message).toContain('keychain: the session bus does not answer (500 ms)');
  expect(performance.now() - start).toBeLessThan(3000);
});
