/** What a listener makes of archives and connections that are not as they should be (CASES J). */
import { describe, expect, test } from 'vitest';
import type { Position } from '../../src/account/cursor-file.ts';
import { XmppctlError } from '../../src/errors.ts';
import { incoming } from '../../src/listen/incoming.ts';
import type { Incoming, Plan, Tools } from '../../src/listen/plan.ts';
import type { Element } from '../../src/xmpp/xml.ts';
import { type FakeSession, fakeSession } from '../support/fake-session.ts';

const account = 'alice@example.org';
const start: Position = { id: 'm0', time: '2026-11-22T08:00:00.000Z' };

const archived = (queryId: string | undefined, id: string) =>
  `<message from='${account}'><result xmlns='urn:xmpp:mam:2' queryid='${queryId}' id='${id}'><forwarded xmlns='urn:xmpp:forward:0'>` +
  `<delay xmlns='urn:xmpp:delay' stamp='2026-11-22T08:01:00Z'/>` +
  `<message xmlns='jabber:client' from='bob@example.org/x'><body>${id}</body></message></forwarded></result></message>`;
const live = (id: string) =>
  `<message from='bob@example.org/x'><body>${id}</body><stanza-id xmlns='urn:xmpp:sid:0' id='${id}' by='${account}'/></message>`;

interface PageOf {
  ids: readonly string[];
  attrs?: string;
}

/** An archive that answers with these pages, one after the other, and then is empty; it notes what it was asked after. */
function archive(pages: readonly PageOf[], asked: string[] = []): FakeSession {
  const left = [...pages];
  return fakeSession((iq: Element) => {
    const query = iq.getChild('query', 'urn:xmpp:mam:2');
    if (!query) return undefined;
    asked.push(query.getChild('set', 'http://jabber.org/protocol/rsm')?.getChildText('after') ?? '');
    const { ids, attrs = "complete='true'" } = left.shift() ?? { ids: [] };
    const set = ids.length === 0 ? '' : `<first>${ids[0]}</first><last>${ids.at(-1)}</last>`;
    return (
      ids.map((id) => archived(query.attrs.queryid, id)).join('') +
      `<iq type='result' id='${iq.attrs.id}'><fin xmlns='urn:xmpp:mam:2' ${attrs}><set xmlns='http://jabber.org/protocol/rsm'>${set}</set></fin></iq>`
    );
  }, `${account}/here`);
}

interface Heard {
  /** Ids of messages and what happened, in order. */
  told: string[];
  saved: (string | null)[];
  pauses: number[];
}

/** Listens on these sessions, one after the other, accepts all, and ends when `enough` has been told. */
async function listen(
  sessions: readonly FakeSession[],
  enough: string,
  more: Partial<Plan<never>> = {},
): Promise<Heard> {
  const heard: Heard = { told: [], saved: [], pauses: [] };
  const over = new AbortController();
  const left = [...sessions];
  const plan: Plan<never> = {
    position: start,
    since: undefined,
    reconnect: true,
    once: false,
    heartbeatMs: undefined,
    answerMs: () => 10_000,
    probeMs: 2 ** 30,
    over: over.signal,
    dealtWith: async () => {},
    arrive: async () => {},
    advance: ({ id }) => heard.saved.push(id),
    liveOnly: () => heard.told.push('live only'),
    ...more,
  };
  const tools: Tools = {
    connect: async () => {
      const session = left.shift();
      if (session) return session;
      throw new XmppctlError('tempfail', 'refused');
    },
    randomId: () => `q${Math.random()}`,
    now: () => new Date('2026-11-22T09:00:00Z'),
    after: async (ms, signal) => {
      if (ms >= 2 ** 30) return await new Promise((resolve) => signal?.addEventListener('abort', () => resolve()));
      heard.pauses.push(ms);
    },
  };
  for await (const item of incoming(plan, tools)) {
    heard.told.push(nameOf(item));
    if (item.kind === 'stanza' || item.kind === 'archived') item.accepted();
    if (nameOf(item) === enough) break;
  }
  over.abort();
  return heard;
}

function nameOf(item: Incoming<never>): string {
  if (item.kind === 'archived') return item.message.id;
  if (item.kind === 'stanza') return `${item.told ? 'told: ' : ''}${item.stanza.getChildText('body')}`;
  return item.kind === 'connection' ? item.state : item.kind;
}

const messages = ({ told }: Heard) => told.filter((name) => /^m\d/.test(name));

