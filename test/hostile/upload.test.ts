// Files on their way to a service that means harm (CASES F 57 to 61), and files that change on the way.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { issue } from '../support/certs.ts';
import { removeDirectory, temporaryDirectory } from '../support/daemon.ts';
import { type Handler, httpsServer, stores } from '../support/https-server.ts';
import { stanzaError } from '../support/peer.ts';
import { sendfile, slotFor } from '../support/upload-service.ts';

let dir: string;
beforeEach(async () => {
  dir = await temporaryDirectory('upload');
  return () => removeDirectory(dir);
});

const file = async (bytes: string | Buffer, name = 'a.txt') => {
  await writeFile(join(dir, name), bytes);
  return join(dir, name);
};

describe('the slot', () => {
  test.each([
    ['PUT', 'http://localhost/x', undefined],
    ['GET', undefined, 'http://localhost/x'],
    ['PUT', 'file:///etc/passwd', undefined],
  ])('an address to %s that is not https: 80, and nothing leaves', async (_, put, get) => {
    const { result, messages, connections } = await sendfile(await file('hi'), {
      slot: (iq, http) => slotFor(iq, put ?? `${http.url}/x`, get ?? `${http.url}/x`),
    });
    expect([result.exitCode, messages, connections]).toEqual([80, [], 0]);
    expect(result.stderr).toContain('that is not https');
  });

  test('only the three headers are sent, in their order, and no newline begins another', async () => {
    const headers = [
      ['Authorization', 'Basic one'],
      ['Host', 'evil.test'],
      ['aUTHORIZATION', 'Basic two\r\nX-Evil: 1'],
      ['X-Evil', '1'],
      ['Content-Length', '7'],
      ['Cook\nie', 'a=b'],
      ['Expires', '0'],
    ] as const;
    const { result, asked, messages } = await sendfile(await file('hi'), {
      slot: (iq, http) => slotFor(iq, `${http.url}/put`, `${http.url}/get`, headers),
    });
    expect(result.exitCode, result.stderr).toBe(0);
    const pairs = asked[0]?.rawHeaders.flatMap((name, index, all) => (index % 2 ? [] : [`${name}: ${all[index + 1]}`]));
    expect(pairs?.filter((line) => !/^(content-type|connection)/i.test(line))).toEqual([
      expect.stringMatching(/^Host: localhost:/),
      'Content-Length: 2',
      'Authorization: Basic one',
      'aUTHORIZATION: Basic twoX-Evil: 1',
      'Cookie: a=b',
      'Expires: 0',
    ]);
    expect(messages).toHaveLength(1);
  });

  test('a stranger who answers first with the same id gets no file', async () => {
    const { result, asked, messages } = await sendfile(await file('hi'), {
      slot: (iq, http) => {
        const right = slotFor(iq, `${http.url}/right`);
        return (
          slotFor(iq, `${http.url}/wrong`).replace("from='upload.localhost'", "from='mallory@localhost/x'") + right
        );
      },
    });
    expect(result.exitCode, result.stderr).toBe(0);
    expect(asked.map(({ path }) => path)).toEqual(['/right']);
    expect(messages.join()).not.toContain('wrong');
  });

  test('a file beyond the limit of the service is refused before a slot is asked for: 65', async () => {
    const { result, slots, connections } = await sendfile(await file(Buffer.alloc(20_001)), { maxSize: 20_000 });
    expect([result.exitCode, slots, connections]).toEqual([65, 0, 0]);
    expect(result.stderr).toContain('20001 bytes, and the upload service takes 20000');
  });

  test('file-too-large says how much: 65', async () => {
    const more = "<file-too-large xmlns='urn:xmpp:http:upload:0'><max-file-size>20000</max-file-size></file-too-large>";
    const { result, connections } = await sendfile(await file('hi'), {
      slot: (iq) => stanzaError(iq, 'not-acceptable', 'modify', more),
    });
    expect([result.exitCode, connections]).toEqual([65, 0]);
    expect(result.stderr).toContain('20000 bytes at most');
  });

  test('a quota says when to try again: 75, without trying now', async () => {
    const retry = "<retry xmlns='urn:xmpp:http:upload:0' stamp='2030-01-02T03:04:05Z'/>";
    const { result, slots } = await sendfile(await file('hi'), {
      slot: (iq) => stanzaError(iq, 'resource-constraint', 'wait', retry),
    });
    expect([result.exitCode, slots]).toEqual([75, 1]);
    expect(JSON.parse(result.stderr)).toMatchObject({
      error: { kind: 'tempfail', retryAt: '2030-01-02T03:04:05.000Z' },
    });
  });

  test.each([
    ['forbidden', 77],
    ['service-unavailable', 69],
  ])('%s: %i', async (condition, exit) => {
    const { result } = await sendfile(await file('hi'), { slot: (iq) => stanzaError(iq, condition) });
    expect(result.exitCode).toBe(exit);
  });

  test.each([
    ['nothing', ''],
    ['no address', "<slot xmlns='urn:xmpp:http:upload:0'><put/></slot>"],
    ['a broken address', "<slot xmlns='urn:xmpp:http:upload:0'><put url='https://:x'/><get url='y'/></slot>"],
  ])('with %s in it: 76', async (_, inner) => {
    const { result, messages } = await sendfile(await file('hi'), {
      slot: (iq) => `<iq type='result' id='${iq.attrs.id}' from='upload.localhost'>${inner}</iq>`,
    });
    expect([result.exitCode, messages]).toEqual([76, []]);
  });
});

