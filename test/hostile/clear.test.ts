// Without encryption everybody on the way reads along and puts in a word: what --insecure-no-tls does not allow all the same.
import { expect, test } from 'vitest';
import { openSession } from '../../src/session/open.ts';
import { parseJid } from '../../src/xmpp/jid.ts';
import { asked, homeOfAlice, own, proof } from '../support/account-life.ts';
import { credentials, openOptions, password, run, welcomes } from '../support/attempt.ts';
import { mechanismsFeature, type Peer, result } from '../support/peer.ts';
import { SASL } from '../support/scram-server.ts';
import { scriptedServer } from '../support/scripted-server.ts';

const next = 'staple-battery-1984';
const home = homeOfAlice();
const inClear = { insecureNoTls: true, allowPlain: true };
const newPassword = ['passwd', '--new-password-command', `echo ${next}`];

/** Refuses whoever tries to log in. */
async function refuses(peer: Peer, features = mechanismsFeature(['SCRAM-SHA-256'])): Promise<void> {
  await peer.header();
  await peer.features(features);
  if ((await peer.any()).name === 'auth') await peer.send(`<failure xmlns='${SASL}'><not-authorized/></failure>`);
  await peer.gone();
}

test('a server that the user allows sees only proofs, and the user is warned', async () => {
  await using server = await scriptedServer({ tls: 'none' }, welcomes());
  const result = await run(['send', 'bob@localhost', 'hello'], server, { insecureNoTls: true });
  expect([result.exitCode, result.stderr]).toEqual([0, expect.stringContaining('warning: this connection is NOT')]);
  expect(server.transcripts[0]?.plain).not.toContain(password);
  expect(server.peers[0]?.received.find(({ name }) => name === 'auth')?.attrs.mechanism).toBe('SCRAM-SHA-256');
});

test.each([
  ['register', ['register', 'carol@localhost']],
  ['passwd', newPassword],
  ['delete', ['delete', '--confirm', own]],
])('%s is refused, and nothing is sent', async (_name, args) => {
  await using server = await scriptedServer({ tls: 'none' }, async (peer) => {
    await peer.header();
    await peer.features(
      `${mechanismsFeature(['SCRAM-SHA-256'])}<register xmlns='http://jabber.org/features/iq-register'/>`,
    );
    await peer.gone();
  });
  const { exitCode, stderr } = await run(args, server, inClear);
  expect([exitCode, stderr]).toEqual([80, expect.stringContaining('even with --insecure-no-tls')]);
  expect(server.transcripts.map(({ plain }) => plain)).toEqual([expect.not.stringMatching(/<iq|<auth/)]);
});

test('no token is asked for, and none is taken', async () => {
  const features = `<authentication xmlns='urn:xmpp:sasl:2'><mechanism>SCRAM-SHA-256</mechanism><inline><bind xmlns='urn:xmpp:bind:0'/>
    <fast xmlns='urn:xmpp:fast:0'><mechanism>HT-SHA-256-NONE</mechanism></fast></inline></authentication>`;
  await using server = await scriptedServer({ tls: 'none' }, async (peer) => {
    const send = peer.features.bind(peer);
    peer.features = (inner) => send(inner.includes('mechanisms') ? inner + features : inner);
    await peer.login({ password });
    await peer.session();
  });
  const tokens = { userAgentId: crypto.randomUUID(), current: undefined, put: async () => expect.unreachable() };
  const options = { ...openOptions(server, inClear), tokens };
  await using session = await openSession(parseJid(own), credentials(), options);
  await session.ready;
  expect(server.transcripts[0]?.plain).not.toMatch(/<authenticate|request-token/);
});

test('a server that had encryption is not believed that it has none any more', async () => {
  await using server = await scriptedServer({ tls: 'starttls' }, async (peer, number) => {
    if (number === 1) return await refuses(peer);
    await peer.login({ password });
    peer.acks();
    await peer.session();
  });
  const send = () => run(['send', 'bob@localhost', 'hi'], server, { home: home.directory, insecureNoTls: true });
  expect((await send()).exitCode).toBe(0);
  const { exitCode, stderr } = await send();
  expect([exitCode, stderr]).toEqual([80, expect.stringContaining('though it did before')]);
  expect(server.transcripts[1]?.plain).not.toContain('<auth');
  expect((await send()).exitCode).toBe(0);
});

/** A change of the password over TLS, after which a new connection is what the attacker makes of it. */
const changed = (proved: (peer: Peer) => Promise<void>) =>
  scriptedServer({ tls: 'starttls' }, async (peer, number) => {
    if (number === 0) {
      await peer.header();
      await peer.startTls();
      await proof(peer, password);
    } else if (number === 1) {
      await peer.login({ password });
      const iq = await peer.next('iq');
      expect(asked(iq)?.child('password')?.text).toBe(next);
      await peer.send(result(iq));
      await peer.gone();
    } else await proved(peer);
  });

test('a new password is not proved there, so that nobody says there that it is wrong', async () => {
  await using server = await changed(refuses);
  await home.logIn(server);
  expect((await home.run(server, newPassword, inClear)).exitCode).toBe(0);
  expect((await home.secrets())[own]).toEqual({ password: next });
  expect(server.transcripts[2]?.plain).not.toContain('<auth');
});

test('a new password is not proved where less is offered than for the change', async () => {
  await using server = await changed(async (peer) => {
    await peer.header();
    await peer.startTls();
    await refuses(peer, mechanismsFeature(['PLAIN']));
  });
  await home.logIn(server);
  expect((await home.run(server, newPassword, { allowPlain: true })).exitCode).toBe(0);
  expect((await home.secrets())[own]).toEqual({ password: next });
  expect(server.transcripts[2]?.tls).not.toContain('<auth');
});
