/** A file on its way: `.part` beside its final name, which it gets only when it is whole, and only if nobody has it. */
import { constants } from 'node:fs';
import { type FileHandle, link, lstat, open, rename, stat, unlink } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { basename, dirname, isAbsolute, join } from 'node:path';
import { XmppctlError } from '../errors.ts';
import { fileError } from '../file-errors.ts';
import { numbered } from './safe-name.ts';

const maxNumber = 9999;

export class PartFile {
  readonly path: string;
  readonly #handle: FileHandle;
  #size: number;

  private constructor(path: string, handle: FileHandle, size: number) {
    this.path = path;
    this.#handle = handle;
    this.#size = size;
  }

  /** Continues the part that is there, if it is ours alone; else begins anew. Mode 0600. Throws cantcreat, ioerr. */
  static async open(path: string, resume: boolean): Promise<PartFile> {
    const flags = constants.O_RDWR | constants.O_NOFOLLOW;
    try {
      const old = resume ? await open(path, flags).catch(() => undefined) : undefined;
      const found = await old?.stat();
      if (old && found?.isFile() && found.nlink === 1 && (found.mode & 0o077) === 0 && isOwn(found.uid)) {
        return new PartFile(path, old, found.size);
      }
      await old?.close();
      // Never truncated: another process may be writing to what is there, and keeps its own file.
      await unlink(path).catch(() => {});
      return new PartFile(path, await open(path, flags | constants.O_CREAT | constants.O_EXCL, 0o600), 0);
    } catch (error) {
      throw fileError(error, `cannot create ${path}`, 'cantcreat');
    }
  }

  /** In bytes. */
  get size(): number {
    return this.#size;
  }

  /** Adds to the end. Throws kind ioerr. */
  async append(bytes: Uint8Array): Promise<void> {
    let written = 0;
    while (written < bytes.length) {
      const result = await this.#handle
        .write(bytes, written, bytes.length - written, this.#size)
        .catch((error: unknown) => this.#throw(error));
      written += result.bytesWritten;
      this.#size += result.bytesWritten;
    }
  }

  /** The bytes from the beginning up to `end`; each chunk is only good until the next is asked for. */
  async *read(end = this.#size): AsyncGenerator<Buffer> {
    const buffer = Buffer.allocUnsafe(Math.min(256 * 1024, end));
    for (let at = 0; at < end; ) {
      const { bytesRead } = await this.#handle
        .read(buffer, 0, Math.min(buffer.length, end - at), at)
        .catch((error: unknown) => this.#throw(error));
      if (bytesRead === 0) throw new XmppctlError('ioerr', `${this.path} became shorter`);
      at += bytesRead;
      yield buffer.subarray(0, bytesRead);
    }
  }

  /** The last bytes. */
  async tail(length: number): Promise<Buffer> {
    const buffer = Buffer.alloc(length);
    await this.#handle.read(buffer, 0, length, this.#size - length).catch((error: unknown) => this.#throw(error));
    return buffer;
  }

  /**
   * Gives the file its name, safely on disk; the next free number goes into it if `exact` is false and the name is taken.
   * Nothing is ever overwritten. Resolves to the path. Throws cantcreat, ioerr.
   */
  async finish(target: string, exact: boolean): Promise<string> {
    await this.#handle.sync().catch((error: unknown) => this.#throw(error));
    const { ino } = await this.#handle.stat();
    for (let number = 1; number <= maxNumber; number += 1) {
      const path = number === 1 ? target : join(dirname(target), numbered(basename(target), number));
      if (await this.#takeName(path, ino)) {
        await syncDirectory(dirname(path));
        return path;
      }
      if (exact) break;
    }
    throw taken(target);
  }

  async close(): Promise<void> {
    await this.#handle.close().catch(() => {});
  }

  /** Removes what is there of it. */
  async remove(): Promise<void> {
    await this.close();
    await unlink(this.path).catch(() => {});
  }

  /** False if somebody else has that name. */
  async #takeName(path: string, ino: number): Promise<boolean> {
    try {
      await link(this.path, path);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EEXIST') return false;
      if (code === 'EPERM' || code === 'ENOTSUP' || code === 'EOPNOTSUPP' || code === 'EMLINK') {
        return await this.#takeNameWithoutLinks(path);
      }
      throw fileError(error, `cannot create ${path}`, 'cantcreat');
    }
    // Between opening and linking, somebody may have put another file under the name of the part.
    if ((await stat(path)).ino !== ino) {
      await unlink(path);
      throw new XmppctlError('ioerr', `${this.path} was replaced by somebody else`);
    }
    await unlink(this.path).catch(() => {});
    return true;
  }

  /** For file systems without hard links: the name is first taken by an empty file of our own. */
  async #takeNameWithoutLinks(path: string): Promise<boolean> {
    try {
      await (await open(path, 'wx', 0o600)).close();
      await rename(this.path, path);
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
      throw fileError(error, `cannot create ${path}`, 'cantcreat');
    }
  }

  #throw(error: unknown): never {
    throw fileError(error, `cannot write ${this.path}`, 'ioerr');
  }
}

const isOwn = (uid: number): boolean => userInfo().uid === -1 || uid === userInfo().uid;

/** Makes the new name last; some file systems cannot, and then there is nothing to do about it. */
async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r').catch(() => undefined);
  await directory?.sync().catch(() => {});
  await directory?.close();
}

/** Throws kind cantcreat unless new files can be put there. */
export async function checkDirectory(path: string): Promise<void> {
  const found = await stat(path).catch((error: unknown) => {
    throw fileError(error, `cannot use the directory ${path}`, 'cantcreat');
  });
  if (!found.isDirectory()) throw new XmppctlError('cantcreat', `${path} is not a directory`);
}

/** Throws kind cantcreat if there is something under that name already, so that nothing is fetched in vain. */
export async function refuseExisting(path: string): Promise<void> {
  await checkDirectory(dirname(path));
  if (await lstat(path).catch(() => undefined)) throw taken(path);
}

const taken = (path: string): XmppctlError =>
  new XmppctlError('cantcreat', `${path} is there already; it was not overwritten`);

/** A file that the user names, beside the directory for files. */
export const pathIn = (directory: string, file: string): string => (isAbsolute(file) ? file : join(directory, file));
