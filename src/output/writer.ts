/**
 * The only door to standard output and standard error. Each write is awaited until the system took all of it, so that
 * the exit status can be truthful (N1: Node loses what a pipe has not taken yet, and forgets errors of files).
 */
import { fstatSync, writeSync } from 'node:fs';
import { XmppctlError } from '../errors.ts';
import type { OutputStream } from '../system.ts';

export interface Writer {
  readonly isTerminal: boolean;
  /** Width of the terminal; undefined if it is none. */
  readonly columns: number | undefined;
  /** The reader has gone (EPIPE); writes do nothing from then on. */
  readonly closed: boolean;
  /** Aborted when the reader has gone, for those who wait for something to print. */
  readonly gone: AbortSignal;
  /** One record, in one write. Resolves when the system has all of it; throws kind ioerr. */
  write(text: string): Promise<void>;
  /** Resolves when everything is written; throws what a write threw. */
  drained(): Promise<void>;
}

/** How long a reader who does not read may hold a program that was told to stop. */
const graceMs = 1000;

/** The writer for results. After `stopped`, who does not read counts as gone. */
export const createWriter = (stream: OutputStream, stopped?: AbortSignal): Writer =>
  new StreamWriter(stream, 'standard output', true, stopped);

/** The writer for messages: it never throws, because there is nowhere left to say it. */
export const createErrorWriter = (stream: OutputStream, stopped?: AbortSignal): Writer =>
  new StreamWriter(stream, 'standard error', false, stopped);

class StreamWriter implements Writer {
  readonly #stream: OutputStream;
  readonly #name: string;
  readonly #throws: boolean;
  readonly #put: (bytes: Buffer) => Promise<void>;
  readonly #gone = new AbortController();
  #last: Promise<void> = Promise.resolve();
  #failure: XmppctlError | undefined;

  constructor(stream: OutputStream, name: string, throws: boolean, stopped: AbortSignal | undefined) {
    this.#stream = stream;
    this.#name = name;
    this.#throws = throws;
    const fd = fileDescriptor(stream);
    this.#put =
      fd === undefined ? (bytes) => putToStream(stream, bytes, stopped) : async (bytes) => writeAll(fd, bytes);
    // Every failure also reaches the callback of its write; without a listener Node would end the process here.
    stream.on('error', (error: NodeJS.ErrnoException) => this.#fail(error));
  }

  get isTerminal(): boolean {
    return this.#stream.isTTY === true;
  }

  get columns(): number | undefined {
    return this.isTerminal ? (this.#stream.columns ?? 80) : undefined;
  }

  get closed(): boolean {
    return this.#gone.signal.aborted;
  }

  get gone(): AbortSignal {
    return this.#gone.signal;
  }

  async write(text: string): Promise<void> {
    if (text === '') return;
    this.#last = this.#last.then(() => this.#writeNow(Buffer.from(text)));
    await this.#last;
    this.#throwFailure();
  }

  async drained(): Promise<void> {
    await this.#last;
    this.#throwFailure();
  }

  async #writeNow(bytes: Buffer): Promise<void> {
    if (this.closed || this.#failure) return;
    try {
      await this.#put(bytes);
    } catch (error) {
      this.#fail(error as NodeJS.ErrnoException);
    }
  }

  #fail(error: NodeJS.ErrnoException): void {
    if (isClosedByReader(error)) this.#gone.abort();
    else {
      this.#failure ??= new XmppctlError('ioerr', `cannot write to ${this.#name}: ${reason(error)}`, { cause: error });
    }
  }

  #throwFailure(): void {
    if (this.#throws && this.#failure) throw this.#failure;
  }
}

/**
 * Writes all bytes to a file, however many the system takes at a time. Not in another thread: who listens would read
 * another 64 KiB of messages for each one that is written, and fall behind until the server gives up on it.
 */
export function writeAll(fd: number, bytes: Buffer, write: WriteOnce = writeSync): void {
  for (let offset = 0; offset < bytes.length; ) offset += write(fd, bytes, offset);
}

type WriteOnce = (fd: number, bytes: Buffer, offset: number) => number;

function putToStream(stream: OutputStream, bytes: Buffer, stopped: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    let grace: NodeJS.Timeout | undefined;
    const finish = (error?: Error | null): void => {
      clearTimeout(grace);
      stopped?.removeEventListener('abort', onStop);
      if (error) reject(error);
      else resolve();
    };
    const onStop = (): void => {
      grace = setTimeout(() => finish(Object.assign(new Error('nobody reads'), { code: 'EPIPE' })), graceMs);
    };
    stopped?.addEventListener('abort', onStop);
    if (stopped?.aborted) onStop();
    stream.write(bytes, finish);
  });
}

/**
 * The descriptor, if the stream is a file or a device like /dev/full. Node writes to those with one writeSync and does
 * not look at how many bytes were taken, so a disk that fills up in the middle of the last record would go unnoticed.
 */
function fileDescriptor(stream: OutputStream & { fd?: unknown }): number | undefined {
  if (typeof stream.fd !== 'number' || stream.isTTY) return undefined;
  try {
    const stat = fstatSync(stream.fd);
    return stat.isFile() || stat.isCharacterDevice() ? stream.fd : undefined;
  } catch {
    return undefined;
  }
}

const closedByReader = new Set(['EPIPE', 'ECONNRESET', 'ERR_STREAM_DESTROYED', 'ERR_STREAM_WRITE_AFTER_END']);
const isClosedByReader = (error: NodeJS.ErrnoException): boolean => closedByReader.has(error.code ?? '');

const reasons = new Map([
  ['ENOSPC', 'no space left'],
  ['EDQUOT', 'the disk quota is used up'],
  ['EFBIG', 'the file is too large'],
  ['EIO', 'input/output error'],
]);
const reason = (error: NodeJS.ErrnoException): string => reasons.get(error.code ?? '') ?? error.code ?? error.message;
