/** XEP-0402 and XEP-0048: bookmarks. */
import { describe, expect, test } from 'vitest';
import { openBookmarks } from '../../src/session/bookmarks.ts';
import { parseJid } from '../../src/xmpp/jid.ts';
import { readPrivateBookmarks, storePrivateBookmarks } from '../../src/xmpp/xep0048-bookmarks.ts';
import { publishBookmark, readBookmarks, retractBookmark } from '../../src/xmpp/xep0402-bookmarks.ts';
import type { Element } from '../../src/xmpp/xml.ts';
import { fakeSession, parseStanza } from '../support/fake-session.ts';

const bookmarks = 'urn:xmpp:bookmarks:1';
const items = (inner: string) =>
  `<pubsub xmlns='http://jabber.org/protocol/pubsub'><items node='${bookmarks}'>${inner}</items></pubsub>`;
const item = (id: string, attrs: string, inner = '') =>
  `<item id='${id}'><conference xmlns='${bookmarks}' ${attrs}>${inner}</conference></item>`;
const rich =
  "<nick>al&amp;ice</nick><password>p</password><extensions><state xmlns='http://client.example' minimized='true'/></extensions>";

describe('bookmarks of XEP-0402', () => {
  const read = (inner: string) => readBookmarks(parseStanza(`<iq type='result'>${items(inner)}</iq>`));

  test('are read, but for those of no room', () => {
    const all = read(
      item('hall@rooms.example.org', "name='Hall' autojoin='1'", rich) +
        item('attic@rooms.example.org', '') +
        item('rooms.example.org', '') +
        item('@', '') +
        "<item id='x@rooms.example.org'/>",
    );
    expect(all).toMatchObject([
      { name: 'Hall', nick: 'al&ice', autojoin: true },
      { name: null, nick: null, autojoin: false, others: [] },
    ]);
    expect(all.map(({ room }) => room.bare)).toEqual(['hall@rooms.example.org', 'attic@rooms.example.org']);
    expect(read('')).toEqual([]);
  });

  test('are written with all that other clients have put there, into a node that nobody else reads', () => {
    const [bookmark] = read(item('hall@rooms.example.org', "name='Hall'", rich));
    if (!bookmark) throw new Error('no bookmark');
    const iq = String(publishBookmark({ ...bookmark, autojoin: true }));
    expect(iq).toContain('<item id="hall@rooms.example.org">');
    expect(iq).toContain(`<conference xmlns="${bookmarks}" name="Hall" autojoin="true"><nick>al&amp;ice</nick>`);
    expect(iq).toContain('<password>p</password>');
    expect(iq).toContain('<state minimized="true" xmlns="http://client.example"/>');
    expect(iq).toContain('<field var="pubsub#access_model"><value>whitelist</value></field>');
    expect(iq).toContain('<field var="pubsub#max_items"><value>max</value></field>');
  });

  test('are taken back with a word to other clients', () => {
    expect(String(retractBookmark(parseJid('hall@rooms.example.org')))).toContain(
      `<retract node="${bookmarks}" notify="true"><item id="hall@rooms.example.org"/></retract>`,
    );
  });
});

describe('bookmarks of XEP-0048', () => {
  const stored = (inner: string) =>
    `<query xmlns='jabber:iq:private'><storage xmlns='storage:bookmarks'>${inner}</storage></query>`;
  const two =
    "<conference jid='hall@rooms.example.org' name='Hall' autojoin='true'><nick>a</nick><password>p</password></conference>" +
    "<url name='page' url='https://example.org/'/><conference jid='@'/>";

  test('are read, and written with everything else that is stored there', () => {
    const read = readPrivateBookmarks(parseStanza(`<iq type='result'>${stored(two)}</iq>`));
    expect(read.bookmarks).toMatchObject([{ name: 'Hall', nick: 'a', autojoin: true }]);
    const iq = String(storePrivateBookmarks(read));
    expect(iq).toContain('<conference jid="hall@rooms.example.org" name="Hall" autojoin="true"><nick>a</nick>');
    expect(iq).toContain('<password>p</password>');
    expect(iq).toContain('<url name="page" url="https://example.org/"/>');
    expect(iq).toContain('<conference jid="@"/>');
  });

  const error = (iq: Element, condition: string) =>
    `<iq type='error' id='${iq.attrs.id}'><error type='cancel'><${condition} xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>`;
  const serverWith = (pep: string | undefined, storage: string | undefined) =>
    fakeSession((iq) => {
      const inner = iq.getChild('pubsub') ? pep && items(pep) : storage && stored(storage);
      return inner === undefined
        ? error(iq, 'service-unavailable')
        : `<iq type='result' id='${iq.attrs.id}'>${inner}</iq>`;
    });

  test('are used where the server has nothing else, or where all of them are there', async () => {
    const rooms = async (pep: string | undefined, storage: string | undefined) =>
      (await openBookmarks(serverWith(pep, storage))).all.map(({ room }) => room.local);
    expect(await rooms(item('attic@rooms.example.org', ''), two)).toEqual(['attic']);
    expect(await rooms(undefined, two)).toEqual(['hall']);
    await expect(rooms(undefined, undefined)).rejects.toMatchObject({ kind: 'unavailable' });
  });

  test('are used where the account has nothing newer, which is no error either', async () => {
    const noNode = (storage: string | undefined) =>
      fakeSession((iq) =>
        iq.getChild('pubsub') || storage === undefined
          ? error(iq, 'item-not-found')
          : `<iq type='result' id='${iq.attrs.id}'>${stored(storage)}</iq>`,
      );
    expect((await openBookmarks(noNode(two))).all).toHaveLength(1);
    expect((await openBookmarks(noNode(''))).all).toEqual([]);
    expect((await openBookmarks(noNode(undefined))).all).toEqual([]);
  });
});
