/** What was said in a room before we came: from its archive (XEP-0313). */
import { XmppctlError } from '../errors.ts';
import type { Session } from '../session/types.ts';
import type { Jid } from '../xmpp/jid.ts';
import { type RoomHistory, readSubject } from '../xmpp/xep0045-muc.ts';
import type { ArchivedMessage } from '../xmpp/xep0313-mam.ts';
import { archived, lastArchived } from './archive.ts';
import { type RoomEvent, readRoomMessage } from './room-state.ts';

/** What was heard last in a room; kept by the caller, so that another session can go on from there. */
export interface RoomMemory {
  /** The archive's id of the last message. */
  archiveId?: string | undefined;
  time?: Date | undefined;
  /** It is of an earlier run: in a room without an archive it says nothing of what the room will tell again. */
  isOfCursor?: boolean;
  /** What was said last, for rooms without an archive. */
  recent?: readonly string[];
}

export interface Missed {
  readonly room: Jid;
  readonly features: ReadonlySet<string>;
  readonly past: RoomHistory;
  /** Changed as messages are read. */
  readonly memory: RoomMemory;
  /** The archive's ids of what has come since we are in. */
  readonly present: ReadonlySet<string>;
}

export interface PastTools {
  randomId(): string;
  warn(line: string): void;
}

export const isNone = (past: RoomHistory): boolean => 'last' in past && past.last === 0;

/** What was said before we came, up to the first message that has come since (CASES 96). Changes the memory. */
export async function* missedEvents(
  session: Session,
  { room, features, past, memory, present }: Missed,
  tools: PastTools,
): AsyncGenerator<RoomEvent> {
  if (isNone(past)) return;
  try {
    for await (const item of askArchive(session, room, past, memory, tools)) {
      if (present.has(item.id)) return;
      memory.archiveId = item.id;
      memory.time = item.time ?? memory.time;
      yield* pastEvents(item, room, features);
    }
  } catch (error) {
    // The session is over; all else is the archive's own trouble, and the room is there without it.
    if (!(error instanceof XmppctlError) || (error.kind === 'tempfail' && error.condition === undefined)) throw error;
    tools.warn(`what was said in ${room.bare} before cannot be had: ${error.message}`);
  }
}

async function* askArchive(
  session: Session,
  room: Jid,
  past: RoomHistory,
  { archiveId }: RoomMemory,
  tools: PastTools,
): AsyncGenerator<ArchivedMessage> {
  const filter = { archive: room };
  if ('last' in past) return yield* lastArchived(session, filter, past.last, tools);
  try {
    return yield* archived(
      session,
      'since' in past && !archiveId ? { ...filter, start: past.since } : filter,
      { after: archiveId },
      tools,
    );
  } catch (error) {
    // An archive that has forgotten the message it is asked from is asked from its time on.
    if (!archiveId || !(error instanceof XmppctlError) || error.condition !== 'item-not-found') throw error;
  }
  yield* archived(session, { ...filter, start: past.since }, {}, tools);
}

/** A message of a room's archive as an event. */
export function pastEvents(
  { id, time, message }: ArchivedMessage,
  room: Jid,
  features: ReadonlySet<string>,
): RoomEvent[] {
  const subject = readSubject(message, room);
  if (subject) return [{ kind: 'subject', subject: subject.subject, nick: subject.nick || null, time, isOld: true }];
  return readRoomMessage(message, { room, features }, time, 'archive').map((event) => ({ ...event, archiveId: id }));
}
