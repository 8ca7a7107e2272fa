/** What is asked of people and their servers: XEP-0012, 0013, 0054, 0060, 0077, 0092, 0172, 0191 and 0292. */
import { describe, expect, test } from 'vitest';
import { parseJid } from '../../src/xmpp/jid.ts';
import { mergeVcards } from '../../src/xmpp/vcard.ts';
import { lastActivityRequest, readLastActivity } from '../../src/xmpp/xep0012-last-activity.ts';
import { hasMessageNode, messageNodeRequest } from '../../src/xmpp/xep0013-offline-messages.ts';
import { readVcardTemp, vcardTempRequest } from '../../src/xmpp/xep0054-vcard-temp.ts';
import { passwordRequest, readDemandedForm, removalRequest } from '../../src/xmpp/xep0077-registration.ts';
import { readVersion, versionRequest } from '../../src/xmpp/xep0092-version.ts';
import { nickRequest, readNick } from '../../src/xmpp/xep0172-nick.ts';
import { blocklistRequest, blockRequest, readBlocklist, unblockRequest } from '../../src/xmpp/xep0191-blocking.ts';
import { publishedVcard4Request, readVcard4, vcard4Request } from '../../src/xmpp/xep0292-vcard4.ts';
import { parseStanza } from '../support/fake-session.ts';

const bob = parseJid('bob@example.org/phone');
const result = (inner: string) => parseStanza(`<iq type='result' id='1'>${inner}</iq>`);
const published = (node: string, inner: string) =>
  result(`<pubsub xmlns='http://jabber.org/protocol/pubsub'><items node='${node}'>${inner}</items></pubsub>`);

test.each([
  [lastActivityRequest('b@x'), '<iq type="get" to="b@x"><query xmlns="jabber:iq:last"/></iq>'],
  [
    messageNodeRequest(bob),
    '<iq type="get" to="bob@example.org"><query xmlns="http://jabber.org/protocol/disco#info" node="http://jabber.org/protocol/offline"/></iq>',
  ],
  [vcardTempRequest('b@x'), '<iq type="get" to="b@x"><vCard xmlns="vcard-temp"/></iq>'],
  [vcard4Request('b@x'), '<iq type="get" to="b@x"><vcard xmlns="urn:ietf:params:xml:ns:vcard-4.0"/></iq>'],
  [
    publishedVcard4Request('b@x'),
    '<iq type="get" to="b@x"><pubsub xmlns="http://jabber.org/protocol/pubsub"><items node="urn:xmpp:vcard4" max_items="1"/></pubsub></iq>',
  ],
  [
    nickRequest('b@x'),
    '<iq type="get" to="b@x"><pubsub xmlns="http://jabber.org/protocol/pubsub"><items node="http://jabber.org/protocol/nick" max_items="1"/></pubsub></iq>',
  ],
  [versionRequest('b@x/y'), '<iq type="get" to="b@x/y"><query xmlns="jabber:iq:version"/></iq>'],
  [blocklistRequest(), '<iq type="get"><blocklist xmlns="urn:xmpp:blocking"/></iq>'],
  [
    blockRequest(bob),
    '<iq type="set"><block xmlns="urn:xmpp:blocking"><item jid="bob@example.org/phone"/></block></iq>',
  ],
  [
    unblockRequest(parseJid('spam.example')),
    '<iq type="set"><unblock xmlns="urn:xmpp:blocking"><item jid="spam.example"/></unblock></iq>',
  ],
  // Without `to` (XEP-0077 3.2): this is what the predecessor got wrong.
  [removalRequest(), '<iq type="set"><query xmlns="jabber:iq:register"><remove/></query></iq>'],
  [
    passwordRequest('x', 'b', 'a<b'),
    '<iq type="set" to="x"><query xmlns="jabber:iq:register"><username>b</username><password>a&lt;b</password></query></iq>',
  ],
])('asks by %s', (element, text) => {
  expect(element.toString()).toBe(text);
});

describe('last activity', () => {
  test('in seconds, with the last words', () => {
    expect(readLastActivity(result("<query xmlns='jabber:iq:last' seconds='903'>Heading home</query>"))).toEqual({
      ...{ seconds: 903, status: 'Heading home' },
    });
    expect(readLastActivity(result("<query xmlns='jabber:iq:last' seconds='0'/>"))).toEqual({
      seconds: 0,
      status: null,
    });
  });
  test.each([
    "<query xmlns='jabber:iq:last'/>",
    "<query xmlns='jabber:iq:last' seconds='-1'/>",
    "<query seconds='1'/>",
    '',
  ])('%s tells none', (inner) => {
    expect(() => readLastActivity(result(inner))).toThrow(expect.objectContaining({ kind: 'protocol' }));
  });
});

test('a server holds stored messages back only if it says that it knows how', () => {
  const info = (feature: string) =>
    result(`<query xmlns='http://jabber.org/protocol/disco#info'><feature var='${feature}'/></query>`);
  expect(hasMessageNode(info('http://jabber.org/protocol/offline'))).toBe(true);
  expect([hasMessageNode(info('urn:xmpp:ping')), hasMessageNode(result(''))]).toEqual([false, false]);
});

test('what a device runs', () => {
  const version =
    "<query xmlns='jabber:iq:version'><name>Exodus</name><version>0.7</version><os xmlns='evil'>x</os></query>";
  expect(readVersion(result(version))).toEqual({ name: 'Exodus', version: '0.7', os: null });
  expect(readVersion(result(''))).toEqual({ name: null, version: null, os: null });
});

