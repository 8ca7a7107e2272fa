// Listeners that catch up with a long archive, one that fails on the way, or none (CASES J).
import { expect, test } from 'vitest';
import { password, run, says } from '../support/attempt.ts';
import { scriptedArchive } from '../support/scripted-archive.ts';
import { type Script, type ScriptedServer, scriptedServer } from '../support/scripted-server.ts';

const withArchive =
  (size: number): Script =>
  async (peer) => {
    await peer.login({ password });
    peer.acks();
    await peer.session(scriptedArchive(size));
  };

const listen = (args: string[], server: ScriptedServer, seconds = 15) =>
  run(['listen', '--receipts', 'none', '--json', ...args], server, { seconds });

test('6,000 messages: all of them, in the order of the archive, once', async () => {
  await using server = await scriptedServer({ tls: 'direct' }, withArchive(6000));
  const result = await listen(['--durable', '--since', '2026-01-01', '--once'], server);
  expect(result).toMatchObject({ exitCode: 0, stderr: '' });
  const ids = result.lines().map((line) => JSON.parse(line).stanzaId);
  expect(ids).toEqual(Array.from({ length: 6000 }, (_, number) => `archive-${number}`));
});

test('6,000 messages that the server kept, with the answer to what was asked behind them: all, in order, once', async () => {
  const bodies = Array.from({ length: 6000 }, (_, number) => `${number}`);
  const kept = bodies.map((body) => `<message from='bob@localhost/x' type='chat'><body>${body}</body></message>`);
  await using server = await scriptedServer({ tls: 'direct' }, says(kept.join('')));
  const result = await listen(['--once'], server);
  expect(result).toMatchObject({ exitCode: 0, stderr: '' });
  expect(result.lines().map((line) => JSON.parse(line).body)).toEqual(bodies);
});

test('a server that answers nothing of what is asked on the way is listened to all the same', async () => {
  await using server = await scriptedServer({ tls: 'direct' }, async (peer) => {
    await peer.login({ password });
    await peer.next('iq');
    await peer.send("<message from='bob@localhost/x' type='chat'><body>hi</body></message>");
    await peer.gone();
  });
  const result = await listen(['--count', '1'], server, 2);
  expect(result.exitCode, result.stderr).toBe(0);
});

test('without an archive --durable is live only, and says so; with --require-durable: 69 (CASES 91)', async () => {
  await using server = await scriptedServer({ tls: 'direct' }, says([]));
  const result = await listen(['--durable', '--once'], server);
  expect(result.exitCode).toBe(0);
  expect(result.stderr).toBe(
    'xmppctl: warning: the server has no archive: what comes while nobody listens may be lost\n',
  );
  const refused = await listen(['--durable', '--require-durable'], server);
  expect(refused).toMatchObject({ exitCode: 69 });
});

test('a server that shuts down and is away for a while: one line for each change, and all that came meanwhile (CASES 88)', async () => {
  await using server = await scriptedServer({ tls: 'direct' }, async (peer, number) => {
    if (number === 1) return peer.destroy();
    await peer.login({ password });
    peer.acks();
    const archive = scriptedArchive(number === 0 ? 1 : 3);
    await peer.session((element) => {
      if (number === 0 && element.name === 'presence') setTimeout(() => void peer.send(shutdown), 100);
      return archive(element);
    });
  });
  const result = await listen(['--durable', '--count', '2'], server, 10);
  expect(result.exitCode, result.stderr).toBe(0);
  expect(result.stderr).toBe('xmppctl: connection lost\nxmppctl: connected again\n');
  expect(result.lines().map((line) => JSON.parse(line).stanzaId)).toEqual(['archive-1', 'archive-2']);
  expect(server.connections).toBe(3);
});

const shutdown =
  "<stream:error><system-shutdown xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error></stream:stream>";
