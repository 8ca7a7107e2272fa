// Who said it (CASES 34, 36, 37, 43), and servers that refuse, lie or stay silent, seen by the commands about people.
import { expect, test } from 'vitest';
import { password, run } from '../support/attempt.ts';
import { type Answer, type Peer, result } from '../support/peer.ts';
import { type Script, scriptedServer } from '../support/scripted-server.ts';
import type { XmlElement } from '../support/xml-reader.ts';
import { spawnXmppctl } from '../support/xmppctl.ts';

const own = 'alice@localhost';
const features = "<ver xmlns='urn:xmpp:features:rosterver'/>";
const item = (jid: string, more = "subscription='both'"): string => `<item jid='${jid}' ${more}/>`;
const roster = (...items: string[]): string => `<query xmlns='jabber:iq:roster' ver='1'>${items.join('')}</query>`;
const isRosterGet = (iq: XmlElement): boolean =>
  iq.attrs.type === 'get' && iq.child('query', 'jabber:iq:roster') !== undefined;
const push = (from: string, inner: string, id = 'push'): string =>
  `<iq type='set' id='${id}'${from}><query xmlns='jabber:iq:roster' ver='2'>${inner}</query></iq>`;

/** Lets alice in, and answers what she asks by `handler`, like a plain server where that has no answer. */
const serve =
  (handler: (element: XmlElement, peer: Peer) => Answer): Script =>
  async (peer) => {
    await peer.login({ password, features });
    peer.acks();
    await peer.session(handler);
  };
const contacts = async (args: readonly string[], handler: (element: XmlElement, peer: Peer) => Answer) => {
  await using server = await scriptedServer({ tls: 'direct' }, serve(handler));
  const outcome = await run(['contacts', '--json', ...args], server);
  const answers = server.peers.flatMap(({ received }) => received.filter(({ attrs }) => attrs.id?.startsWith('push')));
  return { outcome, answers };
};

test.each([
  ['a peer', " from='mallory@localhost'", false],
  ['an own full JID', ` from='${own}/phone'`, false],
  ['the own server', " from='localhost'", false],
  ['the own bare JID', ` from='${own}'`, true],
  ['the own bare JID in capitals', " from='ALICE@LocalHost'", true],
  ['nobody', '', true],
])('a change of the roster by %s', async (_who, from, isTaken) => {
  const { outcome, answers } = await contacts([], (element) =>
    isRosterGet(element)
      ? push(from, item('evil@localhost')) + result(element, roster(item('bob@localhost')))
      : undefined,
  );
  const jids = outcome.json<{ jid: string }[]>().map(({ jid }) => jid);
  expect(jids).toEqual(isTaken ? ['bob@localhost', 'evil@localhost'] : ['bob@localhost']);
  expect(answers.map(({ attrs }) => attrs.type)).toEqual([isTaken ? 'result' : 'error']);
});

test('a push while something is removed takes nothing away that somebody else says', async () => {
  const { outcome } = await contacts([], (element) =>
    isRosterGet(element)
      ? result(element, roster(item('bob@localhost'))) +
        push(" from='mallory@localhost'", item('bob@localhost', "subscription='remove'"))
      : undefined,
  );
  expect(outcome.json()).toMatchObject([{ jid: 'bob@localhost' }]);
});

test.each([
  ['without from', ''],
  ['from the own bare JID', ` from='${own}'`],
  ['from the domain', " from='localhost'"],
  ['from the domain in mixed case', " from='LocalHost'"],
])('the roster in an answer %s is taken', async (_what, from) => {
  const { outcome } = await contacts([], (element) =>
    isRosterGet(element)
      ? `<iq type='result' id='${element.attrs.id}'${from}>${roster(item('bob@localhost'))}</iq>`
      : undefined,
  );
  expect(outcome.json()).toMatchObject([{ jid: 'bob@localhost' }]);
});

test('the roster that somebody else sends with the right id is not', async () => {
  const { outcome } = await contacts([], (element) =>
    isRosterGet(element)
      ? `<iq type='result' id='${element.attrs.id}' from='mallory@localhost'>${roster(item('evil@localhost'))}</iq>` +
        result(element, roster(item('bob@localhost')))
      : undefined,
  );
  expect(outcome.json()).toMatchObject([{ jid: 'bob@localhost' }]);
});

