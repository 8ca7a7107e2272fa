/** Standard input and files as commands read them. */
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Files, Input } from '../commands/context.ts';
import { XmppctlError } from '../errors.ts';
import { reasonOf } from '../file-errors.ts';
import { unlessAborted } from '../session/abort.ts';
import type { System } from '../system.ts';
import { stanzasOf } from './stanza-input.ts';

/** Who waits for input ends when the signal aborts, with its reason. `before` takes from it what is not for commands. */
export function createInput(
  system: Pick<System, 'stdin'>,
  signal: AbortSignal,
  before: () => Promise<unknown> = async () => {},
): Input {
  const stream = (): AsyncIterable<Buffer> =>
    unlessStopped(after(before, system.stdin as AsyncIterable<Buffer>), signal);
  const lines: Input['lines'] = (limit, longer) => linesOf(stream(), limit, longer);
  return {
    get isTerminal() {
      return system.stdin.isTTY === true;
    },
    read: (limit) => collect(stream(), limit, 'standard input'),
    stream,
    lines,
    stanzas: () => stanzasOf({ lines }),
  };
}

/** A named pipe without a writer must not hold who is told to stop. */
export const createFiles = (signal: AbortSignal): Files => ({
  read: (path, limit) => unlessAborted(readFile(path, limit), signal),
  async create(name, bytes) {
    const path = resolve(name);
    try {
      const file = await open(
        path,
        constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW,
        0o600,
      );
      await file.writeFile(bytes).finally(() => file.close());
      return path;
    } catch (error) {
      throw new XmppctlError('cantcreat', `cannot create ${path}: ${reasonOf(error)}`, { cause: error });
    }
  },
});

async function readFile(path: string, limit: number): Promise<Uint8Array> {
  let file: FileHandle | undefined;
  try {
    file = await open(path, 'r');
    return await collect(file.createReadStream({ autoClose: false }), limit, path);
  } catch (error) {
    if (error instanceof XmppctlError) throw error;
    throw new XmppctlError('noinput', `cannot read ${path}: ${reasonOf(error)}`, { cause: error });
  } finally {
    await file?.close();
  }
}

async function* after<T>(first: () => Promise<unknown>, source: AsyncIterable<T>): AsyncGenerator<T> {
  await first();
  try {
    yield* source;
  } catch (error) {
    throw new XmppctlError('noinput', `cannot read standard input: ${reasonOf(error)}`, { cause: error });
  }
}

async function* unlessStopped<T>(source: AsyncIterable<T>, signal: AbortSignal): AsyncGenerator<T> {
  const chunks = source[Symbol.asyncIterator]();
  for (;;) {
    const next = await unlessAborted(chunks.next(), signal);
    if (next.done) return;
    yield next.value;
  }
}

async function collect(source: AsyncIterable<unknown>, limit: number, name: string): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of source) {
    const bytes = Buffer.from(chunk as Uint8Array);
    size += bytes.length;
    if (size > limit) throw new XmppctlError('data', `${name} is longer than ${limit} bytes; nothing was sent`);
    chunks.push(bytes);
  }
  return Buffer.concat(chunks);
}

async function* linesOf(
  source: AsyncIterable<unknown>,
  limit: number,
  longer: 'refuse' | 'cut' = 'refuse',
): AsyncGenerator<Uint8Array> {
  let rest: Buffer[] = [];
  let restSize = 0;
  for await (const chunk of source) {
    let bytes = Buffer.from(chunk as Uint8Array);
    for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10)) {
      yield Buffer.concat([...rest, bytes.subarray(0, end)]);
      rest = [];
      restSize = 0;
      bytes = bytes.subarray(end + 1);
    }
    if (restSize > limit) continue; // the end of a line that is cut
    restSize += bytes.length;
    if (restSize > limit && longer === 'refuse') throw new XmppctlError('data', `a line is longer than ${limit} bytes`);
    if (bytes.length > 0) rest.push(bytes);
  }
  if (restSize > 0) yield Buffer.concat(rest);
}
