// Files on their way from a server that means harm (CASES F 50 to 53).
import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { beforeEach, describe, expect, test } from 'vitest';
import { run } from '../support/attempt.ts';
import { removeDirectory, temporaryDirectory } from '../support/daemon.ts';
import { type Handler, httpsServer } from '../support/https-server.ts';

let dir: string;
beforeEach(async () => {
  dir = await temporaryDirectory('download');
  return () => removeDirectory(dir);
});

const sha256 = (bytes: Buffer | string) => createHash('sha256').update(bytes).digest('hex');
const there = () => readdir(dir);
const sends =
  (body: Buffer | string, headers: Record<string, string> = {}): Handler =>
  (_asked, response) =>
    response.writeHead(200, headers).end(body);

interface Attempt {
  path?: string;
  args?: readonly string[];
  seconds?: number;
  /** Makes the address of the server's: an aesgcm one, say. */
  url?: (url: string) => string;
}

/** `get` of one file from a server with that handler. */
async function get(
  handler: Handler,
  { path = '/x/photo.jpg', args = [], seconds = 5, url = (text) => text }: Attempt = {},
) {
  await using http = await httpsServer(handler);
  const address = url(http.url + path);
  const where = ['--dir', dir, '--allow-private', '--json', '--ca-file', http.caFile];
  const result = await run(['get', address, ...where, ...args], undefined, { seconds });
  return { result, asked: http.asked, connections: http.connections };
}

test('a name in the answer counts for nothing, and neither do early hints', async () => {
  const { result } = await get((_asked, response) => {
    response.writeEarlyHints({ link: '</../../evil>; rel=preload' });
    response.writeHead(200, { 'content-disposition': 'attachment; filename="../evil.sh"' }).end('pixels');
  });
  expect(result.exitCode, result.stderr).toBe(0);
  expect(await there()).toEqual(['photo.jpg']);
});

test.each([
  ['..%2f..%2fx', 'x'],
  ['%2e%2e', 'file'],
  ['', 'file'],
  ['.bashrc', 'bashrc'],
  ['-rf', 'rf'],
  ['a%00b', 'a_b'],
  ['a%0ab%1b%5b31m', 'a_b_[31m'],
  ['invoice%E2%80%AEfdp.exe', 'invoicefdp.exe'],
  ['%FF%FE', '%FF%FE'],
  ['CON.txt', '_CON.txt'],
])('the address …/%s saves the file as %s', async (path, name) => {
  const { result } = await get(sends('x'), { path: `/d/${path}` });
  expect(result.exitCode, result.stderr).toBe(0);
  expect(await there()).toEqual([name]);
});

describe('nothing is fetched, 80:', () => {
  test.each(['http://localhost:1/x', 'file:///etc/passwd', 'ftp://localhost/x', 'data:text/plain,x'])(
    'from %s',
    async (url) => {
      const { result, connections } = await get(sends('x'), { url: () => url });
      expect([result.exitCode, result.stdout, connections, await there()]).toEqual([80, '', 0, []]);
    },
  );

  test.each(['x', '//h/x'])('from %s, which is no address: 64', async (url) => {
    const { result, connections } = await get(sends('x'), { url: () => url });
    expect([result.exitCode, result.stdout, connections, await there()]).toEqual([64, '', 0, []]);
  });

  test('from where an https address leads in clear', async () => {
    await using plain = await httpsServer(sends('x'));
    const { result } = await get((_asked, response) =>
      response.writeHead(302, { location: `http://localhost:${plain.port}/x` }).end(),
    );
    expect([result.exitCode, plain.connections, await there()]).toEqual([80, 0, []]);
    expect(result.stderr).toContain('redirects to a http: address');
  });

  test.each([
    'localhost',
    '127.0.0.1',
    '127.1',
    '2130706433',
    '0x7f.1',
    '[::1]',
    '[::ffff:127.0.0.1]',
    '10.0.0.1',
    '169.254.169.254',
    '[fe80::1]',
    'x.localhost',
  ])('from %s without --allow-private', async (host) => {
    await using http = await httpsServer(sends('x'));
    const result = await run(['get', `https://${host}:${http.port}/x`, '--dir', dir]);
    expect([result.exitCode, http.connections, await there()]).toEqual([80, 0, []]);
    expect(result.stderr).toContain('private or loopback');
  });

  test('from a host with a certificate for another name', async () => {
    const { result, asked } = await get(sends('x'), { url: (url) => url.replace('localhost', '127.0.0.1') });
    expect([result.exitCode, asked, await there()]).toEqual([80, [], []]);
  });
});

describe('no file appears if the server', () => {
  test.each<[string, number, Handler]>([
    ['says that it is not there', 66, (_asked, response) => response.writeHead(404).end('<h1>\u001b[31m</h1>')],
    ['forbids it', 77, (_asked, response) => response.writeHead(403).end()],
    ['fails', 75, (_asked, response) => response.writeHead(502).end()],
    ['redirects for ever', 76, (asked, response) => response.writeHead(302, { location: asked.path }).end()],
    [
      'promises more than it sends',
      75,
      (_asked, response) => response.socket?.end('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort'),
    ],
    [
      'cuts the last chunk',
      75,
      (_asked, response) => response.socket?.end('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nshort\r\n'),
    ],
    [
      'does not say where the file ends',
      76,
      (_asked, response) => response.socket?.end('HTTP/1.1 200 OK\r\n\r\nshort'),
    ],
    ['packs it though not asked to', 76, sends('x', { 'content-encoding': 'gzip' })],
    [
      'sends a part that nobody asked for',
      76,
      (_asked, response) => response.writeHead(206, { 'content-range': 'bytes 5-9/10' }).end('short'),
    ],
    ['speaks no HTTP', 76, (_asked, response) => response.socket?.end('220 smtp\r\n')],
    [
      'sends headers without end',
      76,
      (_asked, response) => response.socket?.write(`HTTP/1.1 200 OK\r\nX: ${'x'.repeat(100_000)}`),
    ],
    ['says nothing', 75, () => {}],
    [
      'stops in the middle',
      75,
      (_asked, response) => response.writeHead(200, { 'content-length': '9' }).write('short'),
    ],
  ])('%s: %i', async (_, exit, handler) => {
    const { result } = await get(handler, { seconds: 2 });
    expect([result.exitCode, result.stdout, await there()], result.stderr).toEqual([exit, '', []]);
  });
});

test.each<[string, readonly string[], Handler]>([
  ['another hash than was said', ['--sha256', sha256('other')], sends('pixels')],
  ['more than --max-size, as it says itself', ['--max-size', '5'], sends('pixels')],
  [
    'more than --max-size, in chunks without end',
    ['--max-size', '1M'],
    (_asked, response) => {
      const more = () => void (response.write(Buffer.alloc(65_536)) && setImmediate(more));
      response.on('drain', more);
      more();
    },
  ],
])('a file with %s is not kept: 65', async (_, args, handler) => {
  const { result } = await get(handler, { args });
  expect([result.exitCode, result.stdout, await there()], result.stderr).toEqual([65, '', []]);
});
