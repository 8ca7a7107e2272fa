/** Who wrote what in a room: a nickname is somebody only for as long as they stay (CASES 39). */
import type { OccupantChange, RoomMessage } from '../../listen/room-state.ts';
import { Origins, type Verdict } from '../origins.ts';

/** So many nicknames are remembered whose bearers have changed. */
const mostNicks = 10_000;

interface Author {
  readonly nick: string | null;
  readonly occupantId: string | null;
  /** The number of the change since which the nickname is theirs; null: nobody knows. */
  readonly stay: number | null;
}

export class RoomAuthors {
  readonly #byId = new Origins<Author>();
  readonly #byArchiveId = new Origins<Author>();
  /** The room gives messages ids. */
  #givesIds = false;
  /** By nick: the number of the change since which its bearer is the same. */
  readonly #since = new Map<string, number>();
  #changes = 0;
  /** What counts for nicknames that are not remembered: the last change that was forgotten. */
  #forgotten = 0;

  /** Somebody came, went, or is called something else. */
  note({ change, nick, newNick }: OccupantChange): void {
    if (change === 'role' || change === 'affiliation') return;
    for (const changed of [nick, newNick]) {
      if (changed === null) continue;
      this.#since.delete(changed);
      this.#since.set(changed, ++this.#changes);
    }
    for (const [oldest, since] of this.#since) {
      if (this.#since.size <= mostNicks) return;
      this.#since.delete(oldest);
      this.#forgotten = since;
    }
  }

  /** Whether whoever says `event` wrote the message that its correction names: by the id that its author gave it. */
  corrected(event: RoomMessage, id: string): Verdict {
    return this.#compare(this.#byId.authorOf(id), event);
  }

  /**
   * Whether whoever says `event` wrote the message that its retraction names: by the id that the room gave it, if it gives
   * any (XEP-0424). The room itself may take back everything (XEP-0425).
   */
  retracted(event: RoomMessage, id: string): Verdict {
    if (event.nick === null) return 'accepted';
    return this.#compare((this.#givesIds ? this.#byArchiveId : this.#byId).authorOf(id), event);
  }

  /** Somebody said something. */
  remember(event: RoomMessage): void {
    const author = this.#authorOf(event);
    this.#byId.remember(event.message.attrs.id, author);
    this.#byArchiveId.remember(event.archiveId ?? undefined, author);
    this.#givesIds ||= event.archiveId !== null;
  }

  #compare(known: Author | undefined, event: RoomMessage): Verdict {
    if (known === undefined) return 'unknown';
    const { nick, occupantId, stay } = this.#authorOf(event);
    if (known.occupantId !== null && occupantId !== null) {
      return known.occupantId === occupantId ? 'accepted' : 'rejected';
    }
    if (known.nick !== nick) return 'rejected';
    if (known.stay === null || stay === null) return 'unknown';
    return known.stay === stay ? 'accepted' : 'rejected';
  }

  #authorOf({ occupantId, nick, source, time }: RoomMessage): Author {
    // What was said before does not tell who came and went in between.
    const isPast = source === 'archive' || time !== null;
    return { nick, occupantId, stay: isPast ? null : (this.#since.get(nick ?? '') ?? this.#forgotten) };
  }
}
