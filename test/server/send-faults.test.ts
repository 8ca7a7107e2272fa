// Networks and servers that let a message down: never 0, never twice, and 79 only where nobody can know.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { removeDirectory, temporaryDirectory } from '../support/daemon.ts';
import { type FaultProxy, faultProxy } from '../support/fault-proxy.ts';
import { expectInTime } from '../support/in-time.ts';
import { listening } from '../support/listening.ts';
import { servers, type XmppServer } from '../support/servers.ts';
import { at, xmppctl } from '../support/xmppctl.ts';

/** Larger than everything that is sent up to the end of a login, so that bytes tell where the message begins. */
const body = 'x'.repeat(60_000);
const loginBytes = 20_000;

describe.each(servers)('on %s', (_kind, start) => {
  let server: XmppServer;
  let home: string;
  beforeAll(async () => {
    server = await start();
    for (const name of ['alice', 'bob']) await server.register(name, 'secret');
    home = await temporaryDirectory('faults');
  });
  afterAll(async () => {
    await server.stop();
    removeDirectory(home);
  });
  const alice = (password = 'secret') => at(server, 'alice', password);
  const through = (proxy: FaultProxy) => ({ ...alice(), XMPPCTL_SERVER: `xmpps://127.0.0.1:${proxy.port}` });
  const bobHears = async () => {
    const args = ['listen', '--json', '--once'];
    return (await xmppctl(args, { env: at(server, 'bob', 'secret') })).lines().map((line) => JSON.parse(line).body);
  };
  const unconfirmed = { exit: 79, kind: 'unconfirmed', retryable: false, delivered: 'unknown' };

  test('a network that swallows everything after the login: 79 within --timeout', async () => {
    await using proxy = await faultProxy(server.directTlsPort, { swallowAfter: (up) => up > loginBytes });
    const args = ['send', 'bob@localhost', '--json', '--timeout', '3s'];
    const result = await xmppctl(args, { env: through(proxy), input: body });
    expect(result.exitCode).toBe(79);
    expect(JSON.parse(result.stderr).error).toMatchObject(unconfirmed);
    expect(result.json()).toMatchObject({ status: 'unknown', error: unconfirmed });
    expectInTime(result.durationMs, 5000);
    expect(await bobHears()).toEqual([]);
  });

  test('the acknowledgement is lost, and the message is not: 79, and one copy', async () => {
    const swallowAfter = (up: number): boolean => {
      if (up > loginBytes) proxy.swallow('down');
      return false;
    };
    await using proxy = await faultProxy(server.directTlsPort, { swallowAfter });
    const args = ['send', 'bob@localhost', '--timeout', '3s'];
    const result = await xmppctl(args, { env: through(proxy), input: body });
    expect(result).toMatchObject({ exitCode: 79, stdout: '' });
    expect(result.stderr).toMatch(
      /^xmppctl: sent, but nobody can say whether it arrived: .*\n {2}Repeat only with the same --id/,
    );
    expect(await bobHears()).toEqual([body]);
  });

  test('the connection breaks before the acknowledgement, and the session is taken up: 0, and one copy (CASES 75)', async () => {
    await using bob = await listening(['--json'], { env: at(server, 'bob', 'secret') });
    await using proxy = await faultProxy(server.directTlsPort, { swallowAfter: (up) => lose(up, proxy) });
    const sent = xmppctl(['send', 'bob@localhost', '--id', 'taken-up', '--json'], { env: through(proxy), input: body });
    await bob.waitForLine(/"taken-up"/);
    proxy.cut();
    const result = await sent;
    expect(result).toMatchObject({ exitCode: 0, stderr: '' });
    expect(result.json()).toMatchObject({ id: 'taken-up', status: 'acked', error: null });
    expect(proxy.connections).toBe(2);
    bob.kill();
    expect((await bob.done).lines()).toHaveLength(1);
  });

  test('the connection breaks in the middle of the message, and there is no other: 79', async () => {
    const swallowAfter = (up: number): boolean => {
      if (up > loginBytes) {
        proxy.refuse();
        proxy.cut();
      }
      return false;
    };
    await using proxy = await faultProxy(server.directTlsPort, { swallowAfter });
    const args = ['send', 'bob@localhost', '--timeout', '4s'];
    const result = await xmppctl(args, { env: through(proxy), input: body });
    expect(result.exitCode).toBe(79);
    expectInTime(result.durationMs, 6000);
    expect(await bobHears()).toEqual([]);
  });

  test('the connection breaks in the middle of the message, and the session is taken up: 0 and one copy, or 79 and none', async () => {
    await using proxy = await faultProxy(server.directTlsPort, { cutAfterBytes: { up: loginBytes } });
    const args = ['send', 'bob@localhost', '--timeout', '6s'];
    const result = await xmppctl(args, { env: through(proxy), input: body });
    // Prosody 0.12 resumes the session, and then takes no stanza on it.
    expect([0, 79]).toContain(result.exitCode);
    expect(await bobHears()).toEqual(result.exitCode === 0 ? [body] : []);
  });

  test('the connection breaks during the login: 75, certainly nothing was sent', async () => {
    await using proxy = await faultProxy(server.directTlsPort, { cutAfterBytes: { up: 1000 } });
    const result = await xmppctl(['send', 'bob@localhost', '--json'], { env: through(proxy), input: body });
    expect(result.exitCode).toBe(75);
    expect(JSON.parse(result.stderr).error).toMatchObject({ kind: 'tempfail', retryable: true, delivered: 'no' });
  });

  test('a slow network that cuts everything into small pieces: 0', async () => {
    await using proxy = await faultProxy(server.directTlsPort, { chunk: 701, delayMs: 20 });
    const result = await xmppctl(['send', 'bob@localhost'], { env: through(proxy), input: body });
    expect(result).toMatchObject({ exitCode: 0, stderr: '' });
    expect(await bobHears()).toEqual([body]);
  });

  test('every byte in a segment of its own, on a slow network: 0, and one copy', async () => {
    await using proxy = await faultProxy(server.directTlsPort, { chunk: 1, delayMs: 25 });
    const result = await xmppctl(['send', 'bob@localhost', 'zwölf ❤️'], { env: through(proxy) });
    expect(result).toMatchObject({ exitCode: 0, stderr: '' });
    expect(await bobHears()).toEqual(['zwölf ❤️']);
  });

  test('a wrong password: 77 after one attempt', async () => {
    await using proxy = await faultProxy(server.directTlsPort);
    const trace = join(home, 'trace.xml');
    const env = { ...through(proxy), XMPPCTL_PASSWORD: 'wrong' };
    const result = await xmppctl(['send', 'bob@localhost', 'hi', '--json', `--trace=${trace}`], { env });
    expect(result).toMatchObject({ exitCode: 77, stdout: '' });
    expect(JSON.parse(result.stderr).error).toMatchObject({
      exit: 77,
      kind: 'noperm',
      condition: 'not-authorized',
      retryable: false,
      delivered: 'no',
    });
    expect(proxy.connections).toBe(1);
    expect((await readFile(trace, 'utf8')).match(/>> <auth /g)).toHaveLength(1);
  });

  test('a certificate that nobody here vouches for: 80, and its key; with --pin that key: 0', async () => {
    const { XMPPCTL_CA_FILE: _ca, ...env } = alice();
    const refused = await xmppctl(['send', 'bob@localhost', 'hi'], { env });
    expect(refused).toMatchObject({ exitCode: 80, stdout: '' });
    expect(refused.stderr).toContain(server.certificate.spkiPin);
    const pinned = ['send', 'bob@localhost', 'hi', '--pin', server.certificate.spkiPin];
    expect(await xmppctl(pinned, { env })).toMatchObject({ exitCode: 0, stderr: '' });
    const other = await xmppctl(['send', 'bob@localhost', 'hi', '--pin', `sha256:${'A'.repeat(43)}=`], { env });
    expect(other.exitCode).toBe(80);
    expect(await bobHears()).toEqual(['hi']);
  });

  test('NODE_TLS_REJECT_UNAUTHORIZED=0 changes nothing: 80', async () => {
    const { XMPPCTL_CA_FILE: _ca, ...env } = alice();
    const trusting = { ...env, NODE_TLS_REJECT_UNAUTHORIZED: '0' };
    expect((await xmppctl(['send', 'bob@localhost', 'hi'], { env: trusting })).exitCode).toBe(80);
  });

  test('nothing listens there: 75', async () => {
    const env = { ...alice(), XMPPCTL_SERVER: 'xmpps://127.0.0.1:9' };
    const result = await xmppctl(['send', 'bob@localhost', 'hi'], { env });
    expect(result.exitCode).toBe(75);
    expect(result.stderr).toContain('connection refused');
  });
});

