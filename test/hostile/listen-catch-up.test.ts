// Listeners that catch up with a long archive, one that fails on the way, or none (CASES J).
import { expect, test } from 'vitest';
import { password, run, says } from '../support/attempt.ts';
import { removeDirectory, temporaryDirectory } from '../support/daemon.ts';
import { scriptedArchive } from '../support/scripted-archive.ts';
import { type Script, type ScriptedServer, scriptedServer } from '../support/scripted-server.ts';

const withArchive =
  (size: number): Script =>
  async (peer) => {
    await peer.login({ password });
    peer.acks();
    await peer.session(scriptedArchive(size));
  };

/** Sends the message when the client comes online, and has so many in its archive from then on. */
const handsOver =
  (message: string, size: number): Script =>
  async (peer) => {
    let isOnline = false;
    await peer.login({ password, features: ejabberd });
    peer.acks();
    await peer.session((element) => {
      if (element.name === 'presence') {
        isOnline = true;
        void peer.send(message);
      }
      return scriptedArchive(isOnline ? size : 1)(element);
    });
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
  // One --timeout for coming online, one for the archive.
  const result = await run(['listen', '--count', '1'], server, { seconds: 2, within: 4 });
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
      const answer = archive(element);
      return answer && number === 0 ? answer + shutdown : answer;
    });
  });
  const result = await listen(['--durable', '--count', '2'], server, 10);
  expect(result.exitCode, result.stderr).toBe(0);
  expect(result.stderr).toBe('xmppctl: connection lost\nxmppctl: connected again\n');
  expect(result.lines().map((line) => JSON.parse(line).stanzaId)).toEqual(['archive-1', 'archive-2']);
  expect(server.connections).toBe(3);
});

test('what the server keeps while we come online, and does not hand over, is told from the archive, and only once', async () => {
  const id = "<stanza-id xmlns='urn:xmpp:sid:0' by='alice@localhost' id='archive-2'/>";
  const message = `<message from='bob@localhost/phone' type='chat'><body>message 2</body>${id}</message>`;
  await using server = await scriptedServer({ tls: 'direct' }, handsOver(message, 4));
  const result = await listen(['--once'], server);
  expect(result.exitCode, result.stderr).toBe(0);
  expect(result.lines().map((line) => JSON.parse(line).stanzaId)).toEqual(['archive-1', 'archive-2', 'archive-3']);
});

test('what the archive tells first is not told again when it comes: but what it says beside its text, and the receipt', async () => {
  const more =
    "<stanza-id xmlns='urn:xmpp:sid:0' by='alice@localhost' id='archive-1'/><request xmlns='urn:xmpp:receipts'/>" +
    "<x xmlns='jabber:x:conference' jid='hall@rooms.localhost'/>";
  const message = `<message from='bob@localhost/phone' type='chat' id='m-1'><body>message 1</body>${more}</message>`;
  await using server = await scriptedServer({ tls: 'direct' }, handsOver(message, 2));
  const result = await run(['listen', '--receipts', 'all', '--json', '--once'], server, { seconds: 10 });
  expect(result).toMatchObject({ exitCode: 0, stderr: '' });
  const events = result.lines().map((line) => JSON.parse(line));
  expect(events).toMatchObject([
    { event: 'message', source: 'archive', stanzaId: 'archive-1' },
    { event: 'invite', room: 'hall@rooms.localhost', by: 'bob@localhost' },
  ]);
  const receipts = server.peers[0]?.received.flatMap((stanza) => stanza.child('received', 'urn:xmpp:receipts') ?? []);
  expect(receipts?.map(({ attrs }) => attrs.id)).toEqual(['m-1']);
});

test('what Prosody keeps is not lost: it hands nothing over to whoever asks its archive before going online', async () => {
  await using server = await scriptedServer({ tls: 'direct' }, withArchive(1));
  expect(await listen(['--once'], server)).toMatchObject({ exitCode: 0, stderr: '' });
  const said = server.peers[0]?.received.map((stanza) =>
    stanza.child('query', 'urn:xmpp:mam:2') ? 'asks' : stanza.name,
  );
  expect(said?.indexOf('asks')).toBeGreaterThan(said?.indexOf('presence') ?? Number.POSITIVE_INFINITY);
});

test('a cursor of another server, which ejabberd would take for none: a gap, and on from that time', async () => {
  const home = await temporaryDirectory('cursor');
  const once = async (archive: ReturnType<typeof scriptedArchive>, features: string) => {
    await using server = await scriptedServer({ tls: 'direct' }, async (peer) => {
      await peer.login({ password, features });
      peer.acks();
      await peer.session(archive);
    });
    const args = ['listen', '--receipts', 'none', '--json', '--durable', '--once'];
    const result = await run(args, server, { home, seconds: 10 });
    expect(result).toMatchObject({ exitCode: 0, stderr: '' });
    return { events: result.lines().map((line) => JSON.parse(line)), asked: server.peers[0]?.received ?? [] };
  };
  expect((await once(scriptedArchive(1), '')).events).toEqual([]);
  const { events, asked } = await once(scriptedArchive(2), ejabberd);
  expect(events.map(({ event }) => event)).toEqual(['gap', 'message', 'message']);
  const filters = asked.flatMap((stanza) => stanza.child('query', 'urn:xmpp:mam:2')?.toString() ?? []);
  expect(filters.map((filter) => /'start'|"start"/.test(filter))).toEqual([true]);
  removeDirectory(home);
});

const ejabberd =
  "<c xmlns='http://jabber.org/protocol/caps' hash='sha-1' node='http://www.process-one.net/en/ejabberd/' ver='x'/>";
const shutdown =
  "<stream:error><system-shutdown xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error></stream:stream>";
