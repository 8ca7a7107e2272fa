/** Staying in a room, with a clock of our own: pauses, patience, and going on with another session. */
import { describe, expect, test } from 'vitest';
import { type RoomTools, type RoomWish, roomEvents } from '../../src/listen/room.ts';
import type { RoomEvent } from '../../src/listen/room-state.ts';
import { parseJid } from '../../src/xmpp/jid.ts';
import { localizedText } from '../../src/xmpp/message.ts';
import { noHistory } from '../../src/xmpp/xep0045-muc.ts';
import type { Element } from '../../src/xmpp/xml.ts';
import { type FakeSession, fakeSession } from '../support/fake-session.ts';
import { mam, presence, room, said, self, subject } from '../support/room-script.ts';

const lost = presence('alice', { gone: true, codes: [110, 332] });

/** A clock whose pauses take no time, but for those longer than a minute. */
function tools(): RoomTools & { pauses: number[]; said: string[] } {
  const pauses: number[] = [];
  const lines: string[] = [];
  let id = 0;
  return {
    pauses,
    said: lines,
    clock: {
      now: () => new Date('2026-11-22T08:00:00Z'),
      after: async (ms) => {
        if (ms > 60_000) await new Promise<void>(() => {});
        pauses.push(ms);
        await new Promise<void>((resolve) => setImmediate(resolve));
      },
    },
    randomId: () => `id${++id}`,
    timeout: () => 5000,
    verbose: (line) => lines.push(line),
    warn: (line) => lines.push(line),
  };
}

const wish = (more: Partial<RoomWish> = {}): RoomWish => ({
  room: parseJid(room),
  nick: 'alice',
  nickFallback: false,
  password: undefined,
  past: noHistory,
  memory: {},
  pingAfter: 300_000,
  ...more,
});

interface Server {
  features?: readonly string[];
  joined(times: number, presence: Element): string;
  archive?(after: string | undefined, start: string | undefined): string;
}

function serves({ features = [], joined, archive }: Server): FakeSession & { joins: Element[] } {
  const joins: Element[] = [];
  const session = fakeSession((stanza) => {
    const { to, id, type } = stanza.attrs;
    if (stanza.getName() === 'presence') {
      if (type === 'unavailable') return undefined;
      joins.push(stanza);
      return joined(joins.length, stanza);
    }
    const query = stanza.getChild('query', mam);
    const result = (inner: string) => `<iq type='result' id='${id}' from='${to}'>${inner}</iq>`;
    if (query && archive) {
      const start = query
        .getChild('x', 'jabber:x:data')
        ?.getChildren('field')
        .find(({ attrs }) => attrs.var === 'start');
      const after = query.getChild('set', 'http://jabber.org/protocol/rsm')?.getChildText('after') ?? undefined;
      const messages = archive(after, start?.getChildText('value') ?? undefined);
      return messages.replaceAll('QUERY', query.attrs.queryid ?? '') + result(`<fin xmlns='${mam}' complete='true'/>`);
    }
    const vars = ['http://jabber.org/protocol/muc', ...features].map((name) => `<feature var='${name}'/>`).join('');
    return result(
      `<query xmlns='http://jabber.org/protocol/disco#info'><identity category='conference' type='text'/>${vars}</query>`,
    );
  });
  return Object.assign(session, { joins });
}

/** Bodies of messages, changes of occupants, until the stream ends or `count` of them came. */
async function hear(events: AsyncIterable<RoomEvent>, count = Number.POSITIVE_INFINITY): Promise<string[]> {
  const heard: string[] = [];
  for await (const event of events) {
    if (event.kind === 'message') heard.push(localizedText(event.message, 'body') ?? '');
    if (event.kind === 'occupant') heard.push(`${event.nick} ${event.change}`);
    if (heard.length >= count) break;
  }
  return heard;
}

const refused = (join: Element, condition: string) =>
  `<presence type='error' from='${room}/alice' id='${join.attrs.id}'><error type='wait'><${condition} xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></presence>`;

