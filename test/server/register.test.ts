// Creating accounts on real servers (XEP-0077).
import { readdir } from 'node:fs/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { removeDirectory, temporaryDirectory } from '../support/daemon.ts';
import { servers, type XmppServer } from '../support/servers.ts';
import { at, xmppctl } from '../support/xmppctl.ts';

describe.each(servers)('on %s', (_kind, start) => {
  let server: XmppServer;
  let home: string;
  beforeAll(async () => {
    server = await start();
  });
  afterAll(() => server.stop());
  beforeEach(async () => {
    home = await temporaryDirectory('register');
    return () => removeDirectory(home);
  });
  /** The environment without account and password. */
  const there = (tls?: 'starttls' | 'direct') => {
    const { XMPPCTL_ACCOUNT: _account, XMPPCTL_PASSWORD: _password, ...env } = at(server, '', '', tls);
    return env;
  };
  const register = (args: readonly string[], password: string, tls?: 'starttls' | 'direct') =>
    xmppctl(['register', ...args, '--password-stdin'], { home, env: there(tls), input: `${password}\n` });

  test.each(['starttls', 'direct'] as const)(
    'over %s: the account is there, and its password is the given one',
    async (tls) => {
      const password = 'pa&<ss "wörd"';
      const jid = `new-${tls}@localhost`;
      expect(await register([jid], password, tls)).toMatchObject({ exitCode: 0, stdout: '', stderr: '' });
      expect(await readdir(home)).toEqual([]);
      const env = { ...there(tls), XMPPCTL_ACCOUNT: jid, XMPPCTL_PASSWORD: password };
      expect(await xmppctl(['send', jid, 'to myself'], { env })).toMatchObject({ exitCode: 0, stderr: '' });
      const wrong = { ...env, XMPPCTL_PASSWORD: 'other' };
      expect((await xmppctl(['send', jid, 'to myself'], { env: wrong })).exitCode).toBe(77);
    },
  );

  test('--json: what was done', async () => {
    const result = await register(['json@localhost', '--json'], 'secret');
    expect(result).toMatchObject({ exitCode: 0, stderr: '' });
    expect(result.json()).toEqual({ jid: 'json@localhost', jidAscii: null, registered: true, saved: false });
  });

  test('a name that is taken: 81, and its password stays what it was', async () => {
    await server.register('taken', 'first');
    const result = await register(['taken@localhost', '--json', '--save', '--store', 'file'], 'second');
    expect(result).toMatchObject({ exitCode: 81, stdout: '' });
    expect(JSON.parse(result.stderr).error).toMatchObject({ kind: 'conflict', condition: 'conflict' });
    expect(await readdir(home)).toEqual([]);
    const env = at(server, 'taken', 'first');
    expect((await xmppctl(['send', 'taken@localhost', 'still me'], { env })).exitCode).toBe(0);
  });

  test('--save --store file: the login is stored, as the default account, with its server', async () => {
    const args = ['saved@localhost', '--save', '--store', 'file', '--server', there().XMPPCTL_SERVER ?? ''];
    expect(await register([...args, '--ca-file', server.caFile], 'secret')).toMatchObject({ exitCode: 0, stderr: '' });
    expect(await xmppctl(['send', 'saved@localhost', 'hi'], { home })).toMatchObject({ exitCode: 0, stderr: '' });
    const accounts = await xmppctl(['accounts', '--json'], { home });
    expect(accounts.json()).toEqual([
      {
        ...{ jid: 'saved@localhost', jidAscii: null, default: true },
        ...{ secret: 'file', server: there().XMPPCTL_SERVER, pin: null },
      },
    ]);
    const again = await xmppctl(['login', 'saved@localhost', '--store', 'file', '--password-stdin'], {
      home,
      input: 'secret',
    });
    expect(again).toMatchObject({ exitCode: 0, stderr: '' });
  });

  test('--save without a keychain: 78, and it says that the account is there all the same', async () => {
    const result = await register(['kept@localhost', '--save', '--json'], 'secret');
    expect(result).toMatchObject({ exitCode: 78, stdout: '' });
    const { error } = JSON.parse(result.stderr);
    expect(error.message).toContain('kept@localhost is registered, but its login is not stored');
    expect(error.delivered).toBe('yes');
    expect((await register(['kept@localhost'], 'secret')).exitCode).toBe(81);
  });

  test('a field that the form does not have: 64, and no account', async () => {
    const result = await register(['field@localhost', '--field', 'shoe=42'], 'secret');
    expect(result.exitCode).toBe(64);
    expect(result.stderr).toMatch(/the form of the server has no field shoe; it has: none but name and password$/m);
    await server.register('field', 'free');
  });

  test('no password to be had: 78', async () => {
    const result = await xmppctl(['register', 'nopass@localhost'], { home, env: there() });
    expect(result).toMatchObject({ exitCode: 78, stdout: '' });
  });

  test('a server that does not register accounts: 69 or 77, in its words', async () => {
    await using closed = await start({ allowRegistration: false });
    const { XMPPCTL_ACCOUNT: _account, ...env } = at(closed, '', 'secret');
    const result = await xmppctl(['register', 'x@localhost', '--json'], { home, env });
    expect([69, 77]).toContain(result.exitCode);
    expect(JSON.parse(result.stderr).error.message).toContain('the server refuses the registration');
  });

  test('--dry-run: says what would be asked, and creates nothing', async () => {
    const result = await register(['dry@localhost', '--dry-run'], 'secret');
    expect(result).toMatchObject({ exitCode: 0, stderr: '' });
    expect(result.stdout).toMatch(/^<iq .*jabber:iq:register.*\n$/);
    await server.register('dry', 'free');
  });
});
