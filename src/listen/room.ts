/** Staying in a room: in, what was missed, what comes; asked now and then whether we are still in; in again. */
import { XmppctlError } from '../errors.ts';
import { backOff } from '../session/back-off.ts';
import { joinRoom, leaveRoom, lookUpRoom, noSuchRoom, removalError } from '../session/occupancy.ts';
import { patientSession } from '../session/patient-session.ts';
import type { Session } from '../session/types.ts';
import { type Jid, readJid } from '../xmpp/jid.ts';
import { isMessage, localizedText } from '../xmpp/message.ts';
import { noHistory, type OccupantPresence, type RoomHistory } from '../xmpp/xep0045-muc.ts';
import { nsMam } from '../xmpp/xep0313-mam.ts';
import { readSelfPingError, selfPing } from '../xmpp/xep0410-self-ping.ts';
import type { Element } from '../xmpp/xml.ts';
import { Arrivals } from './arrivals.ts';
import { isNone, missedEvents, type RoomMemory } from './room-past.ts';
import { type RoomEvent, type RoomMessage, RoomState } from './room-state.ts';

export interface RoomWish {
  readonly room: Jid;
  readonly nick: string;
  readonly nickFallback: boolean;
  readonly password: string | undefined;
  /** What was said before; with `memory` from an earlier session, what came since then. */
  readonly past: RoomHistory;
  readonly memory: RoomMemory;
  /** After how many silent milliseconds the room is asked whether we are still in it. */
  readonly pingAfter: number;
}

export interface RoomTools {
  readonly clock: { now(): Date; after(ms: number, signal?: AbortSignal): Promise<void> };
  randomId(): string;
  /** Milliseconds that the room has to answer. */
  timeout(): number;
  verbose(line: string): void;
  warn(line: string): void;
}

/** A room that does not let us in just now, over a connection that works: another connection would not help. */
export class NotLetIn extends XmppctlError {}

/** So often a room may say that it is not there, or that our nick is taken, before that is believed. */
const patience = 5;
/** So many messages are remembered to recognise what a room without an archive tells again. */
const mostRecent = 50;

/**
 * The events of a room until the session ends. Throws as joining does, and what it means to be removed for good; a room
 * that was restarted (332) or that lost us (333, or the ping says so) is entered again.
 */
export async function* roomEvents(session: Session, wish: RoomWish, tools: RoomTools): AsyncGenerator<RoomEvent> {
  const { room } = wish;
  const asking = patientSession(session, tools.timeout);
  let state: RoomState | undefined;
  const arrivals = new Arrivals(
    session.stanzas((stanza) => {
      const events = state?.take(stanza);
      // A message that says nothing is dealt with all the same; of presences there are too many to wait in a queue.
      return events && (events.length > 0 || isMessageOf(stanza, room)) ? events : undefined;
    }),
    tools.clock,
  );
  let occupant: Jid | undefined;
  try {
    for (let isFirst = true; ; isFirst = false) {
      const enter = async (): Promise<Entered> => {
        const info = await lookUpRoom(asking, room);
        if (!info) throw noSuchRoom(room);
        const hasArchive = info.features.has(nsMam);
        if (wish.memory.isOfCursor && !hasArchive) wish.memory.time = undefined;
        wish.memory.isOfCursor = false;
        const past = wish.memory.time ? { since: wish.memory.time } : wish.past;
        state = new RoomState({ room, features: info.features, wantsHistory: !hasArchive && !isNone(past) });
        const joined = await joinRoom(session, {
          ...wish,
          history: hasArchive ? noHistory : past,
          within: tools.timeout(),
          randomId: tools.randomId,
        });
        return { state, presence: joined.presence, features: info.features, past: hasArchive ? past : noHistory };
      };
      const isKnown = wish.memory.time !== undefined;
      const entered =
        isFirst && !isKnown
          ? await enter().catch(refusalOn(session))
          : await enterAgain(session, enter, room, isFirst, arrivals, tools);
      if (!entered) return;
      occupant = entered.presence.occupant;
      tools.verbose(`in ${room.bare} as ${occupant.resource}`);
      yield selfJoined(entered);
      yield* missedEvents(asking, { ...wish, ...entered, present: entered.state.liveIds }, tools);
      wish.memory.time ??= tools.clock.now();
      const removal = yield* live(asking, entered, wish, arrivals, tools);
      if (removal === 'over') return;
      occupant = undefined;
      if (removal !== 'lost' && !mayReturn(removal)) throw removalError(removal, room);
      tools.warn(removal === 'lost' ? `${room.bare} has lost us` : removalError(removal, room).message);
    }
  } finally {
    if (occupant) await leaveRoom(session, occupant).catch(() => {});
    await arrivals.close();
  }
}

