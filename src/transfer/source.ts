/** A file to be sent: opened before anything connects, and at the end still the same file. */
import { randomUUID } from 'node:crypto';
import { type BigIntStats, constants } from 'node:fs';
import { type FileHandle, open, stat, unlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { XmppctlError } from '../errors.ts';
import { fileError, reasonOf } from '../file-errors.ts';

/** Large enough that reading is not what a fast network waits for. */
const chunkBytes = 256 * 1024;
/** Buffers that are used in turn: a new one for each chunk would be garbage of the size of the file. */
const ringSize = 12;
/** How many chunks may be in use at once: in a hash, in a socket, in a cipher. */
export const chunksInUse = ringSize - 4;
/** Of standard input, whose size must be known before the first byte is sent. */
export const inputLimit = 1024 ** 3;

export interface Source extends AsyncDisposable {
  /** How messages call it: the path, or standard input. */
  readonly path: string;
  readonly name: string;
  /** In bytes. */
  readonly size: number;
  /**
   * The bytes from the beginning, in memory that threads share; a chunk stays as it is while the next `chunksInUse` are
   * taken. The first one is short of its length by `less`. Throws kind data when there are fewer bytes than `size`, ioerr
   * when they cannot be read.
   */
  bytes(less?: number): AsyncGenerator<Buffer>;
  /** Throws kind data unless the path still leads to the file that was opened, unchanged. */
  checkUnchanged(): Promise<void>;
}

/** Opens a regular file that is not empty; never waits, whatever the path leads to. Throws kind noinput. */
export async function openSource(path: string, name = basename(path)): Promise<Source> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    const opened = await handle.stat({ bigint: true });
    if (!opened.isFile()) throw notAFile(path, opened);
    if (opened.size === 0n) throw new XmppctlError('noinput', `${path} is empty; nothing was sent`);
    const file = handle;
    return sourceOf(path, name, file, Number(opened.size), async () => {
      const now = await file.stat({ bigint: true });
      const there = await stat(path, { bigint: true }).catch(() => undefined);
      if (!there || !sameFile(opened, now) || !sameFile(opened, there)) throw changed(path);
    });
  } catch (error) {
    await handle?.close();
    if (error instanceof XmppctlError) throw error;
    throw new XmppctlError('noinput', `cannot read ${path}: ${reasonOf(error)}; nothing was sent`, { cause: error });
  }
}

/** Keeps standard input in a file without a name until it is sent. Throws kinds noinput, data (too long) and ioerr. */
export async function keepInput(input: AsyncIterable<Uint8Array>, name: string): Promise<Source> {
  const path = join(tmpdir(), `xmppctl-${randomUUID()}`);
  let handle: FileHandle | undefined;
  try {
    handle = await open(path, constants.O_RDWR | constants.O_CREAT | constants.O_EXCL, 0o600);
    await unlink(path);
    let size = 0;
    for await (const chunk of input) {
      size += chunk.length;
      if (size > inputLimit) {
        throw new XmppctlError('data', `standard input is longer than ${inputLimit} bytes; nothing was sent`, {
          hint: 'Save it to a file and send that.',
        });
      }
      await handle.writeFile(chunk);
    }
    if (size === 0) throw new XmppctlError('noinput', 'standard input is empty; nothing was sent');
    return sourceOf('standard input', name, handle, size, async () => {});
  } catch (error) {
    await handle?.close();
    throw error instanceof XmppctlError ? error : fileError(error, 'cannot keep standard input', 'ioerr');
  }
}

function sourceOf(
  path: string,
  name: string,
  handle: FileHandle,
  size: number,
  checkUnchanged: () => Promise<void>,
): Source {
  return {
    path,
    name,
    size,
    checkUnchanged,
    async *bytes(less = 0) {
      const ring = new SharedArrayBuffer(Math.min(ringSize * chunkBytes, size + less));
      let at = 0;
      for (let turn = 0; at < size; turn += 1) {
        const slot = (turn % ringSize) * chunkBytes;
        const length = turn === 0 ? chunkBytes - less : chunkBytes;
        const chunk = Buffer.from(ring, slot, Math.min(length, size - at));
        const { bytesRead } = await handle.read(chunk, 0, chunk.length, at).catch((error: unknown) => {
          throw fileError(error, `cannot read ${path}`, 'ioerr');
        });
        if (bytesRead === 0) throw changed(path);
        at += bytesRead;
        yield chunk.subarray(0, bytesRead);
      }
    },
    [Symbol.asyncDispose]: () => handle.close(),
  };
}

const sameFile = (a: BigIntStats, b: BigIntStats): boolean =>
  a.dev === b.dev && a.ino === b.ino && a.size === b.size && a.mtimeNs === b.mtimeNs;

const changed = (path: string): XmppctlError =>
  new XmppctlError('data', `${path} changed while it was being sent; nothing was announced`, {
    hint: 'Send it when nobody writes to it, or send a copy.',
  });

function notAFile(path: string, found: BigIntStats): XmppctlError {
  const what = found.isDirectory() ? 'a directory' : 'not a regular file';
  const hint = found.isDirectory()
    ? 'Pack it: tar -c DIR | xmppctl sendfile JID - --name DIR.tar'
    : 'Pipe it in: … | xmppctl sendfile JID - --name NAME';
  return new XmppctlError('noinput', `${path} is ${what}; nothing was sent`, { hint });
}
