/** XEP-0045 and 0249: rooms, by their stanzas. */
import { describe, expect, test } from 'vitest';
import { parseJid } from '../../src/xmpp/jid.ts';
import {
  affiliationList,
  cancelConfig,
  configRequest,
  destroyRoom,
  readAffiliationList,
  readConfigForm,
  setAffiliation,
  setRole,
  submitConfig,
} from '../../src/xmpp/xep0045-admin.ts';
import { mediatedInvitation, readMediatedInvitation } from '../../src/xmpp/xep0045-invite.ts';
import {
  isPrivateMessage,
  isSelf,
  joinPresence,
  leavePresence,
  readJoinError,
  readOccupant,
  readSubject,
  subjectMessage,
} from '../../src/xmpp/xep0045-muc.ts';
import { directInvitation, readDirectInvitation } from '../../src/xmpp/xep0249-direct-invitations.ts';
import { parseStanza } from '../support/fake-session.ts';

const room = parseJid('hall@rooms.example.org');
const alice = parseJid('hall@rooms.example.org/alice & co');
const user = 'http://jabber.org/protocol/muc#user';

describe('joining', () => {
  test('asks for no history, for the last, or for what came since', () => {
    const join = (history: Parameters<typeof joinPresence>[0]['history'], password?: string) =>
      String(joinPresence({ occupant: alice, id: 'j', history, password }));
    expect(join({ last: 0 })).toBe(
      '<presence to="hall@rooms.example.org/alice &amp; co" id="j"><x xmlns="http://jabber.org/protocol/muc"><history maxstanzas="0"/></x></presence>',
    );
    expect(join({ since: new Date(0) }, 'a<b')).toContain(
      '<history since="1970-01-01T00:00:00.000Z"/><password>a&lt;b</password>',
    );
    expect(String(leavePresence(alice))).toBe(
      '<presence to="hall@rooms.example.org/alice &amp; co" type="unavailable"/>',
    );
  });

  test('is refused by an error of that room, with our id or with none', () => {
    const error = (attrs: string) =>
      readJoinError(
        parseStanza(
          `<presence type='error' ${attrs}><error type='auth'><forbidden xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></presence>`,
        ),
        room,
        'j',
      )?.condition;
    expect(error("from='hall@rooms.example.org/x' id='j'")).toBe('forbidden');
    expect(error("from='hall@rooms.example.org'")).toBe('forbidden');
    expect(error("from='hall@rooms.example.org' id='other'")).toBeUndefined();
    expect(error("from='other@rooms.example.org' id='j'")).toBeUndefined();
    expect(error('')).toBeUndefined();
  });
});

describe('the presence of an occupant', () => {
  test('says who, what, and why', () => {
    const occupant = readOccupant(
      parseStanza(
        `<presence from='hall@rooms.example.org/bob' type='unavailable'><status>bye</status><x xmlns='${user}'>` +
          "<item affiliation='none' role='none' jid='bob@example.org/phone' nick='robert'><actor nick='boss'/><reason>loud</reason></item>" +
          "<status code='307'/><status code='110'/><status code='x'/><destroy jid='new@rooms.example.org'><reason>moved</reason></destroy></x></presence>",
      ),
      room,
    );
    expect(occupant).toMatchObject({
      present: false,
      role: 'none',
      affiliation: 'none',
      newNick: 'robert',
      by: 'boss',
      reason: 'loud',
      status: 'bye',
      show: null,
      connections: 1,
      codes: new Set([307, 110]),
      destroyed: { alternate: 'new@rooms.example.org', reason: 'moved' },
    });
    expect(occupant?.jid?.full).toBe('bob@example.org/phone');
    expect(occupant && isSelf(occupant)).toBe(true);
  });

  test('may say next to nothing', () => {
    const occupant = readOccupant(parseStanza("<presence from='hall@rooms.example.org/b/o b'/>"), room);
    expect(occupant).toMatchObject({ present: true, role: 'participant', affiliation: 'none', show: 'available' });
    expect(occupant).toMatchObject({ jid: null, by: null, reason: null, destroyed: null, codes: new Set() });
    expect(occupant?.occupant.resource).toBe('b/o b');
  });

  test.each([
    ['the room itself', "<presence from='hall@rooms.example.org'/>"],
    ['another room', "<presence from='other@rooms.example.org/bob'/>"],
    ['nobody', '<presence/>'],
    ['an error', "<presence from='hall@rooms.example.org/bob' type='error'/>"],
    ['a request', "<presence from='hall@rooms.example.org/bob' type='subscribe'/>"],
    ['a message', "<message from='hall@rooms.example.org/bob'/>"],
    ['another namespace', "<presence xmlns='evil' from='hall@rooms.example.org/bob'/>"],
  ])('is not that of %s', (_what, xml) => {
    expect(readOccupant(parseStanza(xml), room)).toBeUndefined();
  });

  test('does not read elements of other namespaces', () => {
    const xml = `<presence from='hall@rooms.example.org/bob'><x xmlns='evil'><item role='moderator'/><status code='110'/></x></presence>`;
    expect(readOccupant(parseStanza(xml), room)).toMatchObject({ role: 'participant', codes: new Set() });
  });
});

