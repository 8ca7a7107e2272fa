/** Who wrote what in a room: a nickname is somebody only for as long as they stay (CASES 39). */
import type { OccupantChange, RoomMessage } from '../../listen/room-state.ts';
import { readReplaced } from '../../xmpp/xep0308-correction.ts';
import { Origins } from '../origins.ts';

/** So many nicknames are remembered whose bearers have changed. */
const mostNicks = 10_000;

export class RoomAuthors {
  readonly #origins = new Origins();
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

  /** Whether the message is a correction by the author of what it corrects; null if it corrects nothing. */
  judge(event: RoomMessage): 'accepted' | 'rejected' | 'unknown' | null {
    const author = this.#authorOf(event);
    const replaced = readReplaced(event.message);
    const verdict = replaced === null ? null : this.#origins.check(replaced, author);
    this.#origins.remember(event.message.attrs.id, author);
    // An archive does not tell who came and went between two messages.
    const isVague = event.source === 'archive' && event.occupantId === null;
    return verdict === 'accepted' && isVague ? 'unknown' : verdict;
  }

  #authorOf({ occupantId, nick }: RoomMessage): string {
    if (occupantId !== null) return `id ${occupantId}`;
    return JSON.stringify([nick, this.#since.get(nick ?? '') ?? this.#forgotten]);
  }
}