describe('a room that went down', () => {
  test('is tried again with growing pauses, for as long as it may come back', async () => {
    const session = serves({
      joined: (times, join) => {
        if (times === 1) return self() + lost;
        return times < 9 ? refused(join, 'service-unavailable') : self() + subject() + said('bob', 'back');
      },
    });
    const own = tools();
    expect(await hear(roomEvents(session, wish(), own), 4)).toEqual([
      'alice joined',
      'alice left',
      'alice joined',
      'back',
    ]);
    expect(own.pauses).toHaveLength(8);
    own.pauses.forEach((pause, index) => {
      const full = Math.min(1000 * 2 ** index, 60_000);
      expect(pause).toBeGreaterThanOrEqual(full / 2);
      expect(pause).toBeLessThanOrEqual(full);
    });
  });

  test.each([
    ['item-not-found', 'nouser', 6],
    ['conflict', 'conflict', 6],
    ['forbidden', 'noperm', 2],
  ])('and says %s from then on is given up', async (condition, kind, joins) => {
    const session = serves({
      joined: (times, join) => (times === 1 ? self() + lost : refused(join, condition)),
    });
    await expect(hear(roomEvents(session, wish(), tools()))).rejects.toMatchObject({ kind });
    expect(session.joins).toHaveLength(joins);
  });

  test('and has no archive tells again what was heard, which is passed over', async () => {
    const old = (body: string) => said('bob', body, { id: body, stamp: '2026-11-22T07:59:00Z' });
    const session = serves({
      joined: (times) =>
        times === 1
          ? self() + subject() + said('bob', 'one', { id: 'one' }) + lost
          : self() + old('one') + old('two') + subject() + said('bob', 'three'),
    });
    const heard = await hear(roomEvents(session, wish(), tools()), 6);
    expect(heard).toEqual(['alice joined', 'one', 'alice left', 'alice joined', 'two', 'three']);
    const history = session.joins[1]?.getChild('x')?.getChild('history');
    expect(history?.attrs.since).toBe('2026-11-22T08:00:00.000Z');
  });

  test('is not waited for when the session is over', async () => {
    const session = serves({ joined: () => self() + lost });
    const own = tools();
    own.clock.after = async (ms) => {
      if (ms < 60_000) session.end();
      await new Promise<void>(() => {});
    };
    expect(await hear(roomEvents(session, wish(), own))).toEqual(['alice joined', 'alice left']);
    expect(session.joins).toHaveLength(1);
  });
});

describe('another session', () => {
  const archived = (id: string, body: string) =>
    `<message from='${room}'><result xmlns='${mam}' queryid='QUERY' id='${id}'><forwarded xmlns='urn:xmpp:forward:0'>${said('bob', body).replace('<message', "<message xmlns='jabber:client'")}</forwarded></result></message>`;

  test('goes on in the archive where the one before ended', async () => {
    const memory = {};
    const first = serves({
      features: [mam],
      joined: () => self() + subject() + said('bob', 'one', { stanzaId: 'a1' }),
    });
    expect(await hear(roomEvents(first, wish({ memory }), tools()), 2)).toEqual(['alice joined', 'one']);
    const asked: (string | undefined)[] = [];
    const second = serves({
      features: [mam],
      joined: () => self() + subject() + said('bob', 'three', { stanzaId: 'a3' }),
      archive: (after) => {
        asked.push(after);
        return archived('a2', 'two') + archived('a3', 'three');
      },
    });
    const heard = await hear(roomEvents(second, wish({ memory }), tools()), 3);
    expect(heard).toEqual(['alice joined', 'two', 'three']);
    expect(asked).toEqual(['a1']);
  });

  test('begins at the time of the last message if the archive has forgotten it', async () => {
    const asked: (string | undefined)[][] = [];
    const session = fakeSessionThatForgets(asked);
    const memory = { archiveId: 'gone', time: new Date('2026-11-22T07:00:00Z') };
    expect(await hear(roomEvents(session, wish({ memory }), tools()), 2)).toEqual(['alice joined', 'two']);
    expect(asked).toEqual([
      ['gone', undefined],
      [undefined, '2026-11-22T07:00:00.000Z'],
    ]);
  });

  function fakeSessionThatForgets(asked: (string | undefined)[][]): FakeSession {
    const good = serves({
      features: [mam],
      joined: () => self() + subject(),
      archive: (after, start) => {
        asked.push([after, start]);
        return archived('a2', 'two');
      },
    });
    const { request } = good;
    return Object.assign(good, {
      async request(iq: Element, refusals?: Parameters<FakeSession['request']>[1]) {
        const answer = await request(iq, refusals);
        if (asked.length !== 1 || asked[0]?.[0] !== 'gone' || !iq.getChild('query', mam)) return answer;
        const { XmppctlError } = await import('../../src/errors.ts');
        throw new XmppctlError('nouser', 'forgotten', { condition: 'item-not-found' });
      },
    });
  }
});

test('a nick that the room changes is the one that is pinged', async () => {
  const pinged: (string | undefined)[] = [];
  const session = serves({
    joined: () =>
      presence('Alice', { codes: [110, 210] }) +
      presence('Alice', { gone: true, codes: [110, 303], newNick: 'alice b' }) +
      presence('alice b', { codes: [110] }),
  });
  const { request } = session;
  Object.assign(session, {
    request: (iq: Element, refusals?: Parameters<FakeSession['request']>[1]) => {
      if (iq.getChild('ping')) {
        pinged.push(iq.attrs.to);
        session.say(said('bob', 'end'));
      }
      return request(iq, refusals);
    },
  });
  const heard = await hear(roomEvents(session, wish({ pingAfter: 50_000 }), tools()), 3);
  expect(heard).toEqual(['Alice joined', 'Alice nick', 'end']);
  expect(new Set(pinged)).toEqual(new Set([`${room}/alice b`]));
});
