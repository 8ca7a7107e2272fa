// login, logout and accounts: what is stored, and when.
import { cp, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createCa } from '../support/ca.ts';
import { removeDirectory, temporaryDirectory } from '../support/daemon.ts';
import { expectInTime } from '../support/in-time.ts';
import { startMuteBus } from '../support/keyring.ts';
import { servers, type XmppServer } from '../support/servers.ts';
import { xmppctl } from '../support/xmppctl.ts';

const password = 'hunter-2718';

describe.each(servers)('on %s', (_kind, start) => {
  let server: XmppServer;
  let home: string;
  let authority: string;
  beforeAll(async () => {
    // Certificates in its own directory Prosody finds by itself, also those that it is not to show.
    authority = await temporaryDirectory('ca');
    server = await start({ ca: await createCa(authority) });
    for (const name of ['alice', 'bob']) await server.register(name, password);
  });
  afterAll(async () => {
    await server.stop();
    removeDirectory(authority);
  });
  beforeEach(async () => {
    home = await temporaryDirectory('accounts');
    return () => removeDirectory(home);
  });
  const address = () => `xmpps://127.0.0.1:${server.directTlsPort}`;
  const trusted = () => ['--server', address(), '--ca-file', server.caFile];
  const login = (args: readonly string[], input = password) =>
    xmppctl(['login', ...args, '--password-stdin'], { home, input });
  const run = (...args: string[]) => xmppctl(args, { home });
  /** Everything that is stored, as one text. */
  const stored = async () => {
    const entries = await readdir(home, { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile());
    return (await Promise.all(files.map(({ parentPath, name }) => readFile(join(parentPath, name), 'utf8')))).join(
      '\n',
    );
  };

  test('login --store file: stored for this user only, and everything it needs with it', async () => {
    const result = await login(['alice@localhost', '--store', 'file', '--json', ...trusted()]);
    expect(result).toMatchObject({ exitCode: 0, stderr: '' });
    expect(result.json()).toEqual({
      jid: 'alice@localhost',
      jidAscii: null,
      mechanism: expect.stringMatching(/^SCRAM-SHA-/),
      secret: 'file',
      pin: null,
    });
    expect(await run('send', 'bob@localhost', 'hi')).toMatchObject({ exitCode: 0, stderr: '' });
    for (const name of await readdir(home, { recursive: true })) {
      const { mode } = await stat(join(home, name));
      expect(`${name} ${(mode & 0o077).toString(8)}`).toBe(`${name} 0`);
    }
  });

  test('login without a domain: 64, and what an account looks like', async () => {
    const result = await login(['alice', '--store', 'file']);
    expect(result.exitCode).toBe(64);
    expect(result.stderr).toBe('xmppctl: alice is a domain, not an account\n  Did you mean alice@example.org?\n');
  });

  test('login with a wrong password: 77, and nothing is stored', async () => {
    const result = await login(['alice@localhost', '--store', 'file', ...trusted()], 'wrong');
    expect(result).toMatchObject({ exitCode: 77, stdout: '' });
    expect(await stored()).not.toContain('alice');
    expect(await run('accounts')).toMatchObject({ exitCode: 0, stdout: '' });
  });

  test('a wrong password does not spoil a stored login', async () => {
    await login(['alice@localhost', '--store', 'file', ...trusted()]);
    expect((await login(['alice@localhost', '--store', 'file', ...trusted()], 'wrong')).exitCode).toBe(77);
    expect((await run('send', 'bob@localhost', 'hi')).exitCode).toBe(0);
  });

  test('--store none: the account is remembered, the password is not', async () => {
    expect((await login(['alice@localhost', '--store', 'none', ...trusted()])).exitCode).toBe(0);
    expect((await run('accounts', '--json')).json()).toMatchObject([{ jid: 'alice@localhost', secret: 'none' }]);
    expect((await run('send', 'bob@localhost', 'hi')).exitCode).toBe(78);
    expect(await stored()).not.toContain(password);
  });

  test('however it is written, it is one account', async () => {
    await login(['Alice@LOCALHOST/phone', '--store', 'file', ...trusted()]);
    expect((await run('accounts', '--json')).json()).toMatchObject([{ jid: 'alice@localhost' }]);
    expect((await run('send', 'bob@localhost', 'hi', '--account', 'ALICE@localhost')).exitCode).toBe(0);
    expect((await run('logout', 'aLice@localhost')).exitCode).toBe(0);
    expect((await run('accounts', '--json')).json()).toEqual([]);
  });

  test('accounts, accounts use, logout, logout --all', async () => {
    for (const name of ['alice', 'bob']) await login([`${name}@localhost`, '--store', 'file', ...trusted()]);
    const listed = await run('accounts', '--json');
    const row = { jidAscii: null, secret: 'file', server: address(), pin: null };
    expect(listed.json()).toEqual([
      { jid: 'alice@localhost', default: true, ...row },
      { jid: 'bob@localhost', default: false, ...row },
    ]);
    expect((await run('accounts')).lines()[0]).toMatch(/^JID +DEFAULT +SECRET +SERVER +PIN$/);

    expect(await run('accounts', 'use', 'bob@localhost')).toMatchObject({ exitCode: 0, stdout: '', stderr: '' });
    expect((await run('accounts', '--json')).json()).toMatchObject([{ default: false }, { default: true }]);
    expect((await run('accounts', 'use', 'carol@localhost')).exitCode).toBe(78);

    expect(await run('logout')).toMatchObject({ exitCode: 0, stdout: '', stderr: '' });
    expect((await run('accounts', '--json')).json()).toMatchObject([{ jid: 'alice@localhost' }]);
    expect((await run('send', 'alice@localhost', 'hi', '--account', 'bob@localhost')).exitCode).toBe(78);
    expect((await run('logout', 'bob@localhost')).exitCode).toBe(78);

    const all = await run('logout', '--all', '--json');
    expect(all.json()).toEqual([{ jid: 'alice@localhost', jidAscii: null, forgotten: true }]);
    expect((await run('send', 'bob@localhost', 'hi')).exitCode).toBe(78);
    expect(await stored()).not.toContain(password);
  });

  test('accounts touches no secret: neither a keychain that hangs nor a password command', async () => {
    await using bus = await startMuteBus();
    await login(['alice@localhost', '--store', 'none', ...trusted()]);
    const marker = join(home, 'asked');
    const { DBUS_SESSION_BUS_ADDRESS = '', XDG_RUNTIME_DIR = '' } = bus.env;
    const env = { DBUS_SESSION_BUS_ADDRESS, XDG_RUNTIME_DIR, XMPPCTL_PASSWORD_COMMAND: `touch ${marker}` };
    const result = await xmppctl(['accounts', '--json'], { home, env });
    expect(result).toMatchObject({ exitCode: 0, stderr: '' });
    expect(result.json()).toMatchObject([{ jid: 'alice@localhost' }]);
    expectInTime(result.durationMs, 2000);
    await expect(stat(marker)).rejects.toThrow('ENOENT');
  });

  test('--trust-on-first-use: that key from then on, and no other: 80', async () => {
    const args = ['alice@localhost', '--store', 'file', '--server', address()];
    expect((await login(args)).exitCode).toBe(80);
    const result = await login([...args, '--trust-on-first-use', '--json']);
    expect(result.json()).toMatchObject({ pin: server.certificate.spkiPin });
    expect((await run('send', 'bob@localhost', 'hi')).exitCode).toBe(0);

    const { certFile, keyFile } = server.certificate;
    const old = [await readFile(certFile), await readFile(keyFile)] as const;
    const other = await server.ca.issue({ names: ['localhost'] });
    await cp(other.certFile, certFile);
    await cp(other.keyFile, keyFile);
    await server.restart();
    const refused = await run('send', 'bob@localhost', 'hi', '--json');
    expect(refused).toMatchObject({ exitCode: 80, stdout: '' });
    expect(refused.stderr).toContain(server.certificate.spkiPin);
    expect(refused.stderr).toContain(other.spkiPin);
    const again = await login([...args, '--trust-on-first-use']);
    expect(again.exitCode).toBe(80);
    await writeFile(certFile, old[0]);
    await writeFile(keyFile, old[1]);
    await server.restart();
    expect(await run('send', 'bob@localhost', 'hi')).toMatchObject({ stderr: '', exitCode: 0 });
  });
});