const refusalOn =
  (session: Session) =>
  (error: unknown): never => {
    if (session.over || !(error instanceof XmppctlError) || error.kind !== 'tempfail') throw error;
    throw new NotLetIn(error.kind, error.summary, error);
  };

const isMessageOf = (stanza: Element, room: Jid): boolean =>
  isMessage(stanza) && readJid(stanza.attrs.from)?.bare === room.bare;

interface Entered {
  readonly state: RoomState;
  readonly presence: OccupantPresence;
  readonly features: ReadonlySet<string>;
  /** What the archive is to be asked for. */
  readonly past: RoomHistory;
}

const selfJoined = ({ presence, state }: Entered): RoomEvent => ({
  kind: 'occupant',
  change: 'joined',
  nick: presence.occupant.resource ?? '',
  newNick: null,
  self: true,
  presence,
  occupantId: state.occupantId(presence.stanza),
});

/** Only a room that went down, or a connection between servers that broke, wants us back (CASES 95). */
const mayReturn = ({ codes, affiliation, destroyed }: OccupantPresence): boolean =>
  !destroyed && !codes.has(301) && affiliation !== 'outcast' && (codes.has(332) || codes.has(333));

/** Tries until the room lets us in, with growing pauses. Undefined when the session has ended. */
async function enterAgain(
  session: Session,
  enter: () => Promise<Entered>,
  room: Jid,
  atOnce: boolean,
  arrivals: Arrivals<RoomEvent[]>,
  tools: RoomTools,
): Promise<Entered | undefined> {
  const pauses = backOff();
  let refusals = 0;
  for (let pause = atOnce ? 0 : pauses.next().value; ; pause = pauses.next().value) {
    if (pause > 0 && (await arrivals.endsWithin(pause))) return undefined;
    try {
      return await enter();
    } catch (error) {
      if (!(error instanceof XmppctlError) || session.over) throw error;
      const isRefusal = error.kind === 'nouser' || error.kind === 'conflict';
      refusals = isRefusal ? refusals + 1 : 0;
      const isPassing = error.kind === 'tempfail' || error.kind === 'nohost' || isRefusal;
      if (!isPassing || refusals >= patience) throw error;
      tools.verbose(`not back in ${room.bare} yet: ${error.message}`);
    }
  }
}

/** What comes, until we are removed, or the room no longer knows us ('lost'), or the session is over. */
async function* live(
  session: Session,
  { presence: { occupant } }: Entered,
  { memory, pingAfter, room }: RoomWish,
  arrivals: Arrivals<RoomEvent[]>,
  tools: RoomTools,
): AsyncGenerator<RoomEvent, OccupantPresence | 'lost' | 'over'> {
  let own = occupant;
  for (;;) {
    const arrived = await arrivals.within(pingAfter);
    if (arrived === 'none') {
      const answer = await pingOurselves(session, own);
      if (answer === 'out') return 'lost';
      if (answer === 'unknown') tools.verbose(`${room.bare} does not answer`);
      continue;
    }
    if (arrived === 'over') return 'over';
    for (const event of arrived) {
      if (event.kind === 'message') {
        if (wasTold(memory, event)) continue;
        if (!event.private) remember(memory, event, tools.clock.now());
      }
      if (event.kind === 'occupant' && event.change === 'nick' && event.presence.occupant.full === own.full) {
        own = { ...own, resource: event.newNick ?? own.resource, full: `${own.bare}/${event.newNick}` };
      }
      yield event;
      if (event.kind === 'occupant' && event.self && !event.presence.present && event.change !== 'nick') {
        return event.presence;
      }
    }
  }
}

async function pingOurselves(session: Session, own: Jid): Promise<'in' | 'out' | 'unknown'> {
  try {
    await session.request(selfPing(own));
    return 'in';
  } catch (error) {
    return readSelfPingError(error instanceof XmppctlError ? error.condition : undefined);
  }
}

/** What an archive or a room tells of the past may have come live before. */
const wasTold = ({ archiveId, recent = [] }: RoomMemory, event: RoomMessage): boolean =>
  event.archiveId === null ? event.time !== null && recent.includes(keyOf(event)) : event.archiveId === archiveId;

function remember(memory: RoomMemory, event: RoomMessage, now: Date): void {
  memory.archiveId = event.archiveId ?? memory.archiveId;
  memory.time = event.time ?? now;
  memory.recent = [...(memory.recent ?? []), keyOf(event)].slice(-mostRecent);
}

const keyOf = ({ nick, message }: RoomMessage): string =>
  JSON.stringify([nick, message.attrs.id, localizedText(message, 'body')?.slice(0, 100)]);