describe('an archive', () => {
  test('gives what came since the position, once, also if it came live meanwhile', async () => {
    const session = archive([{ ids: ['m1', 'm2'], attrs: '' }, { ids: ['m3'] }]);
    const hearing = listen([session], 'm4');
    setImmediate(() => session.say(live('m3') + live('m4')));
    const heard = await hearing;
    expect(messages(heard)).toEqual(['m1', 'm2', 'm3', 'm4']);
    expect(heard.told).toContain('told: m3');
    expect(heard.saved).toEqual(['m1', 'm2', 'm3', 'm4']);
  });

  test('that is not sure of its order is read again from there, and nothing is told twice', async () => {
    const asked: string[] = [];
    const session = archive(
      [
        { ids: ['m1'], attrs: '' },
        { ids: ['m3'], attrs: "complete='true' stable='false'" },
        { ids: ['m2', 'm3'], attrs: "complete='true'" },
      ],
      asked,
    );
    const heard = await listen([session], 'caught-up');
    expect(asked).toEqual(['m0', 'm1', 'm1']);
    expect(messages(heard)).toEqual(['m1', 'm3', 'm2']);
    expect(heard.saved).toEqual(['m1', 'm2', 'm3']);
    expect(heard.pauses).toEqual([2000]);
  });

  test('that never gets sure is not asked for ever, and the cursor stays where it was sure', async () => {
    const unsure = { ids: ['m2', 'm3'], attrs: "complete='true' stable='false'" };
    const session = archive([{ ids: ['m1'], attrs: '' }, unsure, unsure, unsure, unsure, unsure]);
    const hearing = listen([session], 'm4');
    setTimeout(() => session.say(live('m4')), 50);
    const heard = await hearing;
    expect(messages(heard)).toEqual(['m1', 'm2', 'm3', 'm4']);
    expect(heard.saved).toEqual(['m1']);
  });

  test('that no longer knows the position: a gap, and what came since its time', async () => {
    const after = archive([{ ids: ['m7'] }]);
    const unknown = fakeSession((iq) => {
      const { queryid } = iq.getChild('query', 'urn:xmpp:mam:2')?.attrs ?? {};
      if (queryid === undefined) return undefined;
      if (iq.toString().includes('<after>')) {
        return `<iq type='error' id='${iq.attrs.id}'><error type='cancel'><item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>`;
      }
      expect(iq.toString()).toContain(start.time);
      return `${archived(queryid, 'm7')}<iq type='result' id='${iq.attrs.id}'><fin xmlns='urn:xmpp:mam:2' complete='true'/></iq>`;
    }, `${account}/here`);
    expect((await listen([unknown], 'caught-up')).told).toEqual(['online', 'catching-up', 'gap', 'm7', 'caught-up']);
    expect((await listen([after], 'caught-up')).told).not.toContain('gap');
  });
});

describe('a connection', () => {
  test('that breaks: the next one takes up the archive where the last was accepted, with growing pauses', async () => {
    const asked: string[] = [];
    const first = archive([{ ids: ['m1'] }]);
    const second = archive([{ ids: ['m2'] }], asked);
    const hearing = listen([first, second], 'm2');
    setTimeout(() => first.end(new XmppctlError('tempfail', 'the server closed the connection')), 20);
    const heard = await hearing;
    expect(heard.told).toEqual(['online', 'catching-up', 'm1', 'caught-up', 'lost', 'online', 'catching-up', 'm2']);
    expect(asked).toEqual(['m1']);
  });

  test('that breaks in a room: a message that nobody was told of yet is read again, and holds up nothing', async () => {
    const first = archive([{ ids: ['m1'] }]);
    const second = archive([{ ids: ['m2', 'm3'] }]);
    let connections = 0;
    const rooms = {
      includes: () => false,
      async *events(): AsyncGenerator<never> {
        connections += 1;
        if (connections > 1) return await new Promise<never>(() => {});
        first.say(live('m2'));
        throw new XmppctlError('tempfail', 'the server closed the connection');
      },
    };
    const heard = await listen([first, second], 'm3', { enterRooms: async () => rooms });
    expect(messages(heard)).toEqual(['m1', 'm2', 'm3']);
    expect(heard.saved).toEqual(['m1', 'm2', 'm3']);
  });

  test('that another session replaced is the end', async () => {
    const session = archive([]);
    const hearing = listen([session], 'never');
    setTimeout(() => session.end(new XmppctlError('conflict', 'replaced', { condition: 'conflict' })), 20);
    await expect(hearing).rejects.toMatchObject({ kind: 'conflict' });
  });

  test('to a server that finds it too much is made again three times a minute at most (CASES 82)', async () => {
    const sessions = [archive([]), archive([]), archive([])];
    const hearing = listen(sessions, 'm9');
    const enough = new XmppctlError('tempfail', 'enough', { condition: 'policy-violation' });
    for (const [index, session] of sessions.slice(0, 2).entries())
      setTimeout(() => session.end(enough), 20 + 20 * index);
    setTimeout(() => sessions[2]?.say(live('m9')), 80);
    const { pauses } = await hearing;
    expect(pauses).toHaveLength(2);
    for (const pause of pauses) expect(pause).toBeGreaterThanOrEqual(20_000);
  });
});

test('without an archive the start is live only, and a lost connection is a gap (CASES 91)', async () => {
  const refuses = () =>
    fakeSession(
      (iq) =>
        iq.is('iq')
          ? `<iq type='error' id='${iq.attrs.id}'><error type='cancel'><service-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>`
          : undefined,
      `${account}/here`,
    );
  const [first, second] = [refuses(), refuses()];
  const hearing = listen([first, second], 'm1', { position: undefined });
  setTimeout(() => first.end(new XmppctlError('tempfail', 'broken')), 20);
  setTimeout(() => second.say(live('m1')), 60);
  const heard = await hearing;
  expect(heard.told).toEqual(['online', 'live only', 'lost', 'online', 'gap', 'live only', 'm1']);
});
