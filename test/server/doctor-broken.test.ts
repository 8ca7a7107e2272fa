// doctor where something is broken: DNS, certificates, servers that are not there.
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createCa } from '../support/ca.ts';
import { removeDirectory, temporaryDirectory } from '../support/daemon.ts';
import { dnsStub } from '../support/dns-stub.ts';
import { doctor } from '../support/doctor.ts';
import { expectInTime } from '../support/in-time.ts';
import { startKeyring } from '../support/keyring.ts';
import { startProsody } from '../support/servers.ts';
import { at, xmppctl } from '../support/xmppctl.ts';

describe('without a server', () => {
  test('that listens, it is 75, and the password is looked for all the same', async () => {
    const env = { XMPPCTL_ACCOUNT: 'alice@localhost', XMPPCTL_PASSWORD: 'x', XMPPCTL_SERVER: 'xmpps://127.0.0.1:1' };
    const { exitCode, status, row } = await doctor([], { env });
    expect(exitCode).toBe(75);
    expect(row.get('tcp')?.hint).toContain('the server runs');
    expect(status).toMatchObject({ tcp: 'fail', tls: 'skip', sasl: 'skip', credentials: 'ok', login: 'skip' });
  });

  test('that ever answers, it is 75 within --timeout, and TCP is well', async () => {
    const silent = createServer((socket) => socket.on('error', () => {}).resume());
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const { port } = silent.address() as AddressInfo;
    for (const scheme of ['xmpp', 'xmpps']) {
      const env = { XMPPCTL_SERVER: `${scheme}://127.0.0.1:${port}` };
      const { exitCode, status, row, durationMs } = await doctor(['localhost', '--timeout', '1s'], { env });
      expect([exitCode, status.tcp, status.tls, status.sasl]).toEqual([75, 'ok', 'fail', 'skip']);
      expect(row.get('tls')?.hint).toContain('xmpps://… for direct TLS');
      expectInTime(durationMs, 3000);
    }
    silent.close();
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
  expect(expired.row.get('chain')?.hint).toContain(`whatever the date: --pin ${certificate.spkiPin}`);
  expect(expired.row.get('expiry')?.detail).toMatch(/^the certificate expired on \d{4}-\d\d-\d\d$/);
  const pinned = await doctor(['localhost', '--pin', certificate.spkiPin], { env });
  expect([pinned.exitCode, pinned.status.expiry, pinned.status.sasl]).toEqual([0, 'warn', 'ok']);
  const { exitCode, stderr } = await xmppctl(['contacts'], { env });
  expect(exitCode).toBe(80);
  expect(stderr).toContain('renew it; until then');
  expect(stderr).not.toContain('--ca-file');
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
  const { stderr } = await xmppctl(['contacts'], { env: at(server, 'alice', 'secret') });
  expect(stderr).toContain('it needs a certificate with the name localhost; until then');
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
