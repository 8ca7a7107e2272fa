// doctor: what is well, what is broken, and that one broken thing does not hide another.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { removeDirectory, temporaryDirectory } from '../support/daemon.ts';
import { doctor, errorOf } from '../support/doctor.ts';
import { listening } from '../support/listening.ts';
import { servers, type XmppServer } from '../support/servers.ts';
import { at, xmppctl } from '../support/xmppctl.ts';

const run = promisify(execFile);

describe.each(servers)('on %s', (_kind, start) => {
  let server: XmppServer;
  beforeAll(async () => {
    server = await start();
    await server.register('alice', 'secret');
  });
  afterAll(() => server.stop());

  describe.each(['starttls', 'direct'] as const)('over %s', (tls) => {
    test('finds nothing wrong with an account that works', async () => {
      const { exitCode, stderr, rows, status, row } = await doctor([], { env: at(server, 'alice', 'secret', tls) });
      expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
      const well = ['account', 'ipv4', 'tcp', 'tls', 'chain', 'name', 'expiry', 'pin', 'sasl', 'credentials', 'login'];
      const offered = ['acknowledgements', 'discovery', 'upload', 'archive', 'carbons', 'rooms', 'clock'];
      for (const check of [...well, ...offered]) expect([check, status[check]]).toEqual([check, 'ok']);
      expect(row.get('pin')?.detail).toBe(server.certificate.spkiPin);
      expect(row.get('credentials')?.detail).toBe('password from XMPPCTL_PASSWORD');
      expect(row.get('upload')?.detail).toBe('upload.localhost, files up to 10 MiB');
      expect(row.get('tls')?.detail).toMatch(tls === 'direct' ? /^TLSv1\.3 direct at xmpps:/ : /^TLSv1\.3 by STARTTLS/);
      for (const { ms } of rows) expect(Number.isInteger(ms) && ms >= 0).toBe(true);
    });
  });

  test('prints a line a check, aligned, on demand in a table', async () => {
    const { stdout } = await xmppctl(['doctor'], { env: at(server, 'alice', 'secret') });
    const lines = stdout.trimEnd().split('\n');
    expect(lines.length).toBeGreaterThan(20);
    for (const line of lines) expect(line).toMatch(/^(ok {2}|warn|skip) {2}[a-z0-9-]+ +\d+ ms {2}\S/);
  });

  test('with a domain alone does not log in, and says what can be known', async () => {
    const { XMPPCTL_ACCOUNT: _account, XMPPCTL_PASSWORD: _password, ...env } = at(server, 'alice', 'secret');
    const { exitCode, status, stderr } = await doctor(['localhost', '--trace'], { env });
    expect(exitCode).toBe(0);
    expect(status).toMatchObject({
      tcp: 'ok',
      tls: 'ok',
      chain: 'ok',
      name: 'ok',
      expiry: 'ok',
      pin: 'ok',
      sasl: 'ok',
    });
    expect(Object.keys(status)).not.toContain('login');
    expect(stderr).toMatch(/<mechanism>/);
    expect(stderr).not.toMatch(/<auth|alice/);
  });

  test('with a wrong password fails at the login and nowhere else: 77, after one attempt', async () => {
    const result = await doctor([], { env: at(server, 'alice', 'wrong') });
    expect(result.exitCode).toBe(77);
    expect(result.rows.filter(({ status }) => status === 'fail').map(({ check }) => check)).toEqual(['login']);
    expect(result.status).toMatchObject({ upload: 'skip', clock: 'skip' });
    expect(errorOf(result)).toMatchObject({
      kind: 'noperm',
      message: expect.stringMatching(/^1 of \d+ checks failed/),
    });
  });

  test('without a password still checks the server: 78', async () => {
    const { XMPPCTL_PASSWORD: _password, ...env } = at(server, 'alice', 'secret');
    const { exitCode, status, row } = await doctor([], { env });
    expect(exitCode).toBe(78);
    expect(status).toMatchObject({ tls: 'ok', sasl: 'ok', keychain: 'fail', credentials: 'fail', login: 'skip' });
    expect(row.get('credentials')?.hint).toMatch(/^In cron: /);
  });

  test('with --warn-days is 1 when the certificate ends in fewer days than that', async () => {
    const env = at(server, 'alice', 'secret');
    const soon = await doctor(['localhost', '--warn-days', '31'], { env });
    expect([soon.exitCode, soon.status.expiry]).toEqual([1, 'warn']);
    expect(soon.row.get('expiry')?.detail).toMatch(/^(29|30) days left, until \d{4}-\d\d-\d\d$/);
    const later = await doctor(['localhost', '--warn-days', '20'], { env });
    expect([later.exitCode, later.status.expiry]).toEqual([0, 'ok']);
  });

  test('names a CA that is not trusted, and logs in nowhere: 80', async () => {
    const { XMPPCTL_CA_FILE: _ca, ...env } = at(server, 'alice', 'secret');
    const { exitCode, status, row } = await doctor([], { env });
    expect(exitCode).toBe(80);
    expect(status).toMatchObject({ tls: 'ok', chain: 'fail', expiry: 'ok', pin: 'ok', sasl: 'skip', login: 'skip' });
    expect(status).toMatchObject({ credentials: 'ok' });
    expect(row.get('chain')?.hint).toContain(`--pin ${server.certificate.spkiPin}`);
  });

  test('trusts a pin in place of the CA, and tells when the key is another', async () => {
    const { XMPPCTL_CA_FILE: _ca, ...env } = at(server, 'alice', 'secret');
    const good = await doctor(['--pin', server.certificate.spkiPin], { env });
    expect(good.exitCode).toBe(0);
    expect(good.status).toMatchObject({ chain: 'skip', name: 'skip', pin: 'ok', login: 'ok' });
    const other = await doctor(['--pin', `sha256:${'A'.repeat(43)}=`], { env });
    expect(other.exitCode).toBe(80);
    expect(other.status).toMatchObject({ pin: 'fail', login: 'skip' });
  });

  test('--cron prints a line that works in an environment like that of cron', async () => {
    const home = await temporaryDirectory('home');
    const { XMPPCTL_PASSWORD: _password, ...env } = at(server, 'alice', 'secret');
    await server.register('bob', 'secret');
    const login = ['login', 'alice@localhost', '--store', 'file', '--password-stdin'];
    expect(await xmppctl(login, { home, env, input: 'secret' })).toMatchObject({ exitCode: 0 });
    const { exitCode, row } = await doctor(['--cron'], { home, env });
    expect(exitCode).toBe(0);
    expect(row.get('cron')?.detail).toMatch(/^password from file store /);
    const line = row.get('cron')?.hint ?? '';
    expect(line).toMatch(/^0 7 \* \* \* \S+ \S+ \S+\/node \S+\/xmppctl(\.js)? send --account alice@localhost /);
    const command = line.slice('0 7 * * * '.length).replace('ops@example.org', 'bob@localhost').replaceAll('\\%', '%');
    await using bob = await listening(['--json', '--count', '1'], { env: at(server, 'bob', 'secret') });
    const cron = { HOME: home, LOGNAME: 'root', SHELL: '/bin/sh', PATH: '/usr/bin:/bin' };
    expect(await run('/bin/sh', ['-c', command], { env: cron, cwd: '/' })).toEqual({ stdout: '', stderr: '' });
    expect((await bob.done).json()).toMatchObject({ body: 'good morning', from: 'alice@localhost' });
    await server.unregister('bob');
    removeDirectory(home);
  });
});
