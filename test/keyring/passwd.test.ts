/** A new password where the old one is: in a real keychain, on a real server. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createKeychain } from '../../src/account/keychain.ts';
import { fakeSystem } from '../account/fake-system.ts';
import { type Keyring, startKeyring } from '../support/keyring.ts';
import { startProsody, type XmppServer } from '../support/servers.ts';
import { at, spawnXmppctl, xmppctl } from '../support/xmppctl.ts';

let keyring: Keyring;
let server: XmppServer;
beforeAll(async () => {
  [keyring, server] = await Promise.all([startKeyring(), startProsody()]);
});
afterAll(async () => {
  await keyring.stop();
  await server.stop();
});

test('passwd changes the entry in the keychain; killed on the way, the next command finds out which password works', async () => {
  await server.register('alice', 'secret');
  const jid = `alice@${server.domain}`;
  const env = { ...at(server, jid, ''), XMPPCTL_PASSWORD: undefined, ...keyring.env };
  const home = keyring.env.HOME ?? '';
  const run = (args: string[], input = '') => xmppctl(args, { env, home, input });
  const keychain = createKeychain(fakeSystem(keyring.env));
  const entries = () => Promise.all(['xmppctl', 'xmppctl-pending'].map((service) => keychain.get(service, jid)));

  expect(await run(['login', jid, '--password-stdin'], 'secret\n')).toMatchObject({ exitCode: 0, stderr: '' });
  const changed = await run(['passwd', '--new-password-stdin', '--json'], 'secret 0\n');
  expect(changed).toMatchObject({ exitCode: 0, stderr: '' });
  expect(changed.json()).toMatchObject({ changed: true, secret: 'keychain' });
  expect(await entries()).toEqual(['secret 0', null]);

  let current = 'secret 0';
  for (let step = 1; step <= 6; step += 1) {
    const next = `secret ${step}`;
    const child = await spawnXmppctl(['passwd', '--new-password-stdin'], { env, home, input: `${next}\n` });
    const timer = setTimeout(() => child.kill('SIGKILL'), (changed.durationMs * step) / 6);
    await child.done;
    clearTimeout(timer);
    expect((await run(['contacts'])).exitCode).toBe(0);
    const [stored, pending] = await entries();
    expect([current, next]).toContain(stored);
    expect(pending).toBeNull();
    current = stored ?? '';
  }

  expect(await run(['delete', '--confirm', jid])).toMatchObject({ exitCode: 0, stderr: '' });
  expect(await entries()).toEqual([null, null]);
});