describe('the subject', () => {
  const read = (inner: string, from = 'hall@rooms.example.org/bob', type = 'groupchat') =>
    readSubject(parseStanza(`<message from='${from}' type='${type}'>${inner}</message>`), room);

  test('is a message with a subject and nothing else', () => {
    expect(read('<subject>a &amp; b</subject>')).toEqual({ subject: 'a & b', nick: 'bob' });
    expect(read('<subject/>', 'hall@rooms.example.org')).toEqual({ subject: '', nick: '' });
    expect(read('<subject>s</subject><body>b</body>')).toBeUndefined();
    expect(read('<subject>s</subject><thread>t</thread>')).toBeUndefined();
    expect(read('<body>b</body>')).toBeUndefined();
    expect(read('<subject>s</subject>', 'other@rooms.example.org/bob')).toBeUndefined();
    expect(read('<subject>s</subject>', 'hall@rooms.example.org/bob', 'chat')).toBeUndefined();
  });

  test('is set by such a message', () => {
    expect(String(subjectMessage(room, 'i', '<new>'))).toBe(
      '<message to="hall@rooms.example.org" id="i" type="groupchat"><subject>&lt;new&gt;</subject></message>',
    );
  });
});

test('a private message is marked as one, an invitation is none', () => {
  const marked = (type: string, inner = '') =>
    isPrivateMessage(parseStanza(`<message type='${type}'><x xmlns='${user}'>${inner}</x></message>`));
  expect(marked('chat')).toBe(true);
  expect(marked('normal')).toBe(true);
  expect(marked('groupchat')).toBe(false);
  expect(marked('error')).toBe(false);
  expect(marked('normal', '<invite/>')).toBe(false);
  expect(marked('normal', '<decline/>')).toBe(false);
  expect(isPrivateMessage(parseStanza("<message type='chat'><body>x</body></message>"))).toBe(false);
});

