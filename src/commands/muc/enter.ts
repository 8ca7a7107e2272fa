/** Entering a room for a short time: looked up first, created only where that is wanted. */
import { XmppctlError } from '../../errors.ts';
import { giveUpRoom, type Joined, joinRoom, leaveRoom, lookUpRoom, noSuchRoom } from '../../session/occupancy.ts';
import type { Session } from '../../session/types.ts';
import type { Jid } from '../../xmpp/jid.ts';
import { noHistory } from '../../xmpp/xep0045-muc.ts';
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
