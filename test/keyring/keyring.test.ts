// The tests' own keychain: what the tests of the program's keychain take for granted.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { startKeyring, startMuteBus } from '../support/keyring.ts';

const run = promisify(execFile);

describe('the keychain', () => {
  const keytar = async (env: Record<string, string>, code: string) => {
    const script = `import keytar from 'keytar'; ${code}`;
    const options = { env: { PATH: process.env.PATH, ...env }, timeout: 10_000 };
    return (await run(process.execPath, ['--input-type=module', '-e', script], options)).stdout.trim();
  };
  const read = "console.log(await keytar.getPassword('xmppctl', 'alice@example.test'))";

  test('stores, reads, and gives nothing while it is locked', async () => {
    await using keyring = await startKeyring({ password: 'open sesame' });
    await keytar(keyring.env, "await keytar.setPassword('xmppctl', 'alice@example.test', 'secret')");
    expect(await keytar(keyring.env, read)).toBe('secret');
    await keyring.lock();
    expect(await keytar(keyring.env, read)).toBe('null');
    await keyring.unlock();
    expect(await keytar(keyring.env, read)).toBe('secret');
  });

  test('of a mute bus accepts a connection and never answers', async () => {
    await using bus = await startMuteBus();
    const asking = run('dbus-send', ['--session', '--print-reply', '--dest=org.freedesktop.DBus', '/', 'a.b'], {
      env: { PATH: process.env.PATH, ...bus.env },
      timeout: 500,
    });
    await expect(asking).rejects.toMatchObject({ killed: true });
  });
});
