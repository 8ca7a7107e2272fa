/** CASES A, 6 and 10 to 15: names, and servers that are not where they should be. */
import { describe, expect, test } from 'vitest';
import { findEndpoints } from '../../src/session/endpoints.ts';
import { connectFirst, type Dial } from '../../src/session/tcp.ts';
import { failure, open, run, welcomes, welcomesBriefly } from '../support/attempt.ts';
import { issue } from '../support/certs.ts';
import { temporaryDirectory } from '../support/daemon.ts';
import { type DnsStub, dnsStub, type Records, type Trouble } from '../support/dns-stub.ts';
import { freePort } from '../support/ports.ts';
import { type Script, type ScriptedServer, type ServerOptions, scriptedServer } from '../support/scripted-server.ts';
import { xmppctl } from '../support/xmppctl.ts';

const domain = 'victim.test';
const srv = '_xmpp-client._tcp.victim.test';
const srvs = '_xmpps-client._tcp.victim.test';
const send = ['send', 'bob@victim.test', 'hello'];

const victim = async (tls: 'direct' | 'starttls' = 'direct'): Promise<ScriptedServer> =>
  scriptedServer({ tls, ...(await issue({ names: [domain] })) }, welcomes({ domain }));
const by = ({ address }: DnsStub) => ({ jid: `alice@${domain}`, server: null, resolver: address });

describe('DNS', () => {
  test('leads to a server although the domain itself has no address', async () => {
    await using server = await victim('starttls');
    await using dns = await dnsStub({
      [srv]: { SRV: [{ port: server.port, target: 'xmpp.hosting.test' }] },
      'xmpp.hosting.test': { A: ['127.0.0.1'] },
      [domain]: {},
    });
    await (await open(server, by(dns))).close();
    expect((await run(send, server, by(dns))).exitCode).toBe(0);
    expect(server.peers.map(({ sni }) => sni)).toEqual([domain, domain]);
    expect(dns.queries).not.toContain(`A ${domain}`);
  });

  test('that says there is no service is believed, and the address of the domain is not asked for', async () => {
    const none = { SRV: [{ port: 0, target: '.' }] };
    await using dns = await dnsStub({ [srv]: none, [srvs]: none, [domain]: { A: ['127.0.0.1'] } });
    const error = await failure(open(undefined, by(dns)));
    expect([error.kind, error.message]).toEqual([
      'unavailable',
      expect.stringMatching(/offers no XMPP client service/),
    ]);
    expect((await run(send, undefined, by(dns))).exitCode).toBe(69);
    expect(dns.queries).not.toContain(`A ${domain}`);
  });

  test.each<[string, Record<string, Records>, Trouble, number, boolean]>([
    ['knows no such name', {}, {}, 68, true],
    ['knows the name but no address', { [domain]: {} }, {}, 68, false],
    ['fails', {}, { servfail: [srv, srvs, domain] }, 75, true],
    ['fails only for one of the services', { [domain]: { A: ['127.0.0.1'] } }, { servfail: [srvs] }, 75, false],
    ['fails only for the address', {}, { servfail: [domain] }, 75, false],
    ['is silent', {}, { silent: [srv, srvs, domain] }, 75, true],
  ])('that %s ends it with the right status', async (_what, zone, trouble, exit, program) => {
    await using dns = await dnsStub(zone, trouble);
    const where = { ...by(dns), seconds: 1 };
    expect((await failure(open(undefined, where))).exit).toBe(exit);
    if (!program) return;
    const result = await run(send, undefined, where);
    expect([result.exitCode, result.stdout], result.stderr).toEqual([exit, '']);
  });

  test('orders servers by priority, and by weight within one (RFC 2782)', async () => {
    const at = (priority: number, weight: number, name: string) => ({ priority, weight, port: 1, name });
    const plain = [at(20, 0, 'late'), at(10, 90, 'heavy'), at(10, 10, 'light'), at(10, 0, 'zero')];
    const resolver = {
      srv: async (name: string) => ({ records: name === srv ? plain : [at(5, 0, 'tls'), at(10, 0, 'tls10')] }),
      addresses: async () => [],
    };
    const hosts = async (chance?: () => number) =>
      (await findEndpoints(domain, resolver, chance)).map(({ host }) => host).join(' ');
    expect(await hosts(() => 0)).toMatch(/^tls heavy .*late$/);
    expect(await hosts(() => 0.95)).toMatch(/^tls light heavy .*late$/);
    const orders = await Promise.all(Array.from({ length: 1000 }, () => hosts()));
    const heavyFirst = orders.filter((order) => order.startsWith('tls heavy')).length;
    expect(heavyFirst).toBeGreaterThan(800);
    expect(heavyFirst).toBeLessThan(980);
  });

  test('that is silent is left by doctor at the deadline', async () => {
    await using dns = await dnsStub({}, { silent: [srv, srvs, domain, 'xmpp.victim.test'] });
    const where = { ...by(dns), server: 'xmpps://xmpp.victim.test:1', seconds: 2 };
    expect((await run(['doctor'], undefined, where)).exitCode).toBe(75);
  });

  test('with a resolver that is none is a mistake of the caller', async () => {
    const result = await run(send, undefined, { jid: `alice@${domain}`, server: null, resolver: 'no such thing' });
    expect([result.exitCode, result.stderr]).toEqual([64, expect.stringContaining('XMPPCTL_RESOLVER')]);
  });
});

