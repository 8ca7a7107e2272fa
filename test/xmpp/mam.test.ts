/** XEP-0313 and XEP-0297: questions to archives and their answers. */
import { describe, expect, test } from 'vitest';
import { parseJid } from '../../src/xmpp/jid.ts';
import { readForwarded } from '../../src/xmpp/xep0297-forwarding.ts';
import { archiveQuery, isArchiveResult, readArchived, readArchiveEnd } from '../../src/xmpp/xep0313-mam.ts';
import { parseStanza } from '../support/fake-session.ts';

const room = parseJid('ops@muc.example.org');
const account = parseJid('alice@example.org/here');

const result = (from: string | undefined, queryId: string, inner: string) =>
  parseStanza(
    `<message ${from === undefined ? '' : `from='${from}'`}><result xmlns='urn:xmpp:mam:2' queryid='${queryId}' id='a1'>` +
      `<forwarded xmlns='urn:xmpp:forward:0'>${inner}</forwarded></result></message>`,
  );
const forwarded =
  "<delay xmlns='urn:xmpp:delay' stamp='2026-01-02T03:04:05Z'/><message xmlns='jabber:client' from='ops@muc.example.org/bob'><body>hi</body></message>";

describe('a question to an archive', () => {
  test('names the archive, the query, the filter and the page', () => {
    const start = new Date('2026-01-01T00:00:00Z');
    expect(String(archiveQuery({ archive: room, start }, { max: 10, after: 'x&y' }, 'q'))).toBe(
      '<iq type="set" to="ops@muc.example.org"><query xmlns="urn:xmpp:mam:2" queryid="q"><x xmlns="jabber:x:data" type="submit">' +
        '<field var="FORM_TYPE"><value>urn:xmpp:mam:2</value></field><field var="start"><value>2026-01-01T00:00:00.000Z</value></field></x>' +
        '<set xmlns="http://jabber.org/protocol/rsm"><max>10</max><after>x&amp;y</after></set></query></iq>',
    );
  });

  test('goes to the own account without an address, with everything that restricts it', () => {
    const iq = archiveQuery(
      { with: parseJid('bob@example.org'), end: new Date(0), fields: new Map([['withtext', ['tea']]]) },
      { max: 5, before: '' },
      'q',
    );
    expect(iq.attrs.to).toBeUndefined();
    expect(String(iq)).toContain('<field var="with"><value>bob@example.org</value></field>');
    expect(String(iq)).toContain('<field var="end"><value>1970-01-01T00:00:00.000Z</value></field>');
    expect(String(iq)).toContain('<field var="withtext"><value>tea</value></field>');
    expect(String(iq)).toContain('<max>5</max><before/>');
  });
});

describe('a result of an archive', () => {
  test('has the archive id, the time and the message', () => {
    const read = readArchived(result('ops@muc.example.org', 'q', forwarded), 'q', { archive: room, account });
    expect(read?.id).toBe('a1');
    expect(read?.time?.toISOString()).toBe('2026-01-02T03:04:05.000Z');
    expect(read?.message.getChildText('body')).toBe('hi');
  });

  test.each([
    ['another query', 'ops@muc.example.org', 'other'],
    ['an occupant of the room', 'ops@muc.example.org/bob', 'q'],
    ['another room', 'other@muc.example.org', 'q'],
    ['nobody', undefined, 'q'],
  ])('of or from %s does not count', (_what, from, queryId) => {
    expect(readArchived(result(from, queryId, forwarded), 'q', { archive: room, account })).toBeUndefined();
  });

  test('of the own archive comes from the own bare JID or from nobody, not from a device of ours', () => {
    const own = { archive: undefined, account };
    expect(readArchived(result(undefined, 'q', forwarded), 'q', own)).toBeDefined();
    expect(readArchived(result('alice@example.org', 'q', forwarded), 'q', own)).toBeDefined();
    expect(readArchived(result('alice@example.org/here', 'q', forwarded), 'q', own)).toBeUndefined();
    expect(readArchived(result('example.org', 'q', forwarded), 'q', own)).toBeUndefined();
  });

  test('without a message is none, but it is known as one', () => {
    const empty = result('ops@muc.example.org', 'q', '');
    expect(readArchived(empty, 'q', { archive: room, account })).toBeUndefined();
    expect(isArchiveResult(empty)).toBe(true);
    expect(isArchiveResult(parseStanza('<message><body>x</body></message>'))).toBe(false);
  });

  test('with a time that is none has no time', () => {
    const inner = forwarded.replace('2026-01-02T03:04:05Z', 'yesterday');
    expect(readForwarded(parseStanza(`<x><forwarded xmlns='urn:xmpp:forward:0'>${inner}</forwarded></x>`))?.time).toBe(
      null,
    );
  });
});

describe('the end of a page', () => {
  const fin = (attrs: string, inner = '') =>
    readArchiveEnd(parseStanza(`<iq type='result'><fin xmlns='urn:xmpp:mam:2' ${attrs}>${inner}</fin></iq>`));

  test('says whether it is the last, and whether it is stable', () => {
    expect(fin("complete='true'")).toEqual({ first: null, last: null, count: null, complete: true, stable: true });
    expect(
      fin(
        "stable='false'",
        "<set xmlns='http://jabber.org/protocol/rsm'><first>a</first><last>b</last><count>7</count></set>",
      ),
    ).toEqual({ first: 'a', last: 'b', count: 7, complete: false, stable: false });
  });

  test('without <fin/> is a broken protocol', () => {
    expect(() => readArchiveEnd(parseStanza("<iq type='result'/>"))).toThrow(/no <fin\/>/);
  });
});