test('broken items are passed over, and the rest is printed without harm', async () => {
  const bad = [
    '<item/>',
    "<item jid='@'/>",
    "<item jid='a b@localhost'/>",
    "<item xmlns='evil' jid='evil@localhost'/>",
  ];
  const named = "<item jid='bob@localhost' name='a&#x202e;b&#10;c' subscription='???'><group>x&#9;y</group></item>";
  for (const [format, expected] of [
    ['tsv', 'bob@localhost\t\ta\\u202eb\\nc\tx\\ty\tnone\tfalse\tfalse\t\t\t\t\n'],
    ['table', 'bob@localhost  a<U+202E>b\\nc  x y  none\n'],
  ] as const) {
    await using server = await scriptedServer(
      { tls: 'direct' },
      serve((element) => (isRosterGet(element) ? result(element, roster(...bad, named)) : undefined)),
    );
    expect((await run(['contacts', '-o', format, '--no-header'], server)).stdout).toBe(expected);
  }
});

test('a roster of more than a mebibyte arrives; an endless stanza does not', async () => {
  const many = Array.from(
    { length: 20_000 },
    (_, n) =>
      `<item jid='contact${n}@localhost' name='Contact number ${n}' subscription='both'><group>Friends</group></item>`,
  );
  const { outcome } = await contacts([], (element) =>
    isRosterGet(element) ? result(element, roster(...many)) : undefined,
  );
  expect(outcome.json<unknown[]>()).toHaveLength(20_000);
  const { outcome: endless } = await contacts([], (element) =>
    isRosterGet(element) ? result(element, roster(`<item jid='a@b'>${'x'.repeat(1_200_000)}</item>`)) : undefined,
  );
  expect(endless.exitCode).toBe(76);
});

test('requests that wait are told by whom they came from, once each', async () => {
  const { outcome } = await contacts(['--pending'], (element) =>
    element.name === 'presence'
      ? [
          "<presence type='subscribe' from='bob@localhost/phone'><status>me</status></presence>",
          "<presence type='subscribe' from='bob@localhost'><status>me again</status></presence>",
          "<presence type='subscribe'/><presence type='subscribe' from='@'/>",
          "<message type='chat' from='eve@localhost'><body>for later</body></message>",
        ].join('')
      : undefined,
  );
  expect(outcome.json()).toMatchObject([{ jid: 'bob@localhost', status: 'me again' }]);
});

test('a message that comes to a command that reads none is not acknowledged', async () => {
  await using server = await scriptedServer(
    { tls: 'direct' },
    serve((element) => {
      if (element.name === 'presence') {
        return "<message from='bob@localhost/x' type='chat'><body>hi</body></message><r xmlns='urn:xmpp:sm:3'/>";
      }
      return isRosterGet(element) ? result(element, roster()) : undefined;
    }),
  );
  expect((await run(['contacts', '--pending'], server)).exitCode).toBe(0);
  // Before it came three answers: to the questions for the roster and for stored messages, and to a ping.
  const counts = server.peers[0]?.received.filter(({ name }) => name === 'a').map(({ attrs }) => attrs.h);
  expect(new Set(counts)).toEqual(new Set(['3']));
});

test('what a device claims in its presence is not believed: it is asked (CASES 37)', async () => {
  const claims =
    "<c xmlns='http://jabber.org/protocol/caps' hash='sha-1' node='https://claims' ver='QgayPKawpkPSDYmwT/WM94uAlu0='/>";
  await using server = await scriptedServer(
    { tls: 'direct' },
    serve((element) => {
      const query = element.elements[0];
      if (element.name === 'presence') return `<presence from='bob@localhost/phone'>${claims}</presence>`;
      if (isRosterGet(element)) return result(element, roster(item('bob@localhost')));
      if (query?.ns === 'jabber:iq:version' && element.attrs.to === 'bob@localhost/phone') {
        return result(element, "<query xmlns='jabber:iq:version'><name>Evil\u202e</name><version/></query>");
      }
      if (query?.ns.endsWith('#info') && element.attrs.to === 'bob@localhost/phone') {
        return result(element, `<query xmlns='${query.ns}'><feature var='urn:only:this'/></query>`);
      }
      return undefined;
    }),
  );
  const outcome = await run(['info', 'bob@localhost', '--json'], server);
  expect(outcome.json()).toMatchObject({
    ...{ online: true, features: ['urn:only:this'], client: { name: 'Evil\u202e', version: null, os: null } },
    presence: [{ resource: 'phone', show: 'available', status: null, priority: 0 }],
  });
  const cache = server.peers[0]?.received.some((element) => `${element}`.includes('claims'));
  expect(cache).toBe(false);
});

