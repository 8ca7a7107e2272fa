/** How far a durable listener has come, so that the next one begins there (SPEC 3). */

/** A place in the archive of the account. */
export interface Position {
  /** The archive's id of the last message that was accepted; null: the archive was empty then. */
  readonly id: string | null;
  /** When that message came, ISO 8601: for the case that the server no longer knows the id. */
  readonly time: string;
}

/** A position that outlives the process. Only one listener holds it at a time. */
export interface Cursor {
  /** Undefined at the first run. */
  readonly position: Position | undefined;
  /** Remembers a position; may lag behind a little, never ahead. */
  save(position: Position): void;
  /** Resolves when the last position is on disk, and lets the cursor go. Throws kind ioerr. */
  close(): Promise<void>;
}

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
