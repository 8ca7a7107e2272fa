// Servers that answer the questions of the opening in another order, or with what belongs before it (CASES 21).
import { describe, expect, test } from 'vitest';
import { password, run } from '../support/attempt.ts';
import { mechanismsFeature, type Peer, result } from '../support/peer.ts';
import { scriptedServer } from '../support/scripted-server.ts';

const sm = "xmlns='urn:xmpp:sm:3'";
const bound = (jid: string): string => `<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><jid>${jid}</jid></bind>`;

async function sending(answer: (peer: Peer, binding: string) => Promise<unknown>) {
  await using server = await scriptedServer({ tls: 'direct' }, async (peer) => {
    await peer.header();
    await peer.features(mechanismsFeature(['SCRAM-SHA-256']));
    await peer.scram({ password });
    await peer.header();
    await peer.features(`<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/><sm ${sm}/>`);
    const iq = await peer.next('iq');
    await peer.next('enable');
    await answer(peer, result(iq, bound('alice@localhost/x')));
    await peer.session();
  });
  const ended = await run(['send', 'bob@localhost', 'hi', '--json'], server);
  const sent = server.peers.flatMap(({ received }) => received).filter(({ name }) => name === 'message');
  return { ...ended, sent: sent.length };
}

describe('a server that answers about stream management before it has bound the resource', () => {
  test.each([
    ['no', `<failed ${sm}><unexpected-request xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></failed>`],
    ['yes', `<enabled ${sm}/>`],
  ])('with %s: the message is sent, once', async (_what, answer) => {
    const ended = await sending(async (peer, binding) => {
      if (answer.includes('enabled')) peer.acks();
      await peer.send(answer + binding);
    });
    expect([ended.exitCode, ended.sent], ended.stderr).toEqual([0, 1]);
  });
});

test.each(['challenge', 'success'])('<%s/> after the login: 76, and nothing is sent', async (name) => {
  const ended = await sending((peer) => peer.send(`<${name} xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>aGk=</${name}>`));
  expect([ended.exitCode, ended.sent], ended.stderr).toEqual([76, 0]);
});
