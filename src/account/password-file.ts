/** Passwords from files, pipes and standard input: the first line, within a time limit. */
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { Socket } from 'node:net';
import { isMissing, reasonOf } from '../file-errors.ts';
import type { System } from '../system.ts';
import { firstLine, maxPasswordBytes, type Outcome } from './first-line.ts';
import { readableByOthers, tooOpen } from './private-files.ts';

type Stdin = Pick<System, 'stdin' | 'platform'>;

/**
 * The first line of a file or pipe; `-` and /dev/stdin are standard input. A regular file that group or others can
 * read throws kind config with the chmod line, unless `modes` is false.
 */
export async function passwordFromFile(
  path: string,
  system: Stdin,
  signal: AbortSignal,
  modes = true,
): Promise<Outcome> {
  if (isStdin(path)) return passwordFromStdin(system, signal);
  try {
    // Opened so that a pipe without a writer does not block; a blocked thread would keep the process from ending.
    const fd = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    const found = fstatSync(fd);
    if (found.isFIFO()) return firstLine(await readPipe(pipeOf(path, fd), signal));
    try {
      if (modes && system.platform !== 'win32' && found.isFile() && readableByOthers(found))
        throw tooOpen(path, 'read');
      return firstLine(readBeginning(fd));
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    return failure(error, signal);
  }
}

export const isStdin = (path: string): boolean => ['-', '/dev/stdin', '/dev/fd/0'].includes(path);

/** The first line of standard input; what comes after it stays there for whoever reads the message. */
export async function passwordFromStdin({ stdin }: Pick<System, 'stdin'>, signal: AbortSignal): Promise<Outcome> {
  if (stdin.isTTY) return { failed: 'it is a terminal; without --password-stdin the password is asked for, hidden' };
  try {
    const bytes = await readLine(stdin, signal);
    const newline = bytes.indexOf(0x0a);
    if (newline >= 0 && newline + 1 < bytes.length) stdin.unshift(bytes.subarray(newline + 1));
    return firstLine(bytes);
  } catch (error) {
    return failure(error, signal);
  }
}

/**
 * The descriptor to read a pipe from. That of the shell's <(…) is read as we got it: opened once more by its path it
 * would not tell that its writer has gone.
 */
function pipeOf(path: string, opened: number): number {
  const inherited = Number(/^\/(?:dev|proc\/self)\/fd\/(\d{1,6})$/.exec(path)?.[1] ?? opened);
  if (inherited !== opened) closeSync(opened);
  return inherited;
}

async function readPipe(fd: number, signal: AbortSignal): Promise<Uint8Array> {
  const pipe = new Socket({ fd, writable: false });
  try {
    return await readLine(pipe, signal);
  } finally {
    pipe.destroy();
  }
}

function readBeginning(fd: number): Uint8Array {
  const bytes = Buffer.alloc(maxPasswordBytes + 2);
  let size = 0;
  while (size < bytes.length) {
    const count = readSync(fd, bytes, size, bytes.length - size, null);
    if (count === 0) break;
    size += count;
    if (bytes.subarray(size - count, size).includes(0x0a)) break;
  }
  return bytes.subarray(0, size);
}

/** All up to the chunk that holds the first newline, the end, or more than a password can be. */
function readLine(stream: NodeJS.ReadableStream, signal: AbortSignal): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const stop = (): void => {
      stream.off('readable', take).off('end', finish).off('close', finish).off('error', fail);
      signal.removeEventListener('abort', fail);
    };
    const finish = (): void => {
      stop();
      resolve(Buffer.concat(chunks));
    };
    const fail = (error?: unknown): void => {
      stop();
      reject(error);
    };
    const take = (): void => {
      for (let chunk = stream.read(); chunk !== null; chunk = stream.read()) {
        const bytes = Buffer.from(chunk);
        chunks.push(bytes);
        size += bytes.length;
        if (bytes.includes(0x0a) || size > maxPasswordBytes) {
          finish();
          return;
        }
      }
    };
    signal.addEventListener('abort', fail);
    stream.on('end', finish).on('close', finish).on('error', fail).on('readable', take);
    if (signal.aborted) fail();
    else if (!stream.readable) finish();
  });
}

function failure(error: unknown, signal: AbortSignal): Outcome {
  if (signal.aborted) return { failed: 'it gave no line in time' };
  if ((error as NodeJS.ErrnoException | undefined)?.code === undefined) throw error;
  return { failed: reasonOf(error), missing: isMissing(error) };
}
