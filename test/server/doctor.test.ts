// doctor: what is well, what is broken, and that one broken thing does not hide another.
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createCa } from '../support/ca.ts';
import { removeDirectory, temporaryDirectory } from '../support/daemon.ts';
import { dnsStub } from '../support/dns-stub.ts';
import { startKeyring } from '../support/keyring.ts';
import { listening } from '../support/listening.ts';
import { servers, startProsody, type XmppServer } from '../support/servers.ts';
import { at, type RunOptions, xmppctl } from '../support/xmppctl.ts';

const run = promisify(execFile);

interface Row {
  check: string;
  status: string;
  detail: string;
  hint: string | null;
  ms: number;
}

/** Runs doctor; `status` has each check's status, `row` all of it. */
async function doctor(args: readonly string[], options: RunOptions) {
  const result = await xmppctl(['doctor', ...args, '--json'], options);
  const rows = result.stdout === '' ? [] : result.json<Row[]>();
  const row = new Map(rows.map((one) => [one.check, one]));
  return { ...result, rows, row, status: Object.fromEntries(rows.map(({ check, status }) => [check, status])) };
}

const errorOf = ({ stderr }: { stderr: string }) => JSON.parse(stderr).error as { kind: string; message: string };

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
    const before = await server.log();
    const { exitCode, status } = await doctor(['localhost'], { env });
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
    expect((await server.log()).slice(before.length)).not.toMatch(/authenticat/i);
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

describe('without a server', () => {
  test('that listens, it is 75, and the password is looked for all the same', async () => {
    const env = { XMPPCTL_ACCOUNT: 'alice@localhost', XMPPCTL_PASSWORD: 'x', XMPPCTL_SERVER: 'xmpps://127.0.0.1:1' };
    const { exitCode, status } = await doctor([], { env });
    expect(exitCode).toBe(75);
    expect(status).toMatchObject({ tcp: 'fail', tls: 'skip', sasl: 'skip', credentials: 'ok', login: 'skip' });
  });

  test('that DNS knows, it is 68', async () => {
    await using dns = await dnsStub({});
    const { exitCode, status } = await doctor(['gone.test'], { env: { XMPPCTL_RESOLVER: dns.address } });
    expect(exitCode).toBe(68);
    expect(status).toMatchObject({ srv: 'ok', ipv4: 'skip', ipv6: 'skip', tcp: 'fail', tls: 'skip' });
  });

  test('because the domain says that it has none, it is 69', async () => {
    await using dns = await dnsStub({ '_xmpp-client._tcp.gone.test': { SRV: [{ port: 0, target: '.' }] } });
    const { exitCode, status } = await doctor(['gone.test'], { env: { XMPPCTL_RESOLVER: dns.address } });
    expect([exitCode, status.srv]).toEqual([69, 'fail']);
  });

  test('or an account, it says how to get one: 78', async () => {
    const { exitCode, row } = await doctor([], {});
    expect(exitCode).toBe(78);
    expect(row.get('account')?.detail).toContain('xmppctl login alice@example.org');
  });

  test.each([[['--dry-run']], [['alice@localhost']], [['localhost', '--cron']]])('%j is 64', async (args) => {
    const env = { XMPPCTL_ACCOUNT: 'alice@localhost', XMPPCTL_PASSWORD: 'x', XMPPCTL_SERVER: 'xmpps://127.0.0.1:1' };
    expect((await doctor(args, { env })).exitCode).toBe(64);
  });
});

test('every address that DNS gives is tried; one that does not answer is a warning', async () => {
  await using server = await startProsody({ domain: 'example.test' });
  await using dns = await dnsStub({
    '_xmpps-client._tcp.example.test': {
      SRV: [
        { priority: 1, port: server.directTlsPort, target: 'a.example.test' },
        { priority: 2, port: 1, target: 'b.example.test' },
      ],
    },
    'a.example.test': { A: ['127.0.0.1'], AAAA: ['::1'] },
    'b.example.test': { A: ['127.0.0.1'] },
  });
  const env = { XMPPCTL_RESOLVER: dns.address, XMPPCTL_CA_FILE: server.caFile };
  const { exitCode, status, row } = await doctor(['example.test'], { env });
  expect(exitCode).toBe(0);
  expect(status).toMatchObject({
    srv: 'ok',
    ipv4: 'warn',
    ipv6: 'warn',
    tcp: 'warn',
    tls: 'ok',
    name: 'ok',
    sasl: 'ok',
  });
  expect(row.get('srv')?.detail).toBe(`xmpps://a.example.test:${server.directTlsPort}, xmpps://b.example.test:1`);
  expect(row.get('tcp')?.detail).toBe('no connection to xmpps://b.example.test:1');
});

test('a certificate that has expired is 80, and a warning for who has pinned it', async () => {
  const dir = await temporaryDirectory('expired');
  const ca = await createCa(join(dir, 'ca'));
  const certificate = await ca.issue({ names: ['localhost'], notAfter: new Date(Date.now() - 86_400_000) });
  await using server = await startProsody({ ca, certificate });
  const env = at(server, 'alice', 'secret');
  const expired = await doctor(['localhost'], { env });
  expect(expired.exitCode).toBe(80);
  expect(expired.status).toMatchObject({ chain: 'fail', name: 'ok', expiry: 'fail', sasl: 'skip' });
  expect(expired.row.get('expiry')?.detail).toMatch(/^the certificate expired on \d{4}-\d\d-\d\d$/);
  const pinned = await doctor(['localhost', '--pin', certificate.spkiPin], { env });
  expect([pinned.exitCode, pinned.status.expiry, pinned.status.sasl]).toEqual([0, 'warn', 'ok']);
  removeDirectory(dir);
});

test('a certificate for another name is 80', async () => {
  const dir = await temporaryDirectory('name');
  const ca = await createCa(join(dir, 'ca'));
  await using server = await startProsody({ ca, certificate: await ca.issue({ names: ['other.test'] }) });
  const { exitCode, status, row } = await doctor(['localhost'], { env: at(server, 'alice', 'secret') });
  expect(exitCode).toBe(80);
  expect(status).toMatchObject({ chain: 'ok', name: 'fail', sasl: 'skip' });
  expect(row.get('name')?.detail).toBe('the certificate is not for localhost but for DNS:other.test');
  removeDirectory(dir);
});

test('an entry in the keychain is found, and not by a cron that knows no bus', async () => {
  await using server = await startProsody();
  await server.register('alice', 'secret');
  await using keyring = await startKeyring();
  const home = await temporaryDirectory('home');
  const { XMPPCTL_PASSWORD: _password, ...rest } = at(server, 'alice', 'secret');
  const env = { ...rest, ...keyring.env, HOME: home };
  expect(await xmppctl(['login', 'alice@localhost', '--password-stdin'], { env, input: 'secret' })).toMatchObject({
    exitCode: 0,
  });
  const { exitCode, status, row } = await doctor(['--cron'], { env });
  expect(status).toMatchObject({ keychain: 'ok', credentials: 'ok', login: 'ok', cron: 'fail' });
  expect(exitCode).toBe(78);
  expect(row.get('cron')?.detail).toMatch(/keychain: no session bus/);
  removeDirectory(home);
});