describe('without --timeout the server has 15 s to acknowledge, and a lost session some more (CASES 77)', () => {
  const outcomes = servers.map(([kind, start]) => async () => {
    await using server = await start();
    for (const name of ['alice', 'bob']) await server.register(name, 'secret');
    await using bob = await listening(['--json'], { env: at(server, 'bob', 'secret') });
    const sendThrough = (proxy: FaultProxy, id: string) => {
      const env = { ...at(server, 'alice', 'secret'), XMPPCTL_SERVER: `xmpps://127.0.0.1:${proxy.port}` };
      return xmppctl(['send', 'bob@localhost', '--id', id], { env, input: body, timeout: 60_000 });
    };
    await using everywhere = await faultProxy(server.directTlsPort, { swallowAfter: (up) => up > loginBytes });
    await using once = await faultProxy(server.directTlsPort, { swallowAfter: (up) => lose(up, once) });
    const results = Promise.all([sendThrough(everywhere, 'everywhere'), sendThrough(once, 'once')]);
    // It is there, and from now on neither side hears of the other on that connection.
    await bob.waitForLine(/"once"/);
    once.halfOpen();
    const [nowhere, elsewhere] = await results;
    expect([kind, nowhere.exitCode, elsewhere.exitCode]).toEqual([kind, 79, 0]);
    expect(nowhere.durationMs).toBeGreaterThan(14_500);
    expectInTime(nowhere.durationMs, 40_000);
    expect(elsewhere.durationMs).toBeGreaterThan(14_500);
    expect(elsewhere.stderr).toBe('');
    bob.kill();
    const heard = (await bob.done).lines().map((line) => JSON.parse(line).id);
    expect(heard).toEqual(['once']);
  });

  test('79 if there is no other way to the server; 0 and one copy if there is one', async () => {
    await Promise.all(outcomes.map((outcome) => outcome()));
    // Half a minute of waiting by itself; a send that does not end is stopped and named before this.
  }, 120_000);
});

/** The answers to the message are lost, once it is on its way. */
function lose(up: number, proxy: FaultProxy): boolean {
  if (up > loginBytes && proxy.connections === 1) proxy.swallow('down');
  return false;
}
