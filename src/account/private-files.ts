/** Files and directories that only their owner may read or write, whatever the umask. */
import { randomUUID } from 'node:crypto';
import { constants, type Stats } from 'node:fs';
import { chmod, type FileHandle, mkdir, open, rename, stat, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { shellWord, XmppctlError } from '../errors.ts';
import { fileError, isMissing } from '../file-errors.ts';

const othersMayWrite = 0o022;
const othersMayRead = 0o044;
/** Larger files are not read. */
export const maxPrivateBytes = 4 * 1024 * 1024;

/** Numeric owner that is demanded; undefined: modes and owners are not looked at (Windows). */
type Owner = number | undefined;

/**
 * Makes a directory and those above it that are missing, mode 0700. Throws kind cantcreat if that is impossible and
 * kind config if the directory is there but others can write to it.
 */
export async function ensureDir(path: string, owner: Owner): Promise<void> {
  if (await refuseUnsafeDir(path, owner)) return;
  try {
    await makeDir(path);
  } catch (error) {
    throw fileError(error, `cannot create the directory ${path}`, 'cantcreat');
  }
}

/** Whether the directory is there; throws kind config if it is somebody else's or others can write to it. */
export async function refuseUnsafeDir(path: string, owner: Owner): Promise<boolean> {
  let found: Stats;
  try {
    found = await stat(path);
  } catch (error) {
    if (isMissing(error)) return false;
    throw fileError(error, `cannot look at the directory ${path}`, 'config');
  }
  if (!found.isDirectory()) throw new XmppctlError('config', `${path} is not a directory`);
  if (owner === undefined) return true;
  // Root can write everywhere anyway, so a directory of root's is no more of a risk.
  if (found.uid !== owner && found.uid !== 0) throw foreign(path, found.uid);
  if (found.mode & othersMayWrite) {
    throw new XmppctlError('config', `other users can write to ${path}`, { hint: `Run: chmod 700 ${shellWord(path)}` });
  }
  return true;
}

/** Throws kind config if the open file is no regular file, somebody else's, or others can write to it (or read it). */
export function refuseUnsafeFile(path: string, found: Stats, owner: Owner, privately: boolean): void {
  if (!found.isFile()) throw new XmppctlError('config', `${path} is not a regular file`);
  if (owner === undefined) return;
  if (found.uid !== owner) throw foreign(path, found.uid);
  if (found.mode & othersMayWrite) throw tooOpen(path, 'write to');
  if (privately && readableByOthers(found)) throw tooOpen(path, 'read');
}

/** Whether group or others may read the file. */
export const readableByOthers = (found: Stats): boolean => (found.mode & othersMayRead) !== 0;

/** The error for a file whose mode lets others `read` or `write to` it, with the line that mends it. */
export const tooOpen = (path: string, what: 'read' | 'write to'): XmppctlError =>
  new XmppctlError('config', `other users can ${what} ${path}`, { hint: `Run: chmod 600 ${shellWord(path)}` });

/**
 * The text of a file that nobody else can read; undefined if there is none. A symbolic link is not followed. Throws
 * kind config for an unsafe mode or owner, kind osfile if it is not UTF-8 text.
 */
export async function readPrivateFile(path: string, owner: Owner): Promise<string | undefined> {
  if (!(await refuseUnsafeDir(dirname(path), owner))) return undefined;
  const file = await openToRead(path, constants.O_NOFOLLOW);
  if (file === undefined) return undefined;
  try {
    refuseUnsafeFile(path, await file.stat(), owner, true);
    return await readText(file, path, 'osfile');
  } finally {
    await file.close();
  }
}

/**
 * Writes a file as a whole, mode 0600: readers see the old text or the new one, also after a power cut. Throws kind
 * cantcreat or ioerr. The directory must be there (ensureDir).
 */
export async function writePrivateFile(path: string, text: string): Promise<void> {
  const temporary = join(dirname(path), `.${basename(path)}.${randomUUID()}.tmp`);
  try {
    const file = await open(temporary, 'wx', 0o600);
    try {
      await file.chmod(0o600);
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await unlink(temporary).catch(() => undefined);
    throw fileError(error, `cannot write ${path}`, 'cantcreat');
  }
  await syncDir(dirname(path));
}

/** Opens a file for reading, never blocking on a pipe; undefined if there is none. Throws kind config. */
export async function openToRead(path: string, extraFlags = 0): Promise<FileHandle | undefined> {
  try {
    return await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | (extraFlags ?? 0));
  } catch (error) {
    if (isMissing(error)) return undefined;
    if ((error as NodeJS.ErrnoException).code === 'ELOOP') {
      throw new XmppctlError('config', `${path} is a symbolic link, and that is not followed for secrets`);
    }
    throw fileError(error, `cannot read ${path}`, 'config');
  }
}

/** All of an open file as text; throws `kind` if it is not UTF-8 or is unreasonably large. */
export async function readText(file: FileHandle, path: string, kind: 'config' | 'osfile'): Promise<string> {
  if ((await file.stat()).size > maxPrivateBytes)
    throw new XmppctlError(kind, `${path} is larger than ${maxPrivateBytes} bytes`);
  const bytes = await file.readFile();
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new XmppctlError(kind, `${path} is not UTF-8 text`);
  }
}

const foreign = (path: string, uid: number): XmppctlError =>
  new XmppctlError('config', `${path} belongs to another user (uid ${uid})`, {
    hint: `Use a file of your own, or run: chown "$(id -u)" ${shellWord(path)}`,
  });

async function makeDir(path: string): Promise<void> {
  try {
    await makeOneDir(path);
  } catch (error) {
    if (!isMissing(error) || dirname(path) === path) throw error;
    await makeDir(dirname(path));
    await makeOneDir(path); // where even that is missing, as in /proc, nobody can make it
  }
}

async function makeOneDir(path: string): Promise<void> {
  try {
    await mkdir(path, { mode: 0o700 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return;
    throw error;
  }
  await chmod(path, 0o700); // a umask such as 0777 has taken bits away
}

/** Makes the rename last; some file systems cannot, and then there is nothing to do about it. */
async function syncDir(path: string): Promise<void> {
  const directory = await open(path, 'r').catch(() => undefined);
  await directory?.sync().catch(() => undefined);
  await directory?.close();
}
