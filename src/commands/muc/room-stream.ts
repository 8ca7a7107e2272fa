/** What `muc join` and `listen --room` have in common: the rooms to be in, and their events as one stream. */
import { XmppctlError } from '../../errors.ts';
import { option, type Values } from '../../grammar/command.ts';
import { duration, integer, moment } from '../../grammar/values.ts';
import { merge } from '../../listen/merge.ts';
import { type RoomWish, roomEvents } from '../../listen/room.ts';
import type { RoomMemory } from '../../listen/room-past.ts';
import type { Session } from '../../session/types.ts';
import type { Jid } from '../../xmpp/jid.ts';
import { noHistory, type RoomHistory } from '../../xmpp/xep0045-muc.ts';
import type { Context } from '../context.ts';
import type { Event } from '../event-fields.ts';
import { warnOfForgeries } from '../forgeries.ts';
import type { Entry } from './enter.ts';
import { entryArgs } from './room-args.ts';
import { RoomAuthors } from './room-authors.ts';
import { eventsInRoom } from './room-events.ts';

const usualPingAfterMs = 300_000;
/** As long as a timer can be. */
const neverMs = 2 ** 31 - 1;

export const pastArgs = {
  history: option(integer(0, 1_000_000), 'first the last N messages of the room'),
  since: option(moment(), 'first what was said since then'),
  pingAfter: option(
    duration(),
    'how long a room may be silent before it is asked whether we are still in it; 0: never',
    {
      presetText: '5m',
    },
  ),
};
/** For `listen`, whose --since is about the account's own archive. */
export const listenRoomArgs = { history: pastArgs.history, pingAfter: pastArgs.pingAfter, ...entryArgs };
export type PastArgs = Values<typeof pastArgs>;

export function checkPast({ history, since }: Pick<PastArgs, 'history' | 'since'>): void {
  if (history === undefined || since === undefined) return;
  throw new XmppctlError('usage', '--history and --since cannot be given together');
}

export function pastFor({ history, since }: Pick<PastArgs, 'history' | 'since'>, ctx: Context): RoomHistory {
  if (since !== undefined) return { since: since(ctx.clock.now()) };
  return history === undefined ? noHistory : { last: history };
}

/**
 * The events of the rooms as they come. A room that is lost for good is reported and left out; when none is left, that is
 * the end: kind noperm if we were thrown out (CASES 95).
 */
export async function* streamRooms(
  session: Session,
  rooms: readonly Jid[],
  entry: Entry & {
    readonly past: RoomHistory;
    readonly pingAfter: number | undefined;
    /** How far each room has come, by its bare JID: for those who come again on another session. */
    readonly memories?: Map<string, RoomMemory>;
  },
  ctx: Context,
): AsyncGenerator<Event> {
  const pingAfter = entry.pingAfter === 0 ? neverMs : (entry.pingAfter ?? usualPingAfterMs);
  const tools = { ...ctx, clock: ctx.clock };
  const forged = warnOfForgeries(ctx);
  let staying = rooms.length;
  const stream = async function* (room: Jid): AsyncGenerator<Event> {
    const memory = entry.memories?.get(room.bare) ?? {};
    entry.memories?.set(room.bare, memory);
    const wish: RoomWish = { ...entry, room, memory, pingAfter };
    const authors = new RoomAuthors();
    let wasIn = false;
    try {
      for await (const event of roomEvents(session, wish, tools)) {
        if (!wasIn) await ctx.remember('room', [{ value: room.bare }]);
        wasIn = true;
        yield* eventsInRoom(event, room, { jid: session.jid, now: () => ctx.clock.now(), forged }, authors);
      }
    } catch (error) {
      staying -= 1;
      const isRoomsOwn = error instanceof XmppctlError && error.kind !== 'tempfail';
      if (!wasIn || !isRoomsOwn || staying === 0) throw error;
      ctx.warn(error.message);
    }
  };
  yield* merge(rooms.map(stream));
}
