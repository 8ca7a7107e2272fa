// Presence is held as long as the command says so: not by a server that is gone, nor by one that refuses it.
import { expect, test } from 'vitest';
import { aliceAt, password, run } from '../support/attempt.ts';
import type { Peer } from '../support/peer.ts';
import { type Script, scriptedServer } from '../support/scripted-server.ts';
import { spawnXmppctl } from '../support/xmppctl.ts';

const set = ['presence', 'set', 'away', '--for', '1s', '--json'];
const away = ['presence', 'set', 'away', '--for', '500ms', '--json'];
const refusal = (from: string, condition: string) => (peer: Peer) =>
  `<presence type='error' to='${peer.jid}'${from && ` from='${from}'`}><error type='cancel'>` +
  `<${condition} xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></presence>`;

const answersPresenceBy =
  (answer: (peer: Peer) => string): Script =>
  async (peer) => {
    await peer.login({ password });
    peer.acks();
    await peer.session(({ name }) => (name === 'presence' ? answer(peer) : undefined));
  };

test('a connection that is lost, and not taken up again until the end: 75, not 0', async () => {
  await using server = await scriptedServer({ tls: 'direct' }, async (peer, number) => {
    if (number > 0) return peer.destroy();
    await peer.login({ password, sm: 'resumable' });
    peer.acks();
    await peer.session();
  });
  await using running = await spawnXmppctl([...set, '--timeout', '4s'], { env: aliceAt(server) });
  await running.waitForLine(/"show":"away"/);
  server.peers[0]?.destroy();
  const { exitCode, stderr } = await running.done;
  expect(exitCode, stderr).toBe(75);
  expect(server.connections).toBeGreaterThan(1);
});

test.each([
  ['nobody', '', 'forbidden', 77],
  ['the account', 'alice@localhost', 'not-acceptable', 65],
  ['its server', 'localhost', 'service-unavailable', 69],
])('an error for our presence from %s says that nobody sees us', async (_who, from, condition, status) => {
  await using server = await scriptedServer({ tls: 'direct' }, answersPresenceBy(refusal(from, condition)));
  const results = await Promise.all([run(away, server), run(['listen', '--for', '3s', '--json'], server)]);
  for (const { exitCode, stdout, stderr } of results) {
    expect([exitCode, stdout], stderr).toEqual([status, '']);
    expect(JSON.parse(stderr).error).toMatchObject({ condition, message: expect.stringContaining('our presence') });
  }
});

test('an error of the server of a contact is none of ours', async () => {
  const broken = refusal('bob@far.test', 'remote-server-not-found');
  await using server = await scriptedServer({ tls: 'direct' }, answersPresenceBy(broken));
  const { exitCode, stderr } = await run(away, server);
  expect(exitCode, stderr).toBe(0);
});
