/** RFC 6121 2: the roster, its changes and who may make them. */
import { describe, expect, test } from 'vitest';
import { parseJid } from '../../src/xmpp/jid.ts';
import {
  hasRoster,
  isOwnRosterPush,
  isRosterPush,
  offersApprovalInAdvance,
  offersRosterVersions,
  readRosterItem,
  readRosterPush,
  rosterRemove,
  rosterRequest,
  rosterSet,
  rosterVersion,
} from '../../src/xmpp/roster.ts';
import type { Element } from '../../src/xmpp/xml.ts';
import { parseStanza } from '../support/fake-session.ts';

const bob = parseJid('bob@example.org/phone');
const alice = parseJid('alice@example.org/here');
const answer = (inner: string) =>
  parseStanza(`<iq type='result'><query xmlns='jabber:iq:roster' ver='v7'>${inner}</query></iq>`);
const itemsOf = (iq: Element) =>
  (iq.getChild('query')?.getChildElements() ?? []).flatMap((item) => readRosterItem(item) ?? []);
const push = (attrs: string, inner = "<item jid='bob@example.org' subscription='to'/>") =>
  parseStanza(`<iq type='set' id='p' ${attrs}><query xmlns='jabber:iq:roster'>${inner}</query></iq>`);

describe('the roster', () => {
  test.each([
    [rosterRequest(), '<iq type="get"><query xmlns="jabber:iq:roster"/></iq>'],
    [rosterRequest(''), '<iq type="get"><query xmlns="jabber:iq:roster" ver=""/></iq>'],
    [
      rosterSet(bob, 'Bob & Co', ['A', 'B']),
      '<iq type="set"><query xmlns="jabber:iq:roster"><item jid="bob@example.org" name="Bob &amp; Co"><group>A</group><group>B</group></item></query></iq>',
    ],
    [
      rosterSet(bob, null, []),
      '<iq type="set"><query xmlns="jabber:iq:roster"><item jid="bob@example.org"/></query></iq>',
    ],
    [
      rosterRemove(bob),
      '<iq type="set"><query xmlns="jabber:iq:roster"><item jid="bob@example.org" subscription="remove"/></query></iq>',
    ],
  ])('is asked for and changed by %s', (element, text) => {
    expect(element.toString()).toBe(text);
  });

  test('is read, with its version', () => {
    const iq = answer(
      "<item jid='Bob@example.org' name='Bob' subscription='both' approved='true'><group>A</group><group>B</group></item>" +
        "<item jid='carol@example.org' ask='subscribe'/>",
    );
    expect(itemsOf(iq)).toEqual([
      {
        ...{ jid: parseJid('bob@example.org'), name: 'Bob', groups: ['A', 'B'], subscription: 'both' },
        ...{ ask: false, approved: true },
      },
      {
        ...{ jid: parseJid('carol@example.org'), name: null, groups: [], subscription: 'none' },
        ...{ ask: true, approved: false },
      },
    ]);
    expect([hasRoster(iq), rosterVersion(iq)]).toEqual([true, 'v7']);
    const current = parseStanza("<iq type='result'/>");
    expect([hasRoster(current), rosterVersion(current)]).toEqual([false, undefined]);
  });

  test('is read without what is broken in it', () => {
    const iq = answer(
      "<item/><item jid='@'/><item xmlns='evil' jid='eve@example.org'/><x jid='x@example.org'/>" +
        "<item jid='bob@example.org' subscription='???' ask='no'><group xmlns='evil'>A</group></item>",
    );
    expect(itemsOf(iq)).toMatchObject([
      { jid: { bare: 'bob@example.org' }, groups: [], subscription: 'none', ask: false },
    ]);
  });

  test('versions and approval in advance are on offer or not', () => {
    const features = (inner: string) =>
      parseStanza(`<features xmlns='http://etherx.jabber.org/streams'>${inner}</features>`);
    const both = features("<ver xmlns='urn:xmpp:features:rosterver'/><sub xmlns='urn:xmpp:features:pre-approval'/>");
    expect([offersRosterVersions(both), offersApprovalInAdvance(both)]).toEqual([true, true]);
    const none = features('<ver/><sub/>');
    expect([offersRosterVersions(none), offersApprovalInAdvance(none)]).toEqual([false, false]);
  });
});

describe('a change of the roster', () => {
  test.each([
    ['', true],
    ["from='alice@example.org'", true],
    ["from='ALICE@example.org'", true],
    ["from='alice@example.org/other'", false],
    ["from='alice@example.org/here'", false],
    ["from='example.org'", false],
    ["from='mallory@example.org'", false],
    ["from='@'", false],
  ])('%s is by the own account: %s', (from, isOwn) => {
    expect(isRosterPush(push(from))).toBe(true);
    expect(isOwnRosterPush(push(from), alice)).toBe(isOwn);
  });

  test('is read', () => {
    expect(readRosterPush(push(''))).toMatchObject({
      removed: false,
      item: { jid: { bare: 'bob@example.org' }, subscription: 'to' },
    });
    expect(readRosterPush(push('', "<item jid='bob@example.org' subscription='remove'/>"))).toMatchObject({
      removed: true,
    });
    expect(readRosterPush(push('', ''))).toBeUndefined();
    expect(readRosterPush(answer("<item jid='bob@example.org'/>"))).toBeUndefined();
  });
});
