/** XEP-0363: a slot, a PUT, and the certainty that the service has the file that was opened. */
import { createCipheriv, randomBytes } from 'node:crypto';
import { asXmppctlError, XmppctlError } from '../errors.ts';
import { discoverServices } from '../session/disco.ts';
import { recordBytes } from '../session/https.ts';
import type { Session } from '../session/types.ts';
import {
  isUploadService,
  maxFileSize,
  readSlot,
  readUploadError,
  type Slot,
  slotRequest,
} from '../xmpp/xep0363-http-upload.ts';
import { aesgcmUrl, ivBytes, keyBytes, tagBytes } from '../xmpp/xep0454-aesgcm.ts';
import { answerTo, drain, type HttpClient, transferError } from './http-client.ts';
import { anyType } from './media-type.ts';
import { pour } from './pour.ts';
import { type Sha256, sha256For } from './sha256.ts';
import { watchSilence } from './silence.ts';
import type { Source } from './source.ts';

const maxTries = 3;
/** Before the second try; the third waits twice as long. Never so long that --timeout would pass meanwhile. */
const pauseMs = 1000;

export interface UploadService {
  readonly jid: string;
  /** In bytes; undefined if it does not say. */
  readonly maxSize: number | undefined;
}
export interface Upload {
  readonly source: Source;
  readonly name: string;
  readonly mediaType: string;
  readonly encrypt: boolean;
}
export interface Uploaded {
  /** What to announce: https, or aesgcm with the key. */
  readonly url: string;
  /** Of the file, not of what was made of it; in hexadecimal. */
  readonly sha256: string;
}
/** What an upload needs of its surroundings. */
export interface UploadTools {
  readonly session: Session;
  readonly client: HttpClient;
  after(ms: number, signal: AbortSignal): Promise<void>;
  verbose(line: string): void;
}

/** The service of the own server that takes files; undefined if there is none. */
export async function findUploadService(session: Session): Promise<UploadService | undefined> {
  const found = (await discoverServices(session)).find(({ info }) => isUploadService(info));
  return found && { jid: found.jid, maxSize: maxFileSize(found.info) };
}

/** Throws kind data if the service would not take so many bytes. */
export function checkSize({ source, encrypt }: Pick<Upload, 'source' | 'encrypt'>, { maxSize }: UploadService): void {
  const size = source.size + (encrypt ? tagBytes : 0);
  if (maxSize === undefined || size <= maxSize) return;
  throw new XmppctlError(
    'data',
    `${source.path} is too large: ${size} bytes, and the upload service takes ${maxSize}; nothing was sent`,
    { hint: 'Pack it tighter, or send it in parts: split -b SIZE FILE' },
  );
}

/**
 * Uploads the file, each time into a new slot, at most three times; each may stand still for --timeout. `sent` learns how many bytes have left. Throws kinds
 * data (too large, changed), tempfail, noperm, insecure, protocol.
 */
export async function upload(
  file: Upload,
  service: UploadService,
  tools: UploadTools,
  sent: (bytes: number) => void,
): Promise<Uploaded> {
  const { signal, silenceMs } = tools.client.https;
  for (let tries = 1; ; tries += 1) {
    try {
      const slot = await requestSlot(file, service, tools.session);
      return await put(file, slot, tools.client, sent, tries < maxTries);
    } catch (error) {
      const { retryable, retryAt, message } = asXmppctlError(error);
      if (!retryable || retryAt !== undefined || tries >= maxTries || signal.aborted) throw error;
      tools.verbose(`${message}; trying again`);
      await tools.after(Math.min(pauseMs * tries, silenceMs / 2), signal);
      signal.throwIfAborted();
    }
  }
}

async function requestSlot(
  { source, name, mediaType, encrypt }: Upload,
  service: UploadService,
  session: Session,
): Promise<Slot> {
  const request = { name, size: source.size + (encrypt ? tagBytes : 0), mediaType: encrypt ? anyType : mediaType };
  return readSlot(await session.request(slotRequest(service.jid, request), { read: readUploadError }));
}

async function put(
  { source, mediaType, encrypt }: Upload,
  slot: Slot,
  client: HttpClient,
  sent: (bytes: number) => void,
  again: boolean,
): Promise<Uploaded> {
  using silence = watchSilence(client.https, { again });
  const secret = encrypt ? { iv: randomBytes(ivBytes), key: randomBytes(keyBytes) } : undefined;
  await using hash = sha256For(source.size);
  const { outgoing, headBytes } = client.begin(slot.put, {
    method: 'PUT',
    headers: [
      ['Content-Type', encrypt ? anyType : mediaType],
      ['Content-Length', String(source.size + (encrypt ? tagBytes : 0))],
      ...slot.headers,
    ],
    signal: silence.signal,
  });
  const answered = answerTo(outgoing, slot.put, silence.signal);
  const moved = (bytes: number): void => {
    silence.moved();
    sent(bytes);
  };
  let unreadable: unknown;
  const bytes = bodyOf(source, headBytes, secret, hash, moved);
  const body = pour(bytes, outgoing, silence.signal).catch((error: unknown) => {
    if (error instanceof XmppctlError) unreadable = error;
    throw transferError(error, slot.put, silence.signal);
  });
  // A service that refuses the file may also close the connection; its answer is then the better reason.
  const orAnswer = body.then(
    () => answered,
    () => (unreadable === undefined ? answered : Promise.reject(unreadable)),
  );
  try {
    const answer = await Promise.race([answered, orAnswer]);
    refuseUnlessStored(answer.statusCode ?? 0, slot.put);
    await body;
    await drain(answer);
  } catch (error) {
    outgoing.destroy();
    throw unreadable ?? error;
  }
  await source.checkUnchanged();
  const url = slot.get.href;
  return { url: secret ? aesgcmUrl({ url, ...secret }) : url, sha256: await hash.digest() };
}

/** The file as it is sent behind so many bytes: as it is, or encrypted with the tag at its end (XEP-0454). Hashes the file itself. */
async function* bodyOf(
  source: Source,
  headBytes: number,
  secret: { iv: Buffer; key: Buffer } | undefined,
  hash: Sha256,
  moved: (bytes: number) => void,
): AsyncGenerator<Buffer> {
  const cipher = secret && createCipheriv('aes-256-gcm', secret.key, secret.iv);
  let bytes = 0;
  for await (const chunk of source.bytes(headBytes % recordBytes)) {
    await hash.update(chunk);
    bytes += chunk.length;
    moved(bytes);
    yield cipher ? cipher.update(chunk) : chunk;
  }
  if (!cipher) return;
  cipher.final();
  yield cipher.getAuthTag();
}

function refuseUnlessStored(status: number, { host }: URL): void {
  if (status >= 200 && status < 300) return;
  const said = `${host} did not take the file (HTTP ${status})`;
  if (status >= 500 || [408, 425, 429].includes(status)) throw new XmppctlError('tempfail', said);
  if (status === 413) throw new XmppctlError('data', `${said}: it is too large`);
  if (status === 401 || status === 403) throw new XmppctlError('noperm', said);
  throw new XmppctlError('protocol', said);
}
