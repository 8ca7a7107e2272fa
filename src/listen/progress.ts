/** How far a listener has come in an archive: what it has told, and how much of that has been accepted. */
import type { Position } from '../account/cursor-file.ts';

interface Told {
  readonly place: Position | undefined;
  accepted: boolean;
}

/**
 * Events may be accepted out of order, but a place counts only when everything that was told before it has been accepted
 * too. What has been told is begun when it is handed out and not before: what a lost connection took away on the way to
 * there is read again, and does not hold up the rest.
 */
export class Progress {
  readonly #open: Told[] = [];
  readonly #advance: (position: Position) => void;
  #reached: Position | undefined;

  constructor(start: Position | undefined, advance: (position: Position) => void) {
    this.#reached = start;
    this.#advance = advance;
  }

  /** Everything up to here has been told; undefined: there is no archive, or nothing is known of it. */
  get reached(): Position | undefined {
    return this.#reached;
  }

  /** The next event, with its place if it has one; call what is returned when it has been accepted. */
  begin(place: Position | undefined): () => void {
    const told: Told = { place, accepted: false };
    this.#open.push(told);
    this.#reached = place ?? this.#reached;
    return () => {
      told.accepted = true;
      let last: Position | undefined;
      while (this.#open[0]?.accepted) last = this.#open.shift()?.place ?? last;
      if (last) this.#advance(last);
    };
  }
}
