// Servers that play tricks on somebody who sends a message, seen from the command line.

import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { expect, test } from 'vitest';
import { aliceAt, password } from '../support/attempt.ts';
import { expectInTime } from '../support/in-time.ts';
import { until } from '../support/ports.ts';
import { type Script, type ServerOptions, scriptedServer } from '../support/scripted-server.ts';
import { spawnXmppctl, xmppctl } from '../support/xmppctl.ts';

async function send(args: readonly string[], options: ServerOptions, script: Script, input?: string) {
  await using server = await scriptedServer(options, script);
  const env = {
    XMPPCTL_SERVER: server.url,
    XMPPCTL_CA_FILE: server.caFile,
    XMPPCTL_ACCOUNT: 'alice@localhost',
    XMPPCTL_PASSWORD: 'secret',
  };
  const result = await xmppctl(['send', ...args], { env, ...(input === undefined ? {} : { input }) });
  await server.done;
  return { result, transcripts: server.transcripts };
}

test('a server without STARTTLS, or somebody who took it out: 80, and neither name nor password was sent', async () => {
  const { result, transcripts } = await send(['bob@localhost', 'hi'], { tls: 'starttls' }, async (peer) => {
    await peer.header();
    await peer.features(
      "<mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>PLAIN</mechanism><mechanism>SCRAM-SHA-1</mechanism></mechanisms>",
    );
    await peer.gone();
  });
  expect(result).toMatchObject({ exitCode: 80, stdout: '' });
  expect(result.stderr).toContain('the server offers no encryption; nothing was sent');
  expect(transcripts).toHaveLength(1);
  expect(transcripts[0]?.plain).not.toMatch(/alice|<auth|secret|hi</);
});

test('a server that accepts and stays silent: 75 at the deadline', async () => {
  const silent = createServer(() => {});
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  const { port } = silent.address() as AddressInfo;
  const env = { XMPPCTL_ACCOUNT: 'alice@localhost', XMPPCTL_PASSWORD: 'secret' };
  for (const scheme of ['xmpp', 'xmpps']) {
    const args = ['send', 'bob@localhost', 'hi', '--timeout', '1s', '--server', `${scheme}://127.0.0.1:${port}`];
    const result = await xmppctl(args, { env });
    expect(result).toMatchObject({ exitCode: 75, stdout: '' });
    expect(result.stderr).toContain('no answer within 1 s (--timeout)');
    expectInTime(result.durationMs, 3000);
  }
  silent.close();
});

test('a connection that breaks between recipients: some unknown, the rest are sent over another one', async () => {
  // More than the buffers of both systems take, so that the last ones are still here when the connection breaks.
  const to = Array.from({ length: 20 }, (_, number) => ['--to', `user${number}@localhost`]).flat();
  const { result } = await send(
    [...to, '--json'],
    { tls: 'direct' },
    async (peer, number) => {
      await peer.login();
      if (number > 0) return peer.session();
      await peer.next('message');
      peer.destroy();
    },
    'x'.repeat(1_000_000),
  );
  const results = result.lines().map((line) => JSON.parse(line));
  expect(results).toHaveLength(20);
  expect(results[0]).toMatchObject({ to: 'user0@localhost', status: 'unknown', error: { exit: 79 } });
  expect(results.at(-1)).toMatchObject({ to: 'user19@localhost', status: 'acked', error: null });
  expect(result.exitCode).toBe(83);
});

test('a server that acknowledges nothing and ends the stream: 79', async () => {
  const { result } = await send(['bob@localhost', 'hi'], { tls: 'direct' }, async (peer, number) => {
    await peer.login();
    if (number > 0) return peer.session();
    await peer.next('message');
    await peer.send('</stream:stream>');
    peer.end();
    await peer.gone();
  });
  expect(result.exitCode).toBe(79);
});

test('a server that acknowledges more than was sent: 76 or 79, never 0', async () => {
  const { result } = await send(['bob@localhost', 'hi'], { tls: 'direct' }, async (peer, number) => {
    await peer.login();
    if (number > 0) return peer.session();
    peer.acks((handled) => handled + 7);
    await peer.gone();
  });
  expect([76, 79]).toContain(result.exitCode);
});

test('a server with a limit below the message says so before: 65 for every recipient, with results', async () => {
  const limits = "<limits xmlns='urn:xmpp:stream-limits:0'><max-bytes>10000</max-bytes></limits>";
  const { result, transcripts } = await send(
    ['bob@localhost', '--json'],
    { tls: 'direct' },
    async (peer) => {
      await peer.login({ features: limits });
      await peer.session();
    },
    'x'.repeat(20_000),
  );
  expect(result.exitCode).toBe(65);
  expect(result.json()).toMatchObject({ to: 'bob@localhost', status: 'failed', error: { exit: 65 } });
  expect(transcripts[0]?.tls).not.toContain('<message');
});

test('the connection is lost for good among many: what was sent before is no reason to say that nothing was', async () => {
  const lost = new AbortController();
  await using server = await scriptedServer({ tls: 'direct' }, async (peer, number) => {
    if (number > 0) return peer.destroy();
    await peer.login({ password });
    peer.acks();
    peer.answerPings();
    await peer.next('message');
    await once(lost.signal, 'abort');
    peer.destroy();
  });
  await using sender = await spawnXmppctl(['send', 'bob@localhost', '--lines', '--json', '--timeout', '2s'], {
    env: aliceAt(server),
    openInput: true,
  });
  sender.process.stdin?.write('first\n');
  await sender.waitForLine(/acked/);
  lost.abort();
  await until('the connection to be lost', () => server.peers[0]?.isOpen === false);
  sender.process.stdin?.write('second\nthird\n');
  const result = await sender.done;
  const told = result.lines().map((line) => JSON.parse(line));
  expect(told.map(({ status, error }) => [status, error?.kind])).toEqual([
    ['acked', undefined],
    ['failed', 'tempfail'],
    ['failed', 'tempfail'],
  ]);
  expect([result.exitCode, JSON.parse(result.stderr).error.kind]).toEqual([83, 'partial']);
});