describe('the upload', () => {
  test.each([[[]], [['--encrypt']]])('%j: each TLS record ends where a read of 4096 bytes does', async (args) => {
    const sizes: number[] = [];
    const { result, asked } = await sendfile(await file(Buffer.alloc(600_000, 'x')), {
      args,
      handler: (put, response, request) => {
        request.on('data', (record: Buffer) => sizes.push(record.length));
        stores(put, response, request);
      },
    });
    expect(result.exitCode, result.stderr).toBe(0);
    const [first = 0, ...others] = sizes;
    expect([...new Set(others.slice(0, 70))], `${sizes}`).toEqual([8192]);
    const fields = asked[0]?.rawHeaders.flatMap((name, at, all) => (at % 2 ? [] : [`${name}: ${all[at + 1]}\r\n`]));
    expect(`PUT ${asked[0]?.path} HTTP/1.1\r\n${fields?.join('')}\r\n`.length + first).toBe(8192);
  });

  test.each<[string, number, number, Handler]>([
    ['500', 75, 3, (_asked, response) => response.req.once('end', () => response.writeHead(500).end())],
    ['413', 65, 1, (_asked, response) => response.writeHead(413).end()],
    [
      '403 with hostile words',
      77,
      1,
      (_asked, response) => response.socket?.end('HTTP/1.1 403 \u001b[31mno\r\n\r\n\u001b]0;pwned\u0007'),
    ],
    [
      'a redirection, which would get the headers too',
      76,
      1,
      (_asked, response) => response.writeHead(307, { location: '/other' }).end(),
    ],
    ['no HTTP at all', 76, 1, (_asked, response) => response.socket?.end('SMTP 220\r\n\r\n')],
    ['a reset in the middle', 75, 3, (_asked, response) => response.req.once('data', () => response.socket?.destroy())],
    [
      'a reset at 99 %',
      75,
      3,
      (asked, response) =>
        response.req.on('data', () => {
          if (asked.bodyBytes >= 2_970_000) response.socket?.destroy();
        }),
    ],
  ])('answered by %s: %i after %i tries, and nobody is told', async (_, exit, tries, handler) => {
    const { result, messages, slots, asked } = await sendfile(await file(Buffer.alloc(3_000_000)), {
      handler,
      seconds: 15,
    });
    expect([result.exitCode, messages], result.stderr).toEqual([exit, []]);
    expect([slots, asked.length]).toEqual([tries, tries]);
    expect(asked.every(({ path }) => path === '/put/x')).toBe(true);
  });

  test('that is answered well at the second try is announced once', async () => {
    let tries = 0;
    const { result, messages } = await sendfile(await file('hi'), {
      handler: (asked, response, request) => {
        tries += 1;
        if (tries === 1) response.writeHead(503).end();
        else stores(asked, response, request);
      },
    });
    expect(result.exitCode, result.stderr).toBe(0);
    expect(messages).toHaveLength(1);
  });

  test('that stands still gets another slot after --timeout, and after three: 75, and nobody is told', async () => {
    const { result, messages, slots, asked } = await sendfile(await file(Buffer.alloc(50_000_000)), {
      handler: (_asked, _response, request) => request.pause(),
      seconds: 2,
      within: 10,
    });
    expect([result.exitCode, messages, slots, asked.length], result.stderr).toEqual([75, [], 3, 3]);
    expect(result.stderr).toContain('stood still for 2 s');
    expect(result.durationMs).toBeGreaterThan(6000);
  });

  test('that stands still once is announced once', async () => {
    let tries = 0;
    const { result, messages, slots } = await sendfile(await file('hi'), {
      handler: (asked, response, request) => {
        tries += 1;
        if (tries > 1) stores(asked, response, request);
      },
      seconds: 2,
      within: 4,
    });
    expect(result.exitCode, result.stderr).toBe(0);
    expect([messages.length, slots]).toEqual([1, 2]);
  });

  test('to another host than the server is one like any other, if it is https', async () => {
    const elsewhere = await issue({ names: ['127.0.0.1'] });
    await using http = await httpsServer(stores, elsewhere);
    const { result, messages } = await sendfile(await file('hi'), {
      slot: (iq) => slotFor(iq, `https://127.0.0.1:${http.port}/x`),
    });
    expect(result.exitCode, result.stderr).toBe(0);
    expect(await http.asked[0]?.body).toEqual(Buffer.from('hi'));
    expect(messages).toHaveLength(1);
  });

  test('to a host whose certificate is for another name: 80, and not a byte of the file', async () => {
    const { result, asked, messages } = await sendfile(await file('hi'), {
      slot: (iq, http) => slotFor(iq, http.url.replace('localhost', '127.0.0.1')),
    });
    expect([result.exitCode, asked, messages]).toEqual([80, [], []]);
  });
});
