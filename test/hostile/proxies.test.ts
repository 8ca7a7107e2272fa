/** A proxy is one more machine on the way: it learns where we go, and nothing else. */
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import { failure, open, run, welcomes } from '../support/attempt.ts';
import { issue } from '../support/certs.ts';
import { connectProxy, socksProxy } from '../support/http-proxy.ts';
import { scriptedServer } from '../support/scripted-server.ts';

const credentials = { user: 'me', password: 'proxy-pw-5512' };
const kinds = [
  ['HTTP CONNECT', connectProxy],
  ['SOCKS5', socksProxy],
] as const;

const server = async (domain: string, name = domain) =>
  scriptedServer({ tls: 'starttls', ...(await issue({ names: [name] })) }, welcomes({ domain }));
const via = (proxy: string, domain = 'victim.test') => ({ jid: `alice@${domain}`, server: null, proxy, seconds: 3 });
const send = ['send', 'bob@victim.test', 'hello', '--verbose', '--trace'];

describe.each(kinds)('a proxy (%s)', (_kind, start) => {
  test('resolves the name and passes the stream on', async () => {
    await using xmpp = await server('victim.test');
    await using proxy = await start({ hosts: { 'victim.test:5222': xmpp.port } });
    const where = { ...via(proxy.url), resolver: '127.0.0.1:9' };
    await (await open(xmpp, where)).close();
    expect((await run(send, xmpp, where)).exitCode).toBe(0);
    expect(proxy.targets).toEqual(['victim.test:5222', 'victim.test:5222']);
  });

  test('that wants credentials gets them, and nobody else does', async () => {
    await using xmpp = await server('victim.test');
    await using proxy = await start({ hosts: { 'victim.test': xmpp.port }, credentials });
    const url = new URL(proxy.url);
    const withUser = (text: string) => `${url.protocol}//${text}@127.0.0.1:${url.port}`;
    const right = await run(send, xmpp, via(withUser(`${credentials.user}:${credentials.password}`)));
    expect(right.exitCode, right.stderr).toBe(0);
    expect(right.stderr).not.toContain(credentials.password);
    for (const bad of [proxy.url, withUser('me:wrong-pw-5512')]) {
      const [error, result] = [await failure(open(xmpp, via(bad))), await run(send, xmpp, via(bad))];
      expect([error.kind, result.exitCode, result.stdout], result.stderr).toEqual(['noperm', 77, '']);
      expect(error.message + result.stderr).not.toContain('wrong-pw-5512');
    }
    expect(xmpp.connections).toBe(1);
  });

  test('that leads to somebody else is found out', async () => {
    await using attacker = await server('victim.test', 'attacker.test');
    await using proxy = await start({ hosts: { 'victim.test': attacker.port } });
    expect((await failure(open(attacker, via(proxy.url)))).kind).toBe('insecure');
    expect((await run(send, attacker, via(proxy.url))).exitCode).toBe(80);
    for (const { plain, tls } of attacker.transcripts) expect(plain + tls).not.toMatch(/alice|<auth/);
  });

  test('that cannot reach the server is no reason to go without it', async () => {
    await using xmpp = await server('victim.test');
    await using proxy = await start();
    const result = await run(send, xmpp, { ...via(proxy.url) });
    expect([result.exitCode, xmpp.connections]).toEqual([75, 0]);
  });

  test('is told names in A-labels', async () => {
    await using xmpp = await server('bücher.example', 'xn--bcher-kva.example');
    await using proxy = await start({ hosts: { 'xn--bcher-kva.example': xmpp.port } });
    await (await open(xmpp, via(proxy.url, 'bücher.example'))).close();
    expect(proxy.targets).toEqual(['xn--bcher-kva.example:5222']);
  });
});

describe('a proxy that', () => {
  const broken = async (answer: (socket: Socket) => void) => {
    const sockets: Socket[] = [];
    const listener = createServer((socket) => {
      sockets.push(socket);
      socket.on('error', () => {}).resume();
      answer(socket);
    });
    await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
    return {
      port: (listener.address() as AddressInfo).port,
      async [Symbol.asyncDispose]() {
        for (const socket of sockets) socket.destroy();
        await new Promise((resolve) => listener.close(resolve));
      },
    };
  };

  test.each<[string, (socket: Socket) => void]>([
    ['hangs up', (socket) => socket.end()],
    ['resets', (socket) => socket.resetAndDestroy()],
    ['talks nonsense', (socket) => socket.write('\u0005\u0000\u001b[31mnonsense\r\n\r\n')],
    ['speaks on behalf of the server', (socket) => socket.write("HTTP/1.1 200 OK\r\n\r\n<?xml version='1.0'?>")],
    ['answers a page', (socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi')],
  ])('%s is a failure of the network', async (_what, answer) => {
    await using proxy = await broken(answer);
    for (const scheme of ['http', 'socks5h']) {
      const where = { ...via(`${scheme}://127.0.0.1:${proxy.port}`), seconds: 1 };
      expect((await failure(open(undefined, where))).kind).toBe('tempfail');
    }
  });

  test('keeps silent is left at the deadline', async () => {
    await using proxy = await broken(() => {});
    const runBy = (scheme: string) =>
      run(send, undefined, { ...via(`${scheme}://127.0.0.1:${proxy.port}`), seconds: 1 });
    for (const { exitCode, stdout } of await Promise.all([runBy('http'), runBy('socks5h')])) {
      expect([exitCode, stdout]).toEqual([75, '']);
    }
  });

  test.each(['http', 'socks5h'])('keeps silent is left at the deadline by doctor as well (%s)', async (scheme) => {
    await using proxy = await broken(() => {});
    const where = { ...via(`${scheme}://127.0.0.1:${proxy.port}`), seconds: 2 };
    expect((await run(['doctor'], undefined, where)).exitCode).toBe(75);
  });

  test('cannot be is a mistake of the caller, whose secret is not repeated', async () => {
    const secret = 'proxy-pw-5512';
    for (const proxy of [
      `ftp://me:${secret}@host`,
      `http://me:${secret}@`,
      `http://me:%zz${secret}@host`,
      `me:${secret}`,
    ]) {
      const error = await failure(open(undefined, via(proxy)));
      expect([error.kind, `${error.message}${error.hint}`.includes(secret)]).toEqual(['usage', false]);
    }
    const { exitCode, stderr } = await run(send, undefined, via(`http://me:%zz${secret}@host`));
    expect([exitCode, stderr]).toEqual([64, expect.stringContaining('proxy')]);
    expect(stderr).not.toContain(secret);
  });
});

test('a CA file that is none is told before anything connects', async () => {
  await using xmpp = await server('victim.test');
  for (const caFile of ['/nonexistent/ca.pem', '/dev/null']) {
    const result = await run(send, xmpp, { jid: 'alice@victim.test', caFile });
    expect([result.exitCode, result.stderr]).toEqual([66, expect.stringContaining(caFile)]);
  }
  expect(xmpp.connections).toBe(0);
});
