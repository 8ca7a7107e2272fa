/** Who wrote what in a room: a nickname is somebody only for as long as they stay (CASES 39). */
import type { OccupantChange, RoomMessage } from '../../listen/room-state.ts';
import { Origins, type Verdict } from '../origins.ts';

/** So many nicknames are remembered whose bearers have changed. */
const mostNicks = 10_000;

/** Whose a nickname is now. */
interface Bearer {
  /** The number of the change since which it is theirs. */
  readonly since: number;
  /** Their real address, where the room shows it. */
  readonly jid: string | null;
}

interface Author {
  readonly nick: string | null;
  /** What they keep under all names, by the room's own word: an id (XEP-0421), or the real address. */
  readonly person: string | null;
  /** The number of the change since which the nickname is theirs; null: nobody knows. */
  readonly stay: number | null;
}

export class RoomAuthors {
  readonly #byId = new Origins<Author>();
  readonly #byArchiveId = new Origins<Author>();
  /** The room gives messages ids. */
  #givesIds = false;
  readonly #bearers = new Map<string, Bearer>();
  #changes = 0;
  /** What counts for nicknames that are not remembered: the last change that was forgotten. */
  #forgotten = 0;

  /** Somebody came, went, or is called something else. */
  note({ change, nick, newNick, presence }: OccupantChange): void {
    if (change === 'role' || change === 'affiliation') return;
    this.#changes += 1;
    const jid = presence.jid?.bare ?? null;
    this.#set(nick, change === 'joined' ? jid : null);
    if (newNick !== null) this.#set(newNick, jid);
    for (const [oldest, { since }] of this.#bearers) {
      if (this.#bearers.size <= mostNicks) return;
      this.#bearers.delete(oldest);
      this.#forgotten = since;
    }
  }

  #set(nick: string, jid: string | null): void {
    this.#bearers.delete(nick);
    this.#bearers.set(nick, { since: this.#changes, jid });
  }

  /** Whether whoever says `event` wrote the message that its correction names: by the id that its author gave it. */
  corrected(event: RoomMessage, id: string): Verdict {
    if (id === event.message.attrs.id || this.#byId.isCorrection(id)) return 'rejected';
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
  remember(event: RoomMessage, isCorrection: boolean): void {
    const author = this.#authorOf(event);
    this.#byId.remember(event.message.attrs.id, author, isCorrection);
    this.#byArchiveId.remember(event.archiveId ?? undefined, author, isCorrection);
    this.#givesIds ||= event.archiveId !== null;
  }

  #compare(known: Author | undefined, event: RoomMessage): Verdict {
    if (known === undefined) return 'unknown';
    const { nick, person, stay } = this.#authorOf(event);
    if (known.person !== null && person !== null) return known.person === person ? 'accepted' : 'rejected';
    if (known.nick !== nick) return 'rejected';
    if (known.stay === null || stay === null) return 'unknown';
    return known.stay === stay ? 'accepted' : 'rejected';
  }

  #authorOf({ occupantId, nick, source, time }: RoomMessage): Author {
    // What was said before does not tell who came and went in between.
    if (source === 'archive' || time !== null) return { nick, person: idOf(occupantId), stay: null };
    const { since, jid } = this.#bearers.get(nick ?? '') ?? { since: this.#forgotten, jid: null };
    return { nick, person: idOf(occupantId) ?? (jid === null ? null : `jid ${jid}`), stay: since };
  }
}

const idOf = (occupantId: string | null): string | null => (occupantId === null ? null : `id ${occupantId}`);