describe('of several servers', () => {
  test('one that answers is found behind one that swallows all and one where nobody listens', async () => {
    await using server = await victim();
    await using dns = await dnsStub({
      [srvs]: {
        SRV: [
          { priority: 1, port: 9, target: 'blackhole.test' },
          { priority: 2, port: await freePort(), target: 'here.test' },
          { priority: 3, port: server.port, target: 'here.test' },
        ],
      },
      'blackhole.test': { A: ['192.0.2.1'] },
      'here.test': { A: ['127.0.0.1'] },
    });
    const result = await run(send, server, by(dns));
    expect([result.exitCode, server.connections], result.stderr).toEqual([0, 1]);
  });

  test('the next is dialled while the first keeps silent', async () => {
    const dialled: string[] = [];
    const endpoints = ['mute', 'refusing', 'good', 'spare'].map((host) => ({ host, port: 1, directTls: true }));
    const socket = { destroy() {} } as never;
    const connected = connectFirst(
      endpoints,
      async ({ host }, signal) => {
        dialled.push(host);
        if (host === 'refusing') throw new Error('refused');
        if (host === 'good') return socket;
        return await new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
      },
      new AbortController().signal,
    );
    expect((await connected).endpoint.host).toBe('good');
    expect(dialled).toEqual(['mute', 'refusing', 'good']);
  });

  const shutdown =
    "<stream:error><system-shutdown xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error></stream:stream>";
  const page = 'HTTP/1.1 400 Bad Request\r\n\r\n<html><body>no</body></html>';

  test.each<[string, 'direct' | 'starttls', ServerOptions, Script]>([
    ['that is no XMPP server', 'starttls', { tls: 'none' }, (peer) => peer.send(page)],
    ['that is no XMPP server under TLS', 'direct', { tls: 'direct' }, (peer) => peer.send(page)],
    ['that speaks no TLS', 'direct', { tls: 'none' }, (peer) => peer.send(page)],
    ['with TLS for something else', 'direct', { tls: 'direct', alpn: ['http/1.1'] }, (peer) => peer.send(page)],
    ['that hangs up', 'direct', { tls: 'direct' }, async (peer) => void (await peer.header())],
    ['that shuts down', 'direct', { tls: 'direct' }, (peer) => peer.header().then(() => peer.send(shutdown))],
    ['that says no more', 'direct', { tls: 'direct' }, (peer) => peer.header().then(() => peer.gone())],
  ])('one %s is passed over', async (_what, tls, options, script) => {
    await using server = await victim(tls);
    const certificate = await issue({ names: [domain] });
    await using first = await scriptedServer({ ...certificate, ...options }, async (peer, number) => {
      // What is no TLS to the server is no XML either.
      await script(peer, number).catch(() => undefined);
      peer.end();
    });
    await using dns = await dnsStub({
      [tls === 'direct' ? srvs : srv]: {
        SRV: [first, server].map(({ port }, priority) => ({ priority, port, target: 'here.test' })),
      },
      'here.test': { A: ['127.0.0.1'] },
    });
    const result = await run(send, server, { ...by(dns), seconds: 20 });
    expect([result.exitCode, first.connections, server.connections], result.stderr).toEqual([0, 1, 1]);
  });

  test('none that speaks XMPP is named by the first of them, unless one may do better later', async () => {
    await using http = await scriptedServer({ tls: 'none' }, async (peer) => {
      await peer.send(page);
      peer.end();
    });
    const ports = [http.port, http.port, await freePort()];
    const answers = async (list: readonly number[]) => {
      await using dns = await dnsStub({
        [srv]: { SRV: list.map((port, priority) => ({ priority, port, target: 'here.test' })) },
        'here.test': { A: ['127.0.0.1'] },
      });
      return (await run(send, undefined, by(dns))).exitCode;
    };
    expect([await answers(ports.slice(0, 2)), await answers(ports.slice(1))]).toEqual([76, 75]);
    await http.done.catch(() => undefined);
  });

  test('many that swallow all are no reason to warn of ourselves', async () => {
    const endpoints = Array.from({ length: 200 }, () => ({ host: 'mute', port: 1, directTls: true }));
    const warnings: string[] = [];
    const warned = ({ message }: Error): void => void warnings.push(message);
    process.on('warning', warned);
    const mute: Dial = (_endpoint, signal) =>
      new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    await expect(connectFirst(endpoints, mute, AbortSignal.timeout(4000))).rejects.toThrow();
    process.off('warning', warned);
    expect(warnings).toEqual([]);
  });

  test('many dead ones are no reason to warn of ourselves', async () => {
    const port = await freePort();
    await using dns = await dnsStub({
      [srvs]: { SRV: Array.from({ length: 15 }, (_none, priority) => ({ priority, port, target: 'here.test' })) },
      'here.test': { A: ['127.0.0.1'] },
    });
    const result = await run(send, undefined, by(dns));
    expect([result.exitCode, result.stderr.split('\n').length], result.stderr).toEqual([75, 2]);
  });
});