test('a nickname, of the right node and namespace', () => {
  const nick = "<item id='current'><nick xmlns='http://jabber.org/protocol/nick'> Ishmael </nick></item>";
  expect(readNick(published('http://jabber.org/protocol/nick', nick))).toBe('Ishmael');
  expect(readNick(published('urn:other', nick))).toBeNull();
  expect(readNick(published('http://jabber.org/protocol/nick', "<item><nick xmlns='evil'>x</nick></item>"))).toBeNull();
  expect(readNick(published('http://jabber.org/protocol/nick', '<item/>'))).toBeNull();
});

test('who is blocked', () => {
  const list =
    "<blocklist xmlns='urn:xmpp:blocking'><item jid='romeo@montague.net'/><item jid='@'/><item/><item jid='iago.lit'/></blocklist>";
  expect(readBlocklist(result(list)).map(({ full }) => full)).toEqual(['romeo@montague.net', 'iago.lit']);
  expect(readBlocklist(result("<blocklist xmlns='urn:xmpp:blocking'/>"))).toEqual([]);
  expect(() => readBlocklist(result(''))).toThrow(expect.objectContaining({ kind: 'protocol' }));
});

test('a form that a refusal demands', () => {
  const form =
    "<query xmlns='jabber:iq:register'><x xmlns='jabber:x:data' type='form'><field var='x-mmn' label='Name'/></x></query>";
  expect(readDemandedForm(result(form))?.fields).toMatchObject([{ name: 'x-mmn', label: 'Name' }]);
  expect(readDemandedForm(result("<query xmlns='jabber:iq:register'/>"))).toBeUndefined();
});

describe('a business card', () => {
  const empty = {
    ...{ fullName: null, nickname: null, email: null, phone: null, organization: null },
    ...{ title: null, birthday: null, url: null, note: null, photo: null },
  };
  const old = (inner: string) => readVcardTemp(result(`<vCard xmlns='vcard-temp'>${inner}</vCard>`));
  const v4 = (inner: string) => `<vcard xmlns='urn:ietf:params:xml:ns:vcard-4.0'>${inner}</vcard>`;

  test('of the old format', () => {
    expect(
      old(
        '<FN>Peter Saint-Andre</FN><NICKNAME> stpeter </NICKNAME><URL>http://x/</URL><BDAY>1966-08-06</BDAY><TITLE>Director</TITLE>' +
          '<ORG><ORGNAME>XSF</ORGNAME><ORGUNIT/></ORG><TEL><WORK/><NUMBER/></TEL><TEL><HOME/><NUMBER>303</NUMBER></TEL>' +
          '<EMAIL><INTERNET/><USERID>p@x</USERID></EMAIL><DESC>More\n here</DESC>',
      ),
    ).toEqual({
      ...{ fullName: 'Peter Saint-Andre', nickname: 'stpeter', email: 'p@x', phone: '303', organization: 'XSF' },
      ...{ title: 'Director', birthday: '1966-08-06', url: 'http://x/', note: 'More\n here', photo: null },
    });
    expect(old('<EMAIL>p@x</EMAIL><FN xmlns="evil">Eve</FN>')).toEqual({ ...empty, email: 'p@x' });
    expect([old(''), readVcardTemp(result(''))]).toEqual([empty, undefined]);
  });

  test.each([
    ['<TYPE>image/png</TYPE><BINVAL>iVBO\nRw==</BINVAL>', 'data:image/png;base64,iVBORw=='],
    ['<BINVAL>iVBORw==</BINVAL>', 'data:image/png;base64,iVBORw=='],
    ['<TYPE>img/png</TYPE><BINVAL>iVBORw==</BINVAL>', 'data:image/png;base64,iVBORw=='],
    ['<EXTVAL>https://x/y.png</EXTVAL>', 'https://x/y.png'],
    ['<TYPE>text/html</TYPE><BINVAL>iVBORw==</BINVAL>', null],
    ['<TYPE>image/png,x</TYPE><BINVAL>iVBORw==</BINVAL>', null],
    ['<TYPE>image/png</TYPE><BINVAL>&lt;script&gt;</BINVAL>', null],
    ['<TYPE>image/png</TYPE><BINVAL/>', null],
  ])('with the picture %s', (photo, expected) => {
    expect(old(`<PHOTO>${photo}</PHOTO>`)?.photo).toBe(expected);
  });

  test('of the new format, from a server or as its owner has published it', () => {
    const card = v4(
      '<fn><text>Peter</text></fn><nickname><text/></nickname><nickname><text>psa</text></nickname><bday><date>1966-08-06</date></bday>' +
        '<tel><parameters><type><text>work</text></type></parameters><uri>tel:+1-303-308-3282</uri></tel><org><text>XSF</text></org>' +
        '<url><uri>https://x/</uri></url><email><parameters><pref><integer>1</integer></pref></parameters><text>p@x</text></email>',
    );
    const expected = {
      ...empty,
      ...{ fullName: 'Peter', nickname: 'psa', email: 'p@x', phone: '+1-303-308-3282', organization: 'XSF' },
      ...{ birthday: '1966-08-06', url: 'https://x/' },
    };
    expect(readVcard4(result(card))).toEqual(expected);
    expect(readVcard4(published('urn:xmpp:vcard4', `<item id='current'>${card}</item>`))).toEqual(expected);
    expect(readVcard4(published('urn:other', `<item>${card}</item>`))).toBeUndefined();
    expect(readVcard4(result(''))).toBeUndefined();
  });

  test('is put together from several, the first that says a thing', () => {
    const merged = mergeVcards(
      undefined,
      { ...empty, fullName: 'A' },
      { fullName: 'B', email: 'b@x' },
      { nickname: 'C' },
    );
    expect(merged).toEqual({ ...empty, fullName: 'A', email: 'b@x', nickname: 'C' });
    expect(mergeVcards(undefined, empty, {})).toBeNull();
  });
});