test('answers that are nonsense, late or by others are no information, and no error', async () => {
  await using server = await scriptedServer(
    { tls: 'direct' },
    serve((element) => {
      const query = element.elements[0];
      if (element.attrs.to !== 'bob@example.org') return undefined;
      if (query?.ns === 'jabber:iq:last') return result(element, "<query xmlns='jabber:iq:last' seconds='-1e9'/>");
      if (query?.ns === 'vcard-temp') {
        return `<iq type='result' id='${element.attrs.id}' from='mallory@example.org'><vCard xmlns='vcard-temp'><FN>Eve</FN></vCard></iq>`;
      }
      return ''; // never
    }),
  );
  const outcome = await run(['info', 'bob@example.org', '--json'], server, { seconds: 3 });
  expect(outcome.exitCode).toBe(0);
  expect(outcome.json()).toMatchObject({ vcard: null, lastActivity: null, client: null, features: [] });
});

test('nothing is told of this machine, and nothing is done, whoever asks (CASES 43)', async () => {
  const questions = [
    "<query xmlns='jabber:iq:version'/>",
    "<query xmlns='jabber:iq:last'/>",
    "<time xmlns='urn:xmpp:time'/>",
    "<query xmlns='http://jabber.org/protocol/disco#info'/>",
    "<query xmlns='http://jabber.org/protocol/disco#items' node='http://jabber.org/protocol/commands'/>",
    "<vCard xmlns='vcard-temp'/>",
  ].map((inner, n) => `<iq type='get' id='get${n}' from='mallory@localhost/x'>${inner}</iq>`);
  const orders = [
    "<command xmlns='http://jabber.org/protocol/commands' node='x' action='execute'/>",
    "<query xmlns='jabber:iq:oob'><url>https://localhost/x</url></query>",
    "<x xmlns='http://jabber.org/protocol/rosterx'><item action='add' jid='evil@localhost'/></x>",
  ].map((inner, n) => `<iq type='set' id='set${n}' from='mallory@localhost/x'>${inner}</iq>`);
  const exchange =
    "<message from='mallory@localhost/x'><x xmlns='http://jabber.org/protocol/rosterx'><item action='delete' jid='bob@localhost'/></x></message>";
  await using server = await scriptedServer(
    { tls: 'direct' },
    serve((element) => (element.name === 'presence' ? [...questions, ...orders, exchange].join('') : undefined)),
  );
  await using running = await spawnXmppctl(['presence', 'set', 'available', '--for', '1s'], {
    env: {
      ...{ XMPPCTL_SERVER: server.url, XMPPCTL_CA_FILE: server.caFile, XMPPCTL_ACCOUNT: own },
      XMPPCTL_PASSWORD: password,
    },
  });
  expect((await running.done).exitCode).toBe(0);
  const answers = server.peers[0]?.received.filter(({ attrs }) => /^[gs]et\d$/.test(attrs.id ?? '')) ?? [];
  expect(answers).toHaveLength(questions.length + orders.length);
  for (const answer of answers) {
    expect(answer.attrs.type).toBe('error');
    expect(answer.elements.map(({ name }) => name)).toEqual(['error']);
  }
  // Not the login, whose random letters may be any.
  const [, said] = (server.transcripts[0]?.tls ?? '').split('<presence>');
  expect(said).toContain('</error>');
  expect(said).not.toMatch(/linux|node|v\d\d\.|evil@|rosterx|jabber:iq:roster/i);
});
