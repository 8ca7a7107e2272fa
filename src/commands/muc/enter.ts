/** Entering a room for a short time: looked up first, created only where that is wanted. */
import { XmppctlError } from '../../errors.ts';
import { giveUpRoom, type Joined, joinRoom, leaveRoom, lookUpRoom, noSuchRoom } from '../../session/occupancy.ts';
import type { Session } from '../../session/types.ts';
import type { Jid } from '../../xmpp/jid.ts';
import { nickOf, noHistory, type OccupantPresence, readOccupant } from '../../xmpp/xep0045-muc.ts';
import type { Context } from '../context.ts';
import { type EntryArgs, nickFor, timeLeft } from './room-args.ts';
import { configField, configName, configure, passwordSettings, type Settings } from './room-config.ts';

/** How a command goes into rooms. */
export interface Entry {
  readonly nick: string;
  readonly nickFallback: boolean;
  readonly password: string | undefined;
  /** Create the room if there is none. */
  readonly create: boolean;
}

export const entryFor = async (args: EntryArgs, password: string | undefined, ctx: Context): Promise<Entry> => ({
  nick: await nickFor(args, ctx),
  nickFallback: args.nickFallback,
  password,
  create: false,
});

/** Joins without history. Throws as SPEC 6 says. */
export async function enterRoom(session: Session, room: Jid, entry: Entry, ctx: Context): Promise<Joined> {
  if ((await lookUpRoom(session, room)) === null) {
    if (!entry.create) throw noSuchRoom(room);
    const wanted = passwordSettings(entry.password);
    return await createRoom(session, room, entry, wanted, ctx);
  }
  return await join(session, room, entry, ctx);
}

const join = (session: Session, room: Jid, entry: Entry, ctx: Context): Promise<Joined> =>
  joinRoom(session, { ...entry, room, history: noHistory, within: timeLeft(ctx), randomId: ctx.randomId });

/**
 * Creates a room that stays when we leave, and stays in it. Throws conflict if there is one already. Whatever goes wrong
 * after the room came into being takes it away again.
 */
export async function createRoom(
  session: Session,
  room: Jid,
  entry: Entry,
  wanted: Settings,
  ctx: Context,
): Promise<Joined> {
  const joined = await join(session, room, { ...entry, create: true }, ctx);
  if (!joined.created) {
    await leaveRoom(session, joined.occupant);
    throw new XmppctlError('conflict', `the room ${room.bare} exists already`);
  }
  try {
    const form = await configure(session, room, wanted, stays);
    if (configField(form, 'persistentroom')) return joined;
    throw new XmppctlError('unavailable', `${room.domain} keeps no room that nobody is in`);
  } catch (error) {
    await giveUpRoom(session, joined.occupant);
    throw error;
  }
}

/** Else the room would be gone when we leave it at the end of the command. */
const stays: Settings = new Map([[configName('persistentroom'), ['1']]]);

/** In the room for as long as `work` takes. */
export async function visitRoom<T>(
  session: Session,
  room: Jid,
  entry: Entry,
  ctx: Context,
  work: (joined: Joined) => Promise<T>,
): Promise<T> {
  const joined = await enterRoom(session, room, entry, ctx);
  try {
    return await work(joined);
  } finally {
    await leaveRoom(session, joined.occupant).catch(() => {});
  }
}

/** More than any room has; a room that sends more before it lets us in does not mean well. */
const mostOccupants = 100_000;

/** Who is there, as the room tells it to somebody who comes in; to be called before that. */
export interface Roll<T> {
  /** By nick. */
  readonly present: ReadonlyMap<string, T>;
  /** No more. Throws kind protocol if the room sent too many. */
  close(): Promise<void>;
}

export function callRoll<T>(session: Session, room: Jid, read: (presence: OccupantPresence) => T): Roll<T> {
  const present = new Map<string, T>();
  const presences = session.expect((stanza) => {
    const presence = readOccupant(stanza, room);
    if (presence?.present) present.set(nickOf(presence.occupant), read(presence));
    else if (presence) present.delete(nickOf(presence.occupant));
    if (present.size <= mostOccupants) return undefined;
    throw new XmppctlError('protocol', `${room.bare} has more than ${mostOccupants} occupants`);
  });
  return {
    present,
    async close() {
      presences.cancel();
      await presences.within(0);
    },
  };
}
