// The roster as it is kept and as it changes, and who is online: with a server that is a function.
import { expect, test } from 'vitest';
import { survey } from '../../src/session/presence-survey.ts';
import { fetchRoster, followContact } from '../../src/session/roster.ts';
import { parseJid } from '../../src/xmpp/jid.ts';
import { type Element, ns, xml } from '../../src/xmpp/xml.ts';
import { fakeSession } from '../support/fake-session.ts';

const bob = parseJid('bob@example.org');
const versions = xml('features', { xmlns: ns.stream }, xml('ver', { xmlns: 'urn:xmpp:features:rosterver' }));
const store = (kept?: unknown) => {
  const values = new Map<string, unknown>(kept === undefined ? [] : [['roster', kept]]);
  return {
    values,
    get: async (name: string) => values.get(name),
    put: async (name: string, value: unknown) => void values.set(name, JSON.parse(JSON.stringify(value))),
  };
};
const item = (name: string, more = "subscription='both'") => `<item jid='${name}@example.org' ${more}/>`;
const push = (inner: string) => `<iq type='set' id='p'><query xmlns='jabber:iq:roster' ver='9'>${inner}</query></iq>`;
const query = (iq: Element): Element | undefined => iq.getChild('query', ns.roster);

/** A server with that roster result (without an id), and an answer to pings. */
function server(answer: (ver: string | undefined) => string, features = versions) {
  const asked: (string | undefined)[] = [];
  const session = fakeSession((iq) => {
    const { id } = iq.attrs;
    const roster = query(iq);
    if (!roster) return `<iq type='result' id='${id}' from='example.org'/>`;
    asked.push(roster.attrs.ver);
    return answer(roster.attrs.ver).replace('<iq', `<iq id='${id}' type='result'`);
  });
  session.features = async () => features;
  return { session, asked };
}
const whole = (ver: string, ...items: string[]) =>
  `<iq><query xmlns='jabber:iq:roster' ver='${ver}'>${items.join('')}</query></iq>`;

test('a server without versions is asked for all, and nothing is kept', async () => {
  const kept = store();
  const { session, asked } = server(() => whole('1', item('bob')), xml('features', { xmlns: ns.stream }));
  expect([...(await fetchRoster(session, kept)).keys()]).toEqual(['bob@example.org']);
  expect(asked).toEqual([undefined]);
  expect(kept.values.size).toBe(0);
});

test('a list that is current is not sent again', async () => {
  const kept = store();
  const first = server(() =>
    whole('7', item('bob', "name='Bob' subscription='to' ask='subscribe' approved='true'"), item('carol')),
  );
  const roster = await fetchRoster(first.session, kept);
  expect(first.asked).toEqual(['']);
  const second = server(() => '<iq/>');
  expect(await fetchRoster(second.session, kept)).toEqual(roster);
  expect(second.asked).toEqual(['7']);
});

test('what has changed since is pushed after an empty answer', async () => {
  const kept = store();
  await fetchRoster(server(() => whole('7', item('bob'), item('carol'))).session, kept);
  const { session } = server(() => `<iq/>${push(item('carol', "subscription='remove'"))}${push(item('dave'))}`);
  expect([...(await fetchRoster(session, kept)).keys()]).toEqual(['bob@example.org', 'dave@example.org']);
});

test.each([
  ['nothing', null],
  ['a text', 'roster'],
  ['a list without a version', { items: [] }],
  ['a list that is none', { ver: '1', items: 'x' }],
  ['an entry that is none', { ver: '1', items: [null] }],
  ['a JID that is none', { ver: '1', items: [['@', null, [], 'both', '']] }],
  ['an unknown subscription', { ver: '1', items: [['a@b', null, [], 'x', '']] }],
  ['groups that are none', { ver: '1', items: [['a@b', null, [1], 'both', '']] }],
])('a kept list that holds %s is not used', async (_what, damaged) => {
  const { session, asked } = server(() => whole('2', item('bob')));
  expect([...(await fetchRoster(session, store(damaged))).keys()]).toEqual(['bob@example.org']);
  expect(asked).toEqual(['']);
});

test('a contact is followed from push to push', async () => {
  const session = fakeSession(() => undefined);
  using contact = followContact(session, bob, undefined);
  session.say(push(item('carol')));
  expect(contact.current).toBeUndefined();
  session.say(push(item('bob', "subscription='none' ask='subscribe'")));
  expect(contact.current).toMatchObject({ subscription: 'none', ask: true });
  const accepted = contact.until((now) => now?.subscription === 'to', 5000);
  session.say(push(item('bob', "subscription='to'")));
  expect(await accepted).toBe(true);
  expect(await contact.until((now) => now?.subscription === 'to', 0)).toBe(true);
  session.say(push(item('bob', "subscription='remove'")));
  expect(contact.current).toBeUndefined();
  expect(await contact.until((now) => now !== undefined, 1)).toBe(false);
});

test('who is online is known as soon as all have answered, and no later than it is quiet', async () => {
  const clock = { monotonic: () => performance.now(), after: (ms: number, signal?: AbortSignal) => wait(ms, signal) };
  const session = fakeSession((stanza) => {
    if (stanza.is('presence')) {
      return (
        "<presence from='bob@example.org/low'><priority>-1</priority></presence><presence from='bob@example.org/high'><show>dnd</show></presence>" +
        "<presence from='carol@example.org' type='unavailable'/><presence from='dave@far.test' type='error'/>" +
        "<presence from='eve@example.org' type='subscribe'/>"
      );
    }
    return `<iq type='result' id='${stanza.attrs.id}' from='example.org'/>`;
  });
  const asked = ['bob@example.org', 'carol@example.org', 'dave@far.test'].map(parseJid);
  const started = performance.now();
  const { online, requests } = await survey(session, { contacts: asked, clock, left: 10_000, quietMs: 5000 });
  expect(performance.now() - started).toBeLessThan(2000);
  expect([...online.keys()]).toEqual(['bob@example.org']);
  expect(online.get('bob@example.org')?.map(({ from }) => from.resource)).toEqual(['high', 'low']);
  expect([...requests.keys()]).toEqual(['eve@example.org']);

  const silent = await survey(session, { contacts: [parseJid('mute@example.org')], clock, left: 10_000, quietMs: 50 });
  expect(silent.online.has('mute@example.org')).toBe(false);
});

const wait = (ms: number, signal?: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal?.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });
