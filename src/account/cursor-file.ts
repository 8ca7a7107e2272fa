/** Cursors: how far a durable listener has come, so that the next one begins there (SPEC 3). On disk one file each. */
import { join } from 'node:path';
import { XmppctlError } from '../errors.ts';
import { type HeldLock, holdLock } from '../kernel-lock.ts';
import { accountStateDir, type Paths } from './paths.ts';
import { ensureDir, readPrivateFile, writePrivateFile } from './private-files.ts';

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

const namePattern = /^[\p{L}\p{N}._-]{1,64}$/u;

/** The file of a cursor; throws kind usage for a name that is none. */
export function cursorFileOf(paths: Paths, bareJid: string, name: string): string {
  if (!namePattern.test(name) || name.startsWith('.')) {
    throw new XmppctlError('usage', `'${name}' is not a name for a cursor; use letters, digits, dots and dashes`);
  }
  return join(accountStateDir(paths, bareJid), `cursor-${name}.json`);
}

/** The position in the file; undefined if there is none. A damaged file is kind osfile, never a first run. */
export async function readPosition(paths: Paths, file: string): Promise<Position | undefined> {
  const text = await readPrivateFile(file, paths.owner);
  if (text === undefined) return undefined;
  const position = parse(text);
  if (position) return position;
  throw new XmppctlError('osfile', `the cursor ${file} is damaged`, {
    hint: 'Begin again where you know that nothing is lost: remove the file and use --since.',
  });
}

function parse(text: string): Position | undefined {
  try {
    const { v, id, time } = JSON.parse(text) as Record<string, unknown>;
    const whole = v === 1 && (id === null || typeof id === 'string') && typeof time === 'string';
    return whole && !Number.isNaN(Date.parse(time)) ? { id, time } : undefined;
  } catch {
    return undefined;
  }
}

/** Opens a cursor for this process alone. Throws conflict if another has it, osfile if it is damaged, cantcreat. */
export async function openCursor(
  paths: Paths,
  bareJid: string,
  name: string,
  platform: NodeJS.Platform,
): Promise<Cursor> {
  const file = cursorFileOf(paths, bareJid, name);
  await ensureDir(accountStateDir(paths, bareJid), paths.owner);
  const lock = await holdLock(file, platform);
  if (!lock) {
    throw new XmppctlError('conflict', `another listener is using the cursor '${name}'`, {
      hint: 'Give this one a name of its own: --durable=NAME',
    });
  }
  try {
    const position = await readPosition(paths, file);
    return new CursorFile(file, position, lock);
  } catch (error) {
    await lock.release();
    throw error;
  }
}

class CursorFile implements Cursor {
  readonly position: Position | undefined;
  readonly #file: string;
  readonly #lock: HeldLock;
  #next: Position | undefined;
  #writing: Promise<void> | undefined;
  #failure: unknown;

  constructor(file: string, position: Position | undefined, lock: HeldLock) {
    this.#file = file;
    this.position = position;
    this.#lock = lock;
  }

  save(position: Position): void {
    if (this.#failure) throw this.#failure;
    this.#next = position;
    this.#writing ??= this.#writeAll();
  }

  async close(): Promise<void> {
    await this.#writing;
    await this.#lock.release();
    if (this.#failure) throw this.#failure;
  }

  /** Writes the newest position; those that came meanwhile are passed over. */
  async #writeAll(): Promise<void> {
    try {
      for (let position = this.#next; position; position = this.#next) {
        this.#next = undefined;
        await writePrivateFile(this.#file, `${JSON.stringify({ v: 1, ...position })}\n`);
      }
    } catch (error) {
      this.#failure = error;
    }
    this.#writing = undefined;
  }
}
