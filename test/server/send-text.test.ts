// What a message is made of: every text arrives as it was given, or is refused before anything is sent.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { removeDirectory, temporaryDirectory } from '../support/daemon.ts';
import { listening } from '../support/listening.ts';
import { servers, type XmppServer } from '../support/servers.ts';
import { at, type Running, xmppctl } from '../support/xmppctl.ts';

describe.each(servers)('on %s', (_kind, start) => {
  let server: XmppServer;
  let env: Record<string, string>;
  let home: string;
  let bob: Running;
  beforeAll(async () => {
    server = await start();
    for (const name of ['alice', 'bob']) await server.register(name, 'secret');
    env = at(server, 'alice', 'secret');
    home = await temporaryDirectory('text');
    bob = await listening(['--json'], { env: at(server, 'bob', 'secret') });
  });
  afterAll(async () => {
    await bob[Symbol.asyncDispose]();
    await server.stop();
    removeDirectory(home);
  });
  const send = (args: readonly string[], input?: string | Uint8Array) =>
    xmppctl(['send', ...args], { env, home, ...(input === undefined ? {} : { input }) });

  /** Sends it, and gives the event that bob's listener prints for it. */
  let count = 0;
  const heard = async (args: readonly string[], input?: string | Uint8Array) => {
    count += 1;
    const id = `text-${count}`;
    const result = await send([...args.slice(0, 1), '--id', id, ...args.slice(1)], input);
    expect(result).toMatchObject({ stderr: '', exitCode: 0 });
    return JSON.parse(await bob.waitForLine((line) => line.includes(`"id":"${id}"`)));
  };
  const to = 'bob@localhost';

  test.each([
    ['a number', '1e5'],
    ['a zero', '0'],
    ['a negative number', '-5'],
    ['several lines', 'one\ntwo\n\n  three\t.'],
    ['emoji', '❤️ 👩‍👩‍👧 \u{1f1e9}\u{1f1ea}'],
    ['markup', '<b>&amp; "quotes" \'too\'</b> ]]>'],
    ['right to left', 'שלום‏ \u202eabc'],
    ['spaces around', '  x  '],
    ['an xmpp: word', 'xmpp:bob@localhost'],
  ])('%s as argument', async (_what, body) => {
    expect((await heard([to, body])).body).toBe(body);
  });

  test.each(['-x', '--count', '--', '-'])('%s after --, as it is', async (body) => {
    count += 1;
    const id = `text-${count}`;
    const result = await send(['--id', id, to, '--', body], body === '-' ? 'from stdin' : undefined);
    expect(result).toMatchObject({ stderr: '', exitCode: 0 });
    const event = JSON.parse(await bob.waitForLine((line) => line.includes(`"id":"${id}"`)));
    expect(event.body).toBe(body === '-' ? 'from stdin' : body);
  });

  test('standard input, less one newline', async () => {
    expect((await heard([to], 'one\ntwo\n\n')).body).toBe('one\ntwo\n');
    expect((await heard([to, '-'], 'three\r\n')).body).toBe('three');
  });

  test('the line ends of Windows become those of XML', async () => {
    expect((await heard([to], 'one\r\ntwo\r\n')).body).toBe('one\ntwo');
  });

  test('an argument means that standard input is not read', async () => {
    expect((await heard([to, 'the argument'], Buffer.from([0xff]))).body).toBe('the argument');
  });

  test('--body-file', async () => {
    await writeFile(join(home, 'body.txt'), 'in a file\n');
    expect((await heard([to, '--body-file', 'body.txt'])).body).toBe('in a file');
    expect((await send([to, '--body-file', 'none.txt'])).exitCode).toBe(66);
  });

  test('100 kB, unchanged', async () => {
    const body = Array.from({ length: 12_500 }, (_, number) => `${String(number).padStart(5, '0')}é\n`)
      .join('')
      .slice(0, -1);
    expect(Buffer.byteLength(body)).toBe(99_999);
    expect((await heard([to], body)).body).toBe(body);
  });

  test('subject, type, thread and link', async () => {
    const url = 'https://example.org/a.png';
    const event = await heard([to, 'text', '--subject', 'S', '--headline', '--thread', 'T', '--url', url]);
    expect(event).toMatchObject({ body: 'text', subject: 'S', type: 'headline', thread: 'T', files: [{ url }] });
    expect(await heard([to, '--url', url], '')).toMatchObject({ body: url, type: 'chat', files: [{ url }] });
  });

  test.each([
    ['an empty text', ['']],
    ['an empty standard input', []],
  ])('%s: 66, unless --allow-empty', async (_what, args) => {
    expect(await send([to, ...args], '')).toMatchObject({ exitCode: 66, stdout: '' });
    expect(await send([to, ...args, '--allow-empty'], '')).toMatchObject({ exitCode: 0, stderr: '' });
  });

  test.each([
    ['invalid UTF-8', Buffer.from([0x61, 0xff, 0x62]), 'a\ufffdb'],
    ['a control character', Buffer.from('a\u0001b'), 'a\ufffdb'],
    ['a character that is none', Buffer.from('a\uffffb'), 'a\ufffdb'],
  ])('%s: 65, or replaced on request', async (_what, input, replaced) => {
    const refused = await send([to, '--verbose'], input);
    expect(refused).toMatchObject({ exitCode: 65, stdout: '' });
    expect(refused.stderr).not.toContain('connecting');
    expect((await heard([to, '--replace-invalid'], input)).body).toBe(replaced);
  });

  test('a control character in an argument or an option: 65', async () => {
    expect((await send([to, 'a\u0001b'])).exitCode).toBe(65);
    expect((await send([to, 'x', '--subject', 'a\u001bb'])).exitCode).toBe(65);
  });
});
