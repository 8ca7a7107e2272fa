/** A file that somebody offers directly, taken if we want it (XEP-0234). */

import type { Socket } from 'node:net';
import { join } from 'node:path';
import { asXmppctlError, XmppctlError } from '../errors.ts';
import type { Https } from '../session/https.ts';
import { networkError } from '../session/tcp.ts';
import type { Session } from '../session/types.ts';
import { type Jid, readJid } from '../xmpp/jid.ts';
import { type JingleContent, readJingle } from '../xmpp/xep0166-jingle.ts';
import { type FileOffer, readChecksum, readFileOffer } from '../xmpp/xep0234-file-transfer.ts';
import { readSocks5, readSocks5Sid } from '../xmpp/xep0260-jingle-socks5.ts';
import { inBandTransport, readInBandTransport } from '../xmpp/xep0261-jingle-ibb.ts';
import type { Element } from '../xmpp/xml.ts';
import { otherSize, refuseTooLarge, tooLarge } from './arrival.ts';
import type { Downloaded } from './download.ts';
import { receiveInBand, usualBlockSize } from './in-band.ts';
import { JingleTalk } from './jingle-talk.ts';
import { PartFile } from './part-file.ts';
import { safeName } from './safe-name.ts';
import { watchSilence } from './silence.ts';
import { Socks5Negotiation } from './socks5-negotiation.ts';
import { Sums } from './sums.ts';

/** An offer that came in. */
export interface IncomingOffer {
  readonly iq: Element;
  readonly peer: Jid;
  readonly sid: string;
  readonly content: JingleContent;
  readonly file: FileOffer;
}
export interface AcceptTools {
  readonly session: Session;
  readonly https: Https;
  readonly directory: string;
  /** In bytes. */
  readonly maxSize: number;
  readonly allowPrivate: boolean;
  randomId(): string;
}

/** The offer of one file; undefined for anything else. */
export function readIncomingOffer(iq: Element): IncomingOffer | undefined {
  const said = readJingle(iq);
  const peer = readJid(iq.attrs.from);
  const [content] = said?.contents ?? [];
  if (said?.action !== 'session-initiate' || !peer || !content || said.contents.length !== 1) return undefined;
  const file = content.senders === 'responder' ? undefined : readFileOffer(content.description);
  return file && { iq, peer, sid: said.sid, content, file };
}

/**
 * Takes the file; the IQ of the offer has been answered. Throws kinds data (too large, hash does not fit, cut), tempfail,
 * cantcreat, ioerr, unavailable, and then the other side is told.
 */
export async function acceptOffer(
  { peer, sid, content, file }: IncomingOffer,
  tools: AcceptTools,
): Promise<Downloaded> {
  const { session, https, directory, maxSize, randomId } = tools;
  using silence = watchSilence(https);
  using talk = new JingleTalk(session, peer, sid, 'responder', content.name, silence.signal);
  const target = join(directory, safeName(file.name));
  let part: PartFile | undefined;
  try {
    refuseTooLarge(file.size, { maxSize, overhead: 0 });
    if (file.size === null && file.hash === null && file.hashToCome === null) throw endless(peer);
    part = await PartFile.open(`${target}.${randomId().slice(0, 12)}.part`, false);
    const sums = new Sums(file.hash?.algorithm ?? file.hashToCome);
    for await (const chunk of await incomingBytes(talk, content, file.size, tools)) {
      const rest = file.size === null ? maxSize - part.size : file.size - part.size;
      if (chunk.length > rest)
        throw file.size === null ? tooLarge(maxSize) : otherSize(part.size + chunk.length, file.size);
      silence.moved();
      sums.update(chunk);
      await part.append(chunk);
    }
    if (file.size !== null && part.size < file.size) throw cut(peer, part.size, file.size);
    sums.check(file.hash ?? (file.hashToCome === null ? null : await talk.next(({ info }) => readChecksum(info))));
    const path = await part.finish(target, false);
    await talk.end('success');
    return { path, size: part.size, mediaType: file.mediaType, sha256: sums.sha256 };
  } catch (thrown) {
    const error = asXmppctlError(thrown);
    await part?.remove();
    await talk.end(error.kind === 'data' ? 'failed-application' : 'cancel');
    throw error;
  } finally {
    await part?.close();
  }
}

/** Accepts the transport that was offered; the bytes come by it, or by what replaces it. */
async function incomingBytes(
  talk: JingleTalk,
  { description, transport }: JingleContent,
  size: number | null,
  { https, allowPrivate, randomId }: AcceptTools,
): Promise<AsyncIterable<Buffer>> {
  const accept = async (answer: Element): Promise<void> =>
    await talk.tell('session-accept', ...(description ? [description] : []), answer);
  const inBand = readInBandTransport(transport);
  if (inBand) {
    const stream = { ...inBand, blockSize: Math.min(inBand.blockSize, usualBlockSize) };
    const bytes = receiveInBand(talk, stream);
    await accept(inBandTransport(stream));
    return bytes;
  }
  const sid = readSocks5Sid(transport);
  const offered = readSocks5(transport);
  if (!sid || offered?.kind !== 'candidates') {
    await talk.end('unsupported-transports');
    throw new XmppctlError('unavailable', `${talk.peer.full} offers no way to take the file`);
  }
  using negotiation = await Socks5Negotiation.prepare(talk, sid, { https, stranger: !allowPrivate, randomId });
  await accept(negotiation.transport);
  const socket = await negotiation.connect(offered.candidates);
  return socket ? bytesOf(socket, size, talk.signal) : await replacement(talk);
}

/** The initiator proposes the slow way. */
async function replacement(talk: JingleTalk): Promise<AsyncIterable<Buffer>> {
  const proposed = await talk.next(({ action, contents }) =>
    action === 'transport-replace' ? contents[0]?.transport : undefined,
  );
  const inBand = readInBandTransport(proposed);
  if (!inBand) throw new XmppctlError('unavailable', `${talk.peer.full} offers no other way to take the file`);
  const stream = { ...inBand, blockSize: Math.min(inBand.blockSize, usualBlockSize) };
  const bytes = receiveInBand(talk, stream);
  await talk.tell('transport-accept', inBandTransport(stream));
  return bytes;
}

/** Ends with the last byte, not with the connection: who sends may wait for our word before closing it. */
async function* bytesOf(socket: Socket, size: number | null, signal: AbortSignal): AsyncGenerator<Buffer> {
  let count = 0;
  const abort = (): void => void socket.destroy(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  try {
    if (size === 0) return;
    for await (const chunk of socket) {
      yield chunk as Buffer;
      count += (chunk as Buffer).length;
      if (count === size) return;
    }
  } catch (error) {
    throw signal.aborted ? signal.reason : networkError('the direct connection broke', error as Error);
  } finally {
    signal.removeEventListener('abort', abort);
    socket.destroy();
  }
}

const endless = ({ full }: Jid): XmppctlError =>
  new XmppctlError(
    'protocol',
    `${full} says neither how long the file is nor which hash it has: nobody could tell if it is whole`,
  );

const cut = ({ full }: Jid, size: number, announced: number): XmppctlError =>
  new XmppctlError('tempfail', `${full} sent ${size} of ${announced} bytes`);
