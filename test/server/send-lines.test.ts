// Many messages over one connection: a text a line, or a JSON object a line.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { listening } from '../support/listening.ts';
import { servers, type XmppServer } from '../support/servers.ts';
import { at, spawnXmppctl, xmppctl } from '../support/xmppctl.ts';

interface Result {
  to: string | null;
  id: string | null;
  status: string;
  error: { exit: number; kind: string; message: string } | null;
}
const results = (lines: readonly string[]) => lines.map((line) => JSON.parse(line) as Result);

describe.each(servers)('on %s', (_kind, start) => {
  let server: XmppServer;
  let env: Record<string, string>;
  beforeAll(async () => {
    server = await start();
    for (const name of ['alice', 'bob', 'carol']) await server.register(name, 'secret');
    env = at(server, 'alice', 'secret');
  });
  afterAll(() => server.stop());
  const send = (args: readonly string[], input: string | Uint8Array) => xmppctl(['send', ...args], { env, input });
  /** Somebody who has never got a message, online. */
  const newcomer = async (name: string, count: number) => {
    await server.register(name, 'secret');
    return listening(['--json', '--count', String(count)], { env: at(server, name, 'secret') });
  };
  const bodiesOf = (lines: readonly string[]) => lines.map((line) => JSON.parse(line).body);

  test('--lines: each line is a message, in order, and blank lines are none', async () => {
    await using listener = await newcomer('bob3', 3);
    const result = await send(['bob3@localhost', '--lines', '--json'], 'one\n\ntwo\r\nthree');
    expect(result).toMatchObject({ exitCode: 0, stderr: '' });
    expect(results(result.lines()).map(({ to, status }) => `${to} ${status}`)).toEqual(
      Array(3).fill('bob3@localhost acked'),
    );
    expect(bodiesOf((await listener.done).lines())).toEqual(['one', 'two', 'three']);
  });

  test('--lines: a line is sent when it comes, and its result told, while the pipe stays open', async () => {
    await using listener = await newcomer('pipe', 2);
    await using sender = await spawnXmppctl(['send', 'pipe@localhost', '--lines', '--json'], { env, openInput: true });
    for (const line of ['first', 'second']) {
      sender.process.stdin?.write(`${line}\n`);
      expect(JSON.parse(await listener.waitForLine(/"body"/))).toMatchObject({ body: line });
      expect(JSON.parse(await sender.waitForLine(/"status"/))).toMatchObject({ status: 'acked' });
    }
    sender.process.stdin?.end();
    expect((await sender.done).exitCode).toBe(0);
  });

  test('--lines: SIGTERM between two lines ends it, with everything told', async () => {
    await using sender = await spawnXmppctl(['send', 'bob@localhost', '--lines', '--json'], { env, openInput: true });
    sender.process.stdin?.write('before the signal\n');
    await sender.waitForLine(/"acked"/);
    sender.kill('SIGTERM');
    expect(await sender.done).toMatchObject({ signal: 'SIGTERM', stderr: '' });
  });

  test('--lines: no line is no message, and no failure', async () => {
    expect(await send(['bob@localhost', '--lines'], '')).toMatchObject({ exitCode: 0, stdout: '', stderr: '' });
  });

  test('--lines: a line that XMPP cannot carry fails, and the rest goes on: 83', async () => {
    const input = Buffer.concat([
      Buffer.from('good\nbad \x1b[31m\n'),
      Buffer.from([0xff, 0x0a]),
      Buffer.from('good too\n'),
    ]);
    const result = await send(['bob@localhost', '--lines', '--json'], input);
    expect(result.exitCode).toBe(83);
    expect(results(result.lines()).map(({ status, error }) => error?.message ?? status)).toEqual([
      'acked',
      expect.stringContaining('line 2: the text has the character U+001B'),
      expect.stringContaining('line 3: the text is not valid UTF-8'),
      'acked',
    ]);
  });

  test('--lines: a line of two megabytes fails, and the rest goes on', async () => {
    const result = await send(['bob@localhost', '--lines', '--json'], `${'x'.repeat(2_000_000)}\nshort\n`);
    expect(result.exitCode).toBe(83);
    expect(results(result.lines()).map(({ error }) => error?.kind ?? null)).toEqual(['data', null]);
  });

  test('--batch: NDJSON in, NDJSON out in order, each message with what its line says', async () => {
    await using listener = await newcomer('batch', 2);
    const lines = [
      { to: 'batch@localhost', body: 'plain', id: 'b1' },
      {
        to: 'batch@localhost',
        body: 'with all',
        id: 'b2',
        subject: 's',
        thread: 't',
        type: 'normal',
        url: 'https://x.test/',
      },
    ];
    const result = await send(['--batch'], lines.map((line) => JSON.stringify(line)).join('\n'));
    expect(result).toMatchObject({ exitCode: 0, stderr: '' });
    expect(results(result.lines())).toMatchObject([
      { to: 'batch@localhost', id: 'b1', status: 'acked', error: null },
      { to: 'batch@localhost', id: 'b2', status: 'acked', error: null },
    ]);
    const heard = (await listener.done).lines().map((line) => JSON.parse(line));
    expect(heard).toMatchObject([
      { body: 'plain', id: 'b1', type: 'chat' },
      { body: 'with all', id: 'b2', subject: 's', thread: 't', type: 'normal', files: [{ url: 'https://x.test/' }] },
    ]);
  });

  test('--batch: lines that are no messages give failed results that say why, and the rest goes on: 83', async () => {
    const lines = [
      '{"to":"bob@localhost","body":"good"}',
      '{"to":"bob@localhost","id":"x1","bodi":"typo"}',
      'not json',
      '["to"]',
      '{"to":"a@@b","body":"hi"}',
      '{"body":"to nobody"}',
      '{"to":"bob@localhost"}',
      '{"to":"bob@localhost","body":7}',
      '{"to":"bob@localhost","body":"\\u0000"}',
      '{"to":"nobody@localhost","body":"hi"}',
      '{"to":"carol@localhost","body":"good","subject":null}',
    ];
    const result = await send(['--batch'], `${lines.join('\n')}\n`);
    expect(result.exitCode).toBe(83);
    const told = results(result.lines()).map(({ to, status, error }) => [
      to,
      status,
      error?.exit ?? 0,
      error?.message ?? '',
    ]);
    expect(told).toEqual([
      ['bob@localhost', 'acked', 0, ''],
      ['bob@localhost', 'failed', 65, "line 2: 'bodi' is no key of a message"],
      [null, 'failed', 65, 'line 3: it is not JSON'],
      [null, 'failed', 65, 'line 4: it is not a JSON object'],
      ['a@@b', 'failed', 64, expect.stringMatching(/^line 5: /)],
      [null, 'failed', 65, "line 6: it has no 'to'"],
      ['bob@localhost', 'failed', 65, 'line 7: the message is empty'],
      ['bob@localhost', 'failed', 65, "line 8: the value of 'body' is not a string"],
      ['bob@localhost', 'failed', 65, expect.stringMatching(/^line 9: the text has the character U\+0000/)],
      ['nobody@localhost', 'failed', 67, expect.stringContaining('came back')],
      ['carol@localhost', 'acked', 0, ''],
    ]);
    expect(results(result.lines())[1]?.id).toBe('x1');
  });

  test('--batch: all lines fail for the same reason: its exit status', async () => {
    const result = await send(
      ['--batch'],
      '{"to":"nobody@localhost","body":"a"}\n{"to":"none@localhost","body":"b"}\n',
    );
    expect(result.exitCode).toBe(67);
  });

  test('600 messages arrive once each and in order, with a result for each in order', async () => {
    await using dave = await newcomer('dave', 600);
    const bodies = Array.from({ length: 600 }, (_, number) => `message ${number}`);
    const lines = bodies.map((body, number) => JSON.stringify({ to: 'dave@localhost', id: `m${number}`, body }));
    const result = await send(['--batch'], lines.join('\n'));
    expect(result).toMatchObject({ exitCode: 0, stderr: '' });
    const told = results(result.lines());
    expect(told.every(({ status }) => status === 'acked')).toBe(true);
    expect(told.map(({ id }) => id)).toEqual(bodies.map((_, number) => `m${number}`));
    expect(bodiesOf((await dave.done).lines())).toEqual(bodies);
  });
});

test.each([
  [['send', '--batch', 'bob@example.org'], /--batch takes the recipients from the lines/],
  [['send', '--batch', '--lines'], /exclude each other/],
  [['send', 'bob@localhost', 'hi', '--url', 'not a url'], /'not a url' is no URL/],
  [['send', 'bob@example.org', 'hi', '--lines'], /read standard input/],
  [['send', '--to', 'bob@example.org', 'hi', '--lines'], /reads standard input/],
  [['send', 'bob@example.org', '--lines', '--id', 'x'], /--id goes with one message only/],
])('%j: 64', async (args, why) => {
  const result = await xmppctl(args, { env: { XMPPCTL_ACCOUNT: 'alice@example.org', XMPPCTL_PASSWORD: 'x' } });
  expect(result.exitCode).toBe(64);
  expect(result.stderr).toMatch(why);
});
