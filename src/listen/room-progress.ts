/** How far a durable listener has come in its rooms: of each the last message of an unbroken run that was accepted. */
import type { Cursor } from '../account/cursor-file.ts';
import { Progress } from './progress.ts';
import type { RoomMemory } from './room-past.ts';

/** What of an event says where it stands. */
export interface InRoom {
  readonly room?: unknown;
  /** `groupchat` for what is in the room's archive. */
  readonly type?: unknown;
  /** The archive's id of the message. */
  readonly stanzaId?: unknown;
  readonly time: string;
  /** We are in. */
  readonly self?: unknown;
}

export class RoomProgress {
  readonly #cursor: Cursor | undefined;
  readonly #rooms = new Map<string, Progress>();

  constructor(cursor: Cursor | undefined) {
    this.#cursor = cursor;
  }

  /** Where the rooms are to be taken up, by their bare JIDs. */
  memories(): Map<string, RoomMemory> {
    const rooms = this.#cursor?.rooms ?? new Map();
    return new Map(
      [...rooms].map(([room, { id, time }]) => [
        room,
        { archiveId: id ?? undefined, time: new Date(time), isOfCursor: true },
      ]),
    );
  }

  /** The next event; call what is returned when it has been accepted. */
  begin({ room, type, stanzaId, time, self }: InRoom): () => void {
    const cursor = this.#cursor;
    if (!cursor || typeof room !== 'string') return () => {};
    // Where nothing is said at first, what is said later is missed from then on.
    const isFirst = self === true && !cursor.rooms.has(room) && !this.#rooms.has(room);
    const id = type === 'groupchat' && typeof stanzaId === 'string' ? stanzaId : null;
    if (id === null && !isFirst) return () => {};
    const progress = this.#rooms.get(room) ?? new Progress(undefined, (place) => cursor.saveRoom(room, place));
    this.#rooms.set(room, progress);
    return progress.begin({ id, time });
  }
}
