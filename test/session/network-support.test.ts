/** The tests' own broken networks, tried with raw sockets. */
import { promises as dns } from 'node:dns';
import { createServer, type Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import { dnsStub } from '../support/dns-stub.ts';
import { type FaultOptions, faultProxy } from '../support/fault-proxy.ts';
import { connectProxy, socksProxy } from '../support/http-proxy.ts';
import { Client } from '../support/raw-client.ts';

/** Answers in capitals; remembers how connections ended. */
async function echoServer() {
  const seen = { text: '', endings: [] as string[], sockets: new Set<Socket>() };
  const server = createServer((socket) => {
    seen.sockets.add(socket);
    socket.on('data', (data) => {
      seen.text += data;
      socket.write(`${data}`.toUpperCase());
    });
    socket.on('error', (error: NodeJS.ErrnoException) => seen.endings.push(`${error.code}`));
    socket.on('end', () => seen.endings.push('end'));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  const dispose = async () => {
    for (const socket of seen.sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  };
  return { seen, port, [Symbol.asyncDispose]: dispose };
}

describe('a fault proxy', () => {
  const through = async (options: FaultOptions = {}) => {
    const server = await echoServer();
    const proxy = await faultProxy(server.port, options);
    return { server, proxy, client: Client.tcp(proxy.port) };
  };

  test('passes bytes and ends both ways, and counts them', async () => {
    const { server, proxy, client } = await through();
    await using _server = server;
    await using _proxy = proxy;
    await client.say('hello', /HELLO/);
    client.socket.end();
    expect(await client.closed).toBe('end');
    expect(proxy.bytes).toEqual({ up: 5, down: 5 });
    expect(server.seen.endings).toEqual(['end']);
  });

  test('cuts after an exact number of bytes of the first connection only', async () => {
    const { server, proxy, client } = await through({ cutAfterBytes: { up: 3 } });
    await using _server = server;
    await using _proxy = proxy;
    client.socket.write('hello');
    expect(await client.closed).toBe('ECONNRESET');
    await proxy.until(({ up }) => up === 3);
    expect(server.seen.text).toBe('hel');
    const second = Client.tcp(proxy.port);
    await second.say('hello', /HELLO/);
    proxy.cut();
    expect(await second.closed).toBe('ECONNRESET');
    proxy.refuse();
    expect(await Client.tcp(proxy.port).closed).toBe('ECONNRESET');
    expect(proxy.connections).toBe(3);
  });

  test('swallows one way or both, so that nobody hears of an end', async () => {
    const { server, proxy, client } = await through();
    await using _server = server;
    await using _proxy = proxy;
    await client.say('one', /ONE/);
    proxy.swallow('down');
    client.socket.write('two');
    await proxy.until(({ up }) => up === 6);
    proxy.halfOpen();
    client.socket.end('three');
    for (const socket of server.seen.sockets) socket.end('bye');
    const fresh = Client.tcp(proxy.port);
    await fresh.say('four', /FOUR/);
    fresh.socket.destroy();
    expect(server.seen.text).toBe('onetwofour');
    expect(client.text).toBe('');
    expect(server.seen.endings).not.toContain('ECONNRESET');
  });

  test('swallows from the piece that a function names', async () => {
    const { server, proxy, client } = await through({ chunk: 1, swallowAfter: (up) => up > 3 });
    await using _server = server;
    await using _proxy = proxy;
    await client.say('abc', /ABC/);
    client.socket.write('def');
    const second = Client.tcp(proxy.port);
    await second.say('xyz', /XYZ/);
    expect(server.seen.text).toBe('abcxyz');
  });

  test('cuts segments and delays them, in order', async () => {
    const { server, proxy, client } = await through({ chunk: 1, delayMs: { up: 30, down: 20 } });
    await using _server = server;
    await using _proxy = proxy;
    const segments: number[] = [];
    client.socket.on('data', (data) => segments.push(data.length));
    const start = performance.now();
    await client.say('hello', /HELLO/);
    expect(performance.now() - start).toBeGreaterThan(49);
    expect(segments).toEqual([1, 1, 1, 1, 1]);
  });
});

test('a DNS stub answers, denies, fails and keeps silent', async () => {
  const srv = { priority: 5, weight: 10, port: 5223 };
  await using stub = await dnsStub(
    {
      'example.test': { A: ['192.0.2.1', '192.0.2.2'], AAAA: ['2001:db8::1:2', '::1', '::ffff:192.0.2.7'] },
      '_xmpp-client._tcp.example.test': { SRV: [{ ...srv, target: 'xmpp.example.test' }] },
      '_xmpps-client._tcp.example.test': { SRV: [{ port: 0, target: '.' }] },
      'mute.test': {},
    },
    { servfail: ['broken.test'], silent: ['AAAA mute.test'] },
  );
  const resolver = new dns.Resolver({ timeout: 100, tries: 1 });
  resolver.setServers([stub.address]);
  expect(await resolver.resolve4('Example.test')).toEqual(['192.0.2.1', '192.0.2.2']);
  expect(await resolver.resolve6('example.test')).toEqual(['2001:db8::1:2', '::1', '::ffff:192.0.2.7']);
  expect(await resolver.resolveSrv('_xmpp-client._tcp.example.test')).toMatchObject([
    { ...srv, name: 'xmpp.example.test' },
  ]);
  expect(await resolver.resolveSrv('_xmpps-client._tcp.example.test')).toMatchObject([{ name: '', port: 0 }]);
  await expect(resolver.resolve4('nowhere.test')).rejects.toMatchObject({ code: 'ENOTFOUND' });
  await expect(resolver.resolve4('mute.test')).rejects.toMatchObject({ code: 'ENODATA' });
  await expect(resolver.resolve6('mute.test')).rejects.toMatchObject({ code: 'ETIMEOUT' });
  await expect(resolver.resolve4('broken.test')).rejects.toMatchObject({ code: 'ESERVFAIL' });
  expect(stub.queries).toContain('SRV _xmpp-client._tcp.example.test');
});

describe('proxies for names that only they resolve', () => {
  const credentials = { user: 'me', password: 'pw' };
  const socksRequest = '\x05\x01\x00\x03\x0cexample.test\x14\x66';

  test('HTTP CONNECT', async () => {
    await using server = await echoServer();
    await using proxy = await connectProxy({ hosts: { 'example.test': server.port }, credentials });
    const ask = (host: string, line = '') => `CONNECT ${host} HTTP/1.1\r\nHost: ${host}\r\n${line}\r\n`;
    const allowed = `Proxy-Authorization: Basic ${Buffer.from('me:pw').toString('base64')}\r\n`;
    const client = Client.tcp(proxy.port);
    await client.say(ask('example.test:5222', allowed), /^HTTP\/1.1 200 [\s\S]*\r\n\r\n/);
    await client.say('hello', /HELLO/);
    await Client.tcp(proxy.port).say(ask('example.test:5222'), /^HTTP\/1.1 407 /);
    await Client.tcp(proxy.port).say(ask('other.test:5222', allowed), /^HTTP\/1.1 502 /);
    expect(proxy.targets).toEqual(['example.test:5222', 'other.test:5222']);
    expect(proxy.refused).toBe(1);
  });

  test('SOCKS5', async () => {
    await using server = await echoServer();
    await using proxy = await socksProxy({ hosts: { 'example.test:5222': server.port }, credentials });
    const client = Client.tcp(proxy.port);
    expect(await client.say('\x05\x01\x02', /../s)).toBe('\x05\x02');
    expect(await client.say('\x01\x02me\x02pw', /../s)).toBe('\x01\x00');
    expect(await client.say(socksRequest, /.{10}/s)).toMatch('\x05\x00\x00\x01');
    await client.say('hello', /HELLO/);
    expect(await Client.tcp(proxy.port).say('\x05\x01\x00', /../s)).not.toBe('\x05\x00');
    expect(proxy.targets).toEqual(['example.test:5222']);
    expect(proxy.refused).toBe(1);
    await using open = await socksProxy();
    const unknown = Client.tcp(open.port);
    expect(await unknown.say('\x05\x01\x00', /../s)).toBe('\x05\x00');
    expect(await unknown.say(socksRequest, /../s)).toBe('\x05\x04');
  });
});
