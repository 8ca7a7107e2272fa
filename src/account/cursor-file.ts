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
  /** Where it is in the archives of rooms, by their bare JIDs. */
  readonly rooms: ReadonlyMap<string, Position>;
  /** Remembers a position; may lag behind a little, never ahead. */
  save(position: Position): void;
  /** The same in a room. */
  saveRoom(room: string, position: Position): void;
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
  return (await readPlaces(paths, file))?.position;
}

interface Places {
  readonly position: Position;
  readonly rooms: ReadonlyMap<string, Position>;
}

async function readPlaces(paths: Paths, file: string): Promise<Places | undefined> {
  const text = await readPrivateFile(file, paths.owner);
  if (text === undefined) return undefined;
  const places = parse(text);
  if (places) return places;
  throw new XmppctlError('osfile', `the cursor ${file} is damaged`, {
    hint: 'Begin again where you know that nothing is lost: remove the file and use --since.',
  });
}

function parse(text: string): Places | undefined {
  try {
    const { v, rooms = {}, ...own } = JSON.parse(text) as Record<string, unknown>;
    if (v !== 1 || typeof rooms !== 'object' || rooms === null) return undefined;
    const all = Object.entries(rooms).map(([room, place]) => [room, positionOf(place)] as const);
    return { position: positionOf(own), rooms: new Map(all) };
  } catch {
    return undefined;
  }
}

function positionOf(value: unknown): Position {
  const { id, time } = value as Record<string, unknown>;
  const isWhole =
    (id === null || typeof id === 'string') && typeof time === 'string' && !Number.isNaN(Date.parse(time));
  if (isWhole) return { id, time };
  throw new TypeError('no position');
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
    return new CursorFile(file, await readPlaces(paths, file), lock);
  } catch (error) {
    await lock.release();
    throw error;
  }
}

class CursorFile implements Cursor {
  readonly position: Position | undefined;
  readonly rooms: Map<string, Position>;
  readonly #file: string;
  readonly #lock: HeldLock;
  #newest: Position | undefined;
  #isWritten = true;
  #writing: Promise<void> | undefined;
  #failure: unknown;

  constructor(file: string, places: Places | undefined, lock: HeldLock) {
    this.#file = file;
    this.position = places?.position;
    this.#newest = this.position;
    this.rooms = new Map(places?.rooms);
    this.#lock = lock;
  }

  save(position: Position): void {
    this.#newest = position;
    this.#write();
  }

  saveRoom(room: string, position: Position): void {
    this.rooms.set(room, position);
    this.#write();
  }

  async close(): Promise<void> {
    await this.#writing;
    await this.#lock.release();
    if (this.#failure) throw this.#failure;
  }

  #write(): void {
    if (this.#failure) throw this.#failure;
    this.#isWritten = false;
    // Without a position of the account's own there is no cursor.
    if (this.#newest) this.#writing ??= this.#writeAll();
  }

  /** Writes the newest positions; those that came meanwhile are passed over. */
  async #writeAll(): Promise<void> {
    try {
      while (!this.#isWritten) {
        this.#isWritten = true;
        const rooms = this.rooms.size > 0 ? { rooms: Object.fromEntries(this.rooms) } : {};
        await writePrivateFile(this.#file, `${JSON.stringify({ v: 1, ...this.#newest, ...rooms })}\n`);
      }
    } catch (error) {
      this.#failure = error;
    }
    this.#writing = undefined;
  }
}