describe('running a room', () => {
  test('kicks by nick and bans by address', () => {
    expect(String(setRole(room, 'a/b', 'none', 'why'))).toBe(
      '<iq type="set" to="hall@rooms.example.org"><query xmlns="http://jabber.org/protocol/muc#admin"><item nick="a/b" role="none"><reason>why</reason></item></query></iq>',
    );
    expect(String(setAffiliation(room, parseJid('bob@example.org/phone'), 'outcast'))).toContain(
      '<item jid="bob@example.org" affiliation="outcast"/>',
    );
  });

  test('lists who is what, and passes over what is nobody', () => {
    expect(String(affiliationList(room, 'owner'))).toContain('<item affiliation="owner"/>');
    const list = readAffiliationList(
      parseStanza(
        "<iq type='result'><query xmlns='http://jabber.org/protocol/muc#admin'><item jid='bob@example.org' affiliation='member' nick='b'><reason>r</reason></item>" +
          "<item jid='@' affiliation='member'/><item affiliation='member'/><item jid='eve@example.org' affiliation='boss'/></query></iq>",
      ),
    );
    expect(list).toEqual([{ jid: parseJid('bob@example.org'), affiliation: 'member', nick: 'b', reason: 'r' }]);
    expect(readAffiliationList(parseStanza("<iq type='result'/>"))).toEqual([]);
  });

  test('asks for, sends and gives up a configuration', () => {
    expect(String(configRequest(room))).toContain('<query xmlns="http://jabber.org/protocol/muc#owner"/>');
    expect(String(submitConfig(room, new Map([['a', ['1', '2']]])))).toContain(
      '<x xmlns="jabber:x:data" type="submit"><field var="a"><value>1</value><value>2</value></field></x>',
    );
    expect(String(cancelConfig(room))).toContain('<x xmlns="jabber:x:data" type="cancel"/>');
    const form = readConfigForm(
      parseStanza(
        "<iq type='result'><query xmlns='http://jabber.org/protocol/muc#owner'><x xmlns='jabber:x:data' type='form'><field var='f' type='boolean'/></x></query></iq>",
      ),
    );
    expect(form.fields[0]).toMatchObject({ name: 'f', type: 'boolean', values: [] });
    expect(() => readConfigForm(parseStanza("<iq type='result'/>"))).toThrow(/form is missing/);
  });

  test('destroys it, with a reason and another room', () => {
    expect(String(destroyRoom(room, 'old', parseJid('new@rooms.example.org')))).toContain(
      '<destroy jid="new@rooms.example.org"><reason>old</reason></destroy>',
    );
    expect(String(destroyRoom(room))).toContain('<destroy/>');
  });
});

describe('an invitation', () => {
  test('by the room is of the room that sent it', () => {
    expect(String(mediatedInvitation(room, 'i', parseJid('bob@example.org'), 'come'))).toBe(
      `<message to="hall@rooms.example.org" id="i"><x xmlns="${user}"><invite to="bob@example.org"><reason>come</reason></invite></x></message>`,
    );
    const read = (from: string, by: string, reason = '') =>
      readMediatedInvitation(
        parseStanza(
          `<message from='${from}'><x xmlns='${user}'><invite from='${by}'>${reason}</invite><password>p</password></x></message>`,
        ),
      );
    expect(read('hall@rooms.example.org', 'bob@example.org/phone')).toEqual({
      room,
      by: 'bob@example.org',
      reason: null,
      password: 'p',
    });
    expect(read('hall@rooms.example.org', 'hall@rooms.example.org/bob')?.by).toBe('hall@rooms.example.org/bob');
    expect(read('hall@rooms.example.org', '@')?.by).toBe(null);
    expect(read('hall@rooms.example.org', 'bob@example.org', '<reason/>')?.reason).toBe(null);
    expect(read('hall@rooms.example.org', 'bob@example.org', '<reason>come</reason>')?.reason).toBe('come');
    expect(read('rooms.example.org', 'bob@example.org')).toBeUndefined();
    expect(readMediatedInvitation(parseStanza(`<message><x xmlns='${user}'><invite/></x></message>`))).toBeUndefined();
  });

  test('by a contact is of the contact that sent it', () => {
    const invitation = directInvitation({
      to: parseJid('bob@example.org'),
      id: 'i',
      room,
      reason: 'a<b',
      password: 'p',
    });
    expect(String(invitation)).toBe(
      '<message to="bob@example.org" id="i"><x xmlns="jabber:x:conference" jid="hall@rooms.example.org" reason="a&lt;b" password="p"/></message>',
    );
    const read = (attrs: string, jid: string) =>
      readDirectInvitation(parseStanza(`<message ${attrs}><x xmlns='jabber:x:conference' jid='${jid}'/></message>`));
    expect(read("from='eve@example.org/x'", 'hall@rooms.example.org')).toEqual({
      room,
      by: 'eve@example.org',
      reason: null,
      password: null,
    });
    expect(read("from='eve@example.org/x'", 'rooms.example.org')).toBeUndefined();
    expect(read("from='eve@example.org/x'", '@')).toBeUndefined();
    expect(read('', 'hall@rooms.example.org')).toBeUndefined();
    expect(read("from='eve@example.org' type='groupchat'", 'hall@rooms.example.org')).toBeUndefined();
  });
});