describe('a domain with letters beyond ASCII', () => {
  test('is one account and one server, however it is written', async () => {
    const certificate = await issue({ names: ['xn--bcher-kva.example'] });
    const script = welcomesBriefly('bücher.example');
    await using server = await scriptedServer({ tls: 'direct', ...certificate }, script);
    await using dns = await dnsStub({
      '_xmpps-client._tcp.xn--bcher-kva.example': { SRV: [{ port: server.port, target: 'here.test' }] },
      'here.test': { A: ['127.0.0.1'] },
    });
    const home = await temporaryDirectory('home');
    const resolver = dns.address;
    for (const jid of ['alice@bücher.example', 'alice@xn--bcher-kva.example', 'alice@BÜCHER.example']) {
      const result = await run(['login', jid, '--store', 'file'], server, { jid, server: null, resolver, home });
      expect(result.exitCode, result.stderr).toBe(0);
    }
    expect(new Set(server.peers.map(({ sni }) => sni))).toEqual(new Set(['xn--bcher-kva.example']));
    const headers = server.transcripts.flatMap(({ tls }) => tls.match(/<stream:stream[^>]*>/g) ?? []);
    expect(new Set(headers.map((header) => / to='([^']*)'/.exec(header)?.[1]))).toEqual(new Set(['bücher.example']));
    const known = await xmppctl(['accounts', '--json'], { home });
    expect(known.json()).toMatchObject([{ jid: 'alice@bücher.example', secret: 'file' }]);
  });
});

describe('a server that offers only web sockets', () => {
  test('is no XMPP server to us, whoever says so', async () => {
    await using web = await scriptedServer({ tls: 'none' }, async (peer) => {
      await peer.send('HTTP/1.1 400 Bad Request\r\n\r\n<html></html>');
      await peer.gone();
    });
    const result = await run(['send', 'bob@localhost', 'hello'], undefined, { server: `ws://127.0.0.1:${web.port}` });
    expect(result.exitCode).toBe(64);
    const asXmpp = await run(['send', 'bob@localhost', 'hello'], undefined, { server: `127.0.0.1:${web.port}` });
    expect([asXmpp.exitCode, asXmpp.stdout]).toEqual([76, '']);
  });
});
