/** Reading archives page by page: good ones, and ones that lie. */
import { describe, expect, test } from 'vitest';
import { type ArchiveTools, archived, archivePages, lastArchived } from '../../src/listen/archive.ts';
import { parseJid } from '../../src/xmpp/jid.ts';
import { childText, type Element } from '../../src/xmpp/xml.ts';
import { type FakeSession, fakeSession } from '../support/fake-session.ts';

const room = parseJid('ops@muc.example.org');
let ids = 0;
const tools: ArchiveTools = { randomId: () => `q${ids++}` };

const read = async <T>(items: AsyncIterable<{ id: string } & T>): Promise<string[]> => {
  const all: string[] = [];
  for await (const { id } of items) all.push(id);
  return all;
};

const resultOf = (queryId: string | undefined, id: string, from = room.bare) =>
  `<message from='${from}'><result xmlns='urn:xmpp:mam:2' queryid='${queryId}' id='${id}'><forwarded xmlns='urn:xmpp:forward:0'>` +
  `<message xmlns='jabber:client' from='${room.bare}/bob'><body>${id}</body></message></forwarded></result></message>`;

interface Asked {
  queryId: string | undefined;
  max: number;
  after: string | null;
  before: string | null;
}

function asked(iq: Element): Asked {
  const query = iq.getChild('query', 'urn:xmpp:mam:2');
  const set = query?.getChild('set', 'http://jabber.org/protocol/rsm');
  const text = (name: string) => (set ? childText(set, name) : null);
  return { queryId: query?.attrs.queryid, max: Number(text('max')), after: text('after'), before: text('before') };
}

const finOf = (iq: Element, page: readonly string[], complete: boolean) =>
  `<iq type='result' id='${iq.attrs.id}' from='${room.bare}'><fin xmlns='urn:xmpp:mam:2' complete='${complete}'>` +
  `<set xmlns='http://jabber.org/protocol/rsm'>${page.length === 0 ? '' : `<first>${page[0]}</first><last>${page.at(-1)}</last>`}</set></fin></iq>`;

/** An archive of m1 … mN that gives at most `most` a page. */
function archiveOf(size: number, most = 50): { session: FakeSession; pages: () => number } {
  const all = Array.from({ length: size }, (_, index) => `m${index + 1}`);
  const session = fakeSession((iq) => {
    const { queryId, max, after, before } = asked(iq);
    const from = after === null ? 0 : all.indexOf(after) + 1;
    const to = before === null || before === '' ? all.length : all.indexOf(before);
    const limit = Math.min(max, most);
    const page = before === null ? all.slice(from, from + limit) : all.slice(Math.max(0, to - limit), to);
    const complete = before === null ? from + limit >= all.length : to - limit <= 0;
    return page.map((id) => resultOf(queryId, id)).join('') + finOf(iq, page, complete);
  });
  return { session, pages: () => session.sent.length };
}

describe('an archive', () => {
  test('is read to its end, in its order, page by page', async () => {
    const { session, pages } = archiveOf(120);
    const all = await read(archived(session, { archive: room }, {}, tools));
    expect(all).toHaveLength(120);
    expect(all.slice(0, 3)).toEqual(['m1', 'm2', 'm3']);
    expect(all.at(-1)).toBe('m120');
    expect(pages()).toBe(3);
  });

  test('is read from a message on', async () => {
    const { session } = archiveOf(60);
    expect(await read(archived(session, { archive: room }, { after: 'm57' }, tools))).toEqual(['m58', 'm59', 'm60']);
  });

  test('gives its next page only when the one before was taken', async () => {
    const { session, pages } = archiveOf(10_000);
    const messages = archived(session, { archive: room }, {}, tools);
    for (let index = 0; index < 10; index++) await messages.next();
    expect(pages()).toBe(1);
    await messages.return(undefined);
  });

  test('that is empty ends at once', async () => {
    const { session, pages } = archiveOf(0);
    expect(await read(archived(session, { archive: room }, {}, tools))).toEqual([]);
    expect(await read(lastArchived(session, { archive: room }, 5, tools))).toEqual([]);
    expect(pages()).toBe(2);
  });

  test.each([
    [3, ['m118', 'm119', 'm120']],
    [1, ['m120']],
  ])('gives its last %i', async (count, expected) => {
    const { session, pages } = archiveOf(120);
    expect(await read(lastArchived(session, { archive: room }, count, tools))).toEqual(expected);
    expect(pages()).toBe(1);
  });

  test.each([70, 100, 119, 120, 121, 500])('gives its last %i, or all it has, in order', async (count) => {
    const { session } = archiveOf(120, 20);
    const all = Array.from({ length: 120 }, (_, index) => `m${index + 1}`);
    expect(await read(lastArchived(session, { archive: room }, count, tools))).toEqual(all.slice(-count));
  });
});

describe('an archive that lies', () => {
  test('with results of others, of other queries and unasked ones adds nothing', async () => {
    const session = fakeSession((iq) => {
      const { queryId } = asked(iq);
      const forged = [
        resultOf(queryId, 'f1', 'mallory@example.org'),
        resultOf(queryId, 'f2', `${room.bare}/mallory`),
        resultOf('another', 'f3'),
      ];
      return forged.join('') + resultOf(queryId, 'm1') + finOf(iq, ['m1'], true);
    });
    expect(await read(archived(session, { archive: room }, {}, tools))).toEqual(['m1']);
  });

  test.each([
    ['empty pages for ever', () => [] as string[]],
    ['the same page for ever', () => ['m1', 'm2']],
  ])('with %s is read only once more', async (_what, page) => {
    const session = fakeSession((iq) => {
      const { queryId } = asked(iq);
      const ids = page();
      return ids.map((id) => resultOf(queryId, id)).join('') + finOf(iq, ids, false);
    });
    const seen = await read(archived(session, { archive: room }, {}, tools));
    expect(seen).toEqual(page());
    expect(session.sent.length).toBeLessThanOrEqual(2);
    const last = await read(lastArchived(session, { archive: room }, 7, tools));
    expect(last.length).toBeLessThanOrEqual(7);
  });

  test('with more than was asked for broke the protocol, and nothing of it is kept', async () => {
    const session = fakeSession((iq) => {
      const { queryId } = asked(iq);
      return Array.from({ length: 60 }, (_, index) => resultOf(queryId, `m${index}`)).join('') + finOf(iq, ['x'], true);
    });
    await expect(read(archived(session, { archive: room }, {}, tools))).rejects.toMatchObject({ kind: 'protocol' });
  });

  test('whose answer says nothing of the page broke the protocol', async () => {
    const session = fakeSession((iq) => `<iq type='result' id='${iq.attrs.id}' from='${room.bare}'/>`);
    await expect(read(archived(session, { archive: room }, {}, tools))).rejects.toMatchObject({ kind: 'protocol' });
  });

  test('that refuses ends with what it says', async () => {
    const session = fakeSession(
      (iq) =>
        `<iq type='error' id='${iq.attrs.id}' from='${room.bare}'><error type='auth'><forbidden xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>`,
    );
    const pages = archivePages(session, { archive: room }, {}, { ...tools, refusals: { what: 'the room refuses' } });
    await expect(pages.next()).rejects.toMatchObject({
      kind: 'noperm',
      message: expect.stringContaining('the room refuses'),
    });
  });
});
