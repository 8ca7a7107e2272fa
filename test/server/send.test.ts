// Where a message ends up, and that the exit status tells the truth about it.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { expectInTime } from '../support/in-time.ts';
import { listening } from '../support/listening.ts';
import { servers, type XmppServer } from '../support/servers.ts';
import { at, xmppctl } from '../support/xmppctl.ts';

interface ErrorLine {
  error: Record<string, unknown>;
}

describe.each(servers)('on %s', (_kind, start) => {
  let server: XmppServer;
  let env: Record<string, string>;
  beforeAll(async () => {
    server = await start({ stanzaSizeLimit: 200_000 });
    for (const name of ['alice', 'bob', 'carol']) await server.register(name, 'secret');
    env = at(server, 'alice', 'secret');
  });
  afterAll(() => server.stop());
  const send = (args: readonly string[], input?: string | Uint8Array) =>
    xmppctl(['send', ...args], { env, ...(input === undefined ? {} : { input }) });
  const failure = (stderr: string) => (JSON.parse(stderr) as ErrorLine).error;

  test('handed over: 0, and with --json the result', async () => {
    const result = await send(['bob@localhost', 'hi', '--json', '--id', 'one']);
    expect(result).toMatchObject({ exitCode: 0, stderr: '' });
    expect(result.stdout).toBe('{"to":"bob@localhost","id":"one","status":"acked","stanzaId":null,"error":null}\n');
  });

  test('an unknown recipient: 67, and the keys of the error are those of the manual', async () => {
    const result = await send(['nobody@localhost', 'hi', '--json', '--id', 'two']);
    expect(result.exitCode).toBe(67);
    const error = {
      exit: 67,
      kind: 'nouser',
      condition: 'service-unavailable',
      message: expect.stringContaining('the message to nobody@localhost came back: service-unavailable'),
      hint: null,
      retryable: false,
      delivered: 'no',
    };
    expect(failure(result.stderr)).toEqual(error);
    expect(result.json()).toEqual({ to: 'nobody@localhost', id: 'two', status: 'failed', stanzaId: null, error });
    expect(result.stdout.indexOf('\n')).toBe(result.stdout.length - 1);
  });

  test('an unknown recipient in words: one line on stderr, nothing on stdout', async () => {
    const result = await send(['nobody@localhost', 'hi']);
    expect(result).toMatchObject({ exitCode: 67, stdout: '' });
    expect(result.stderr).toMatch(/^xmppctl: the message to nobody@localhost came back: service-unavailable: \S.*\n$/);
  });

  test('a domain that cannot be reached: 68', async () => {
    const result = await send(['bob@unreachable.test', 'hi', '--json']);
    expect(result.exitCode).toBe(68);
    expect(failure(result.stderr)).toMatchObject({ kind: 'nohost', condition: 'remote-server-not-found' });
    expectInTime(result.durationMs, 4000);
  });

  test('a name without a domain is taken for a domain, and the hint says so', async () => {
    const result = await send(['bob', 'hi']);
    expect(result.exitCode).toBe(68);
    expect(result.stderr).toContain('Did you mean bob@example.org?');
  });

  test('a message larger than the server takes: 65, and never 0', async () => {
    const result = await send(['bob@localhost', '--json'], 'x'.repeat(300_000));
    expect(result.exitCode).toBe(65);
    expect(failure(result.stderr)).toMatchObject({ kind: 'data', retryable: false, delivered: 'no' });
    expect(result.json()).toMatchObject({ status: 'failed' });
  });

  test('several recipients, one of them unknown: 83 and what became of each', async () => {
    const to = ['bob', 'nobody', 'carol'].flatMap((name) => ['--to', `${name}@localhost`]);
    const result = await send([...to, 'hi all', '--json']);
    expect(result.exitCode).toBe(83);
    const results = result.lines().map((line) => JSON.parse(line));
    expect(results).toMatchObject([
      { to: 'bob@localhost', status: 'acked', error: null },
      { to: 'nobody@localhost', status: 'failed', error: { exit: 67 } },
      { to: 'carol@localhost', status: 'acked', error: null },
    ]);
    expect(new Set(results.map(({ id }) => id)).size).toBe(3);
    expect(failure(result.stderr)).toMatchObject({ exit: 83, kind: 'partial' });
  });

  test('several recipients, all of them unknown: 67', async () => {
    expect((await send(['--to', 'nobody@localhost', '--to', 'none@localhost', 'hi'])).exitCode).toBe(67);
  });

  test('--wait none: 0 as soon as it was written', async () => {
    const result = await send(['bob@localhost', 'hi', '--wait', 'none', '--json']);
    expect(result).toMatchObject({ exitCode: 0, stderr: '' });
    expect(result.json()).toMatchObject({ status: 'sent' });
  });

  test('thirty at once: all 0, all different, all heard', async () => {
    await server.register('dave', 'secret');
    await using dave = await listening(['--json', '--count', '30'], { env: at(server, 'dave', 'secret') });
    const bodies = Array.from({ length: 30 }, (_, number) => `message ${number}`);
    const results = await Promise.all(bodies.map((body) => send(['dave@localhost', body])));
    expect(results.map(({ exitCode, stderr }) => `${exitCode}${stderr}`)).toEqual(bodies.map(() => '0'));
    const heard = (await dave.done).lines().map((line) => JSON.parse(line).body);
    expect(heard.sort()).toEqual(bodies.sort());
  });

  test('messages that wait for the sender are still waiting afterwards', async () => {
    await server.register('erin', 'secret');
    await send(['erin@localhost', 'you were away']);
    const erin = at(server, 'erin', 'secret');
    for (const wait of ['none', 'server']) {
      expect((await xmppctl(['send', 'bob@localhost', 'hi', '--wait', wait], { env: erin })).exitCode).toBe(0);
    }
    const receipt = ['send', 'bob@localhost', 'hi', '--wait', 'receipt', '--timeout', '1s'];
    expect((await xmppctl(receipt, { env: erin })).exitCode).toBe(1);
    const waiting = await xmppctl(['listen', '--json', '--count', '1', '--for', '10s'], { env: erin });
    expect(waiting.json()).toMatchObject({ body: 'you were away', delayed: true, from: 'alice@localhost' });
  });
});
