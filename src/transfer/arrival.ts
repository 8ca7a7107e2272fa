/** The bytes of a download on their way into a part file, gone on with where an earlier run stopped. */
import { createHash, randomUUID } from 'node:crypto';
import { platform, tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { XmppctlError } from '../errors.ts';
import { type HeldLock, holdLock } from '../kernel-lock.ts';
import { type Fetched, fetchFile } from './fetch.ts';
import { type HttpClient, transferError } from './http-client.ts';
import { PartFile } from './part-file.ts';
import { shorten } from './safe-name.ts';
import { type Silence, watchSilence } from './silence.ts';

/** What a transfer goes by; the size is that on the way, of an encrypted file with its tag. */
export interface Job {
  readonly source: string;
  readonly target: string;
  readonly size: number | null;
  /** Of the file itself. */
  readonly maxSize: number;
  /** What an encrypted file is longer than that. */
  readonly overhead: number;
  /** Whether something else than HTTP tells a whole file from one that was cut. */
  readonly checkable: boolean;
}
/** How many bytes are there, and of how many. */
export type Received = (bytes: number, total: number | null) => void;

export class Arrival {
  readonly #job: Job;
  readonly #client: HttpClient;
  readonly #received: Received;
  #lock: HeldLock | undefined;
  mediaType: string | null = null;
  part: PartFile | undefined;
  /** Whether another run can go on with the part. */
  resumable = false;

  constructor(job: Job, client: HttpClient, received: Received) {
    this.#job = job;
    this.#client = client;
    this.#received = received;
  }

  /** Resolves to the part when all of the file is in it. */
  async whole(): Promise<PartFile> {
    using silence = watchSilence(this.#client.https);
    const { source } = this.#job;
    let fetched = await fetchFile(source, this.#client, silence.signal);
    try {
      this.mediaType = fetched.mediaType;
      this.#check(fetched);
      const { validator, total } = fetched;
      let part = await this.#open(fetched);
      if (part.size > 0 && validator !== null) {
        fetched.answer.destroy();
        if (part.size === total) return part;
        fetched = await fetchFile(source, this.#client, silence.signal, { from: part.size, validator });
      }
      if (fetched.from !== part.size) {
        await part.close();
        this.#check(fetched);
        part = await this.#open(fetched, false);
      }
      await this.#fill(part, fetched, silence);
      return part;
    } finally {
      fetched.answer.destroy();
    }
  }

  #check({ total, url, delimited }: Fetched): void {
    const { size, checkable } = this.#job;
    refuseTooLarge(total, this.#job);
    if (total !== null && size !== null && total !== size) throw otherSize(total, size);
    if (delimited || checkable) return;
    throw new XmppctlError(
      'protocol',
      `${url.host} does not say how long the file is: nobody could tell if it is whole`,
    );
  }

  /** Parts of another file, or of another state of it, have another name. */
  async #open({ validator, total }: Fetched, resume = true): Promise<PartFile> {
    const { source, target } = this.#job;
    const known = validator !== null && total !== null;
    const shared = partPath(target, JSON.stringify([source, validator, total]));
    await this.#lock?.release();
    this.#lock = known ? await lockPart(shared) : undefined;
    this.resumable = this.#lock !== undefined;
    const path = this.resumable ? shared : partPath(target, randomUUID());
    this.part = await PartFile.open(path, resume && this.resumable);
    return this.part;
  }

  async close(): Promise<void> {
    await this.part?.close();
    await this.#lock?.release();
  }

  async #fill(part: PartFile, { answer, url, total, delimited }: Fetched, silence: Silence): Promise<void> {
    const { size } = this.#job;
    const expected = total ?? size;
    this.#received(part.size, expected);
    const chunks = answer[Symbol.asyncIterator]();
    for (;;) {
      const { done, value } = await chunks.next().catch((error: unknown) => {
        throw transferError(error, url, silence.signal);
      });
      if (done) break;
      refuseTooLarge(part.size + (value as Buffer).length, this.#job);
      await part.append(value as Buffer);
      silence.moved();
      this.#received(part.size, expected);
    }
    if (expected === null || part.size === expected) return;
    if (delimited && total === null) throw otherSize(part.size, expected);
    throw new XmppctlError('tempfail', `${url.host} sent ${part.size} of ${expected} bytes`);
  }
}

function partPath(target: string, key: string): string {
  const word = createHash('sha256').update(key).digest('hex').slice(0, 12);
  return join(dirname(target), `${shorten(basename(target))}.${word}.part`);
}

/** Undefined if another download writes to that part, or nobody can tell: then this one takes a part of its own. */
function lockPart(path: string): Promise<HeldLock | undefined> {
  // The path of a socket file, where that is what a lock is, may not be long.
  const name = createHash('sha256').update(resolve(path)).digest('hex').slice(0, 12);
  return holdLock(join(tmpdir(), `xmppctl-${name}`), platform()).catch(() => undefined);
}

/** Throws kind data if so many bytes are more than the user wants. */
export function refuseTooLarge(size: number | null, { maxSize, overhead }: Pick<Job, 'maxSize' | 'overhead'>): void {
  if (size !== null && size > maxSize + overhead) throw tooLarge(maxSize);
}

export const tooLarge = (maxSize: number): XmppctlError =>
  new XmppctlError('data', `the file is larger than ${maxSize} bytes; it was not kept`, {
    hint: 'To take it all the same: --max-size SIZE',
  });

export const otherSize = (size: number, announced: number): XmppctlError =>
  new XmppctlError('data', `the file has ${size} bytes and not the ${announced} that were announced; it was not kept`);
