/** Which position of an archive counts, when events may be accepted out of order. */
import type { Position } from '../account/cursor-file.ts';

interface Entry {
  readonly position: Position | undefined;
  accepted: boolean;
}

/**
 * The last position of an unbroken run: events may be accepted out of order, but a position counts only when everything
 * before it has been accepted too.
 */
export class UnbrokenRun {
  readonly #entries: Entry[] = [];
  readonly #advance: (position: Position) => void;

  constructor(advance: (position: Position) => void) {
    this.#advance = advance;
  }

  /** The next event, with its position if it has one; call what is returned when it has been accepted. */
  begin(position: Position | undefined): () => void {
    const entry: Entry = { position, accepted: false };
    this.#entries.push(entry);
    return () => {
      entry.accepted = true;
      let last: Position | undefined;
      while (this.#entries[0]?.accepted) last = this.#entries.shift()?.position ?? last;
      if (last) this.#advance(last);
    };
  }
}
