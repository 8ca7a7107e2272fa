// A change that was asked for, and no answer to it: whoever is told that it certainly did not happen would be told wrong.
import { describe, expect, test } from 'vitest';
import { password, run } from '../support/attempt.ts';
import { type Peer, result } from '../support/peer.ts';
import { type Script, scriptedServer } from '../support/scripted-server.ts';
import type { XmlElement } from '../support/xml-reader.ts';

const room = 'ops@conference.localhost';
const roster = (jids: string) => `<query xmlns='jabber:iq:roster'>${jids}</query>`;
const bob = "<item jid='bob@localhost' subscription='both'/>";
const carol = "<item jid='carol@localhost' subscription='to'/>";
const roomInfo = (ns: string) =>
  `<query xmlns='${ns}'><identity category='conference' type='text'/><feature var='http://jabber.org/protocol/muc'/></query>`;

const isChange = ({ name, attrs }: XmlElement): boolean =>
  name === 'presence' ? /subscribe/.test(attrs.type ?? '') : name === 'iq' && attrs.type === 'set';

function usual(element: XmlElement): string | undefined {
  const query = element.elements[0];
  if (element.name === 'presence') return "<presence type='subscribe' from='carol@localhost'/>";
  if (query?.ns === 'jabber:iq:roster') return result(element, roster(bob + carol));
  if (query?.name === 'blocklist')
    return result(element, "<blocklist xmlns='urn:xmpp:blocking'><item jid='eve@localhost'/></blocklist>");
  if (query?.ns.endsWith('#info') && element.attrs.to === room) return result(element, roomInfo(query.ns));
  return undefined;
}

/** A server that does nothing more, or closes without a word, once it was asked to change something. */
const until =
  (then: (peer: Peer) => void): Script =>
  async (peer) => {
    await peer.login({ password, sm: false });
    let isAsked = false;
    await peer.session((element) => {
      isAsked ||= isChange(element);
      if (!isAsked) return usual(element);
      then(peer);
      return '';
    });
  };

describe.each([
  ['says nothing more', () => {}],
  ['hangs up', (peer: Peer) => peer.destroy()],
] as const)('a server that %s when it is asked', (_what, then) => {
  test.concurrent.each([
    [['add', 'dave@localhost']],
    [['accept', 'carol@localhost']],
    [['deny', 'carol@localhost']],
    [['remove', 'bob@localhost']],
    [['remove', 'bob@localhost', '--keep-subscription']],
    [['block', 'mallory@localhost']],
    [['unblock', 'eve@localhost']],
    [['muc', 'ban', room, 'mallory@localhost']],
    [['muc', 'affiliation', room, 'bob@localhost', 'admin']],
    [['muc', 'destroy', room, '--confirm', room]],
  ])('%j: nobody can say whether it was done (79)', async (args) => {
    await using server = await scriptedServer({ tls: 'direct' }, until(then));
    const outcome = await run([...args, '--json'], server, { seconds: 2 });
    expect(outcome.exitCode, outcome.stderr).toBe(79);
    expect(outcome.stdout).toBe('');
    const { error } = JSON.parse(outcome.stderr);
    expect(error).toMatchObject({ kind: 'unconfirmed', delivered: 'unknown' });
    expect(error.message).toMatch(/^sent, but nobody can say whether it was done: /);
  });
});
