/** A file from a URL to the disk: whole, checked, under a safe name, and over nothing that was there. */
import { join } from 'node:path';
import { asXmppctlError, XmppctlError } from '../errors.ts';
import type { Hash } from '../xmpp/xep0300-hashes.ts';
import { type EncryptedFile, readAesgcmUrl, tagBytes } from '../xmpp/xep0454-aesgcm.ts';
import { Arrival, type Job, type Received, refuseTooLarge } from './arrival.ts';
import { decrypt } from './decrypt.ts';
import type { HttpClient } from './http-client.ts';
import { PartFile } from './part-file.ts';
import { nameInUrl, safeName } from './safe-name.ts';
import { Sums } from './sums.ts';

export interface Wanted {
  /** https or aesgcm. */
  readonly url: string;
  /** What was announced of it, null where nothing was. */
  readonly name: string | null;
  readonly size: number | null;
  readonly hash: Hash | null;
  /** Where it goes, under a name made of the announced one or of the URL. */
  readonly directory: string;
  /** Exactly there instead. */
  readonly outputFile?: string | undefined;
  /** In bytes. */
  readonly maxSize: number;
  /** What to do with what came of it when it fails: keep it if it can be gone on with, in any case, or not at all. */
  readonly keepPart: 'to go on' | 'always' | 'never';
}
export interface Downloaded {
  readonly path: string;
  readonly size: number;
  readonly mediaType: string | null;
  /** In hexadecimal. */
  readonly sha256: string;
}
/**
 * Downloads the file. What came of one that the server also gives in parts stays as `.part` when the network fails, and
 * is gone on with the next time. Throws kinds insecure, data (too large, hash or tag does not fit), noinput, tempfail,
 * noperm, cantcreat, ioerr, protocol.
 */
export async function download(wanted: Wanted, client: HttpClient, received: Received): Promise<Downloaded> {
  const secret = readAesgcmUrl(wanted.url);
  const overhead = secret ? tagBytes : 0;
  const exact = wanted.outputFile !== undefined;
  const job: Job = {
    source: secret?.url ?? wanted.url,
    target: wanted.outputFile ?? join(wanted.directory, nameFor(wanted.name, secret?.url ?? wanted.url)),
    size: wanted.size === null ? null : wanted.size + overhead,
    maxSize: wanted.maxSize,
    overhead,
    checkable: secret !== undefined || wanted.hash !== null || wanted.size !== null,
  };
  refuseTooLarge(job.size, job);
  const arrival = new Arrival(job, client, received);
  try {
    const part = await arrival.whole();
    const kept = secret
      ? await keepDecrypted(part, secret, job, exact)
      : await keepChecked(part, wanted.hash, job, exact);
    return { ...kept, mediaType: arrival.mediaType };
  } catch (thrown) {
    const error = asXmppctlError(thrown);
    const useful = arrival.resumable && error.retryable;
    if (useful && wanted.keepPart !== 'never') throw toBeContinued(error);
    if (wanted.keepPart !== 'always' || error.kind === 'data') await arrival.part?.remove();
    throw error;
  } finally {
    await arrival.close();
  }
}

/** The announced name, else the one in the address; what a server says in its answer counts for nothing (CASES 50). */
function nameFor(announced: string | null, url: string): string {
  if (announced !== null) return safeName(announced);
  return URL.canParse(url) ? nameInUrl(url) : safeName(null);
}

type Kept = Omit<Downloaded, 'mediaType'>;

async function keepChecked(part: PartFile, hash: Hash | null, { target }: Job, exact: boolean): Promise<Kept> {
  const sums = new Sums(hash?.algorithm);
  for await (const chunk of part.read()) sums.update(chunk);
  sums.check(hash);
  return { path: await part.finish(target, exact), size: part.size, sha256: sums.sha256 };
}

/** The plain text gets a part of its own, and that the name. */
async function keepDecrypted(part: PartFile, secret: EncryptedFile, { target }: Job, exact: boolean): Promise<Kept> {
  const sums = new Sums();
  const plain = await PartFile.open(`${part.path.slice(0, -'.part'.length)}.plain.part`, false);
  try {
    await decrypt(part, secret, async (bytes) => {
      sums.update(bytes);
      await plain.append(bytes);
    });
    const path = await plain.finish(target, exact);
    await part.remove();
    return { path, size: plain.size, sha256: sums.sha256 };
  } catch (error) {
    await plain.remove();
    throw error;
  } finally {
    await plain.close();
  }
}

const toBeContinued = ({ kind, message, condition, cause }: XmppctlError): XmppctlError =>
  new XmppctlError(kind, message, {
    condition,
    cause,
    hint: 'What came is kept: the same command goes on where this one stopped.',
  });
