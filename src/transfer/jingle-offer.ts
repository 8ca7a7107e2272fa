/** A file offered to one device of a contact, and handed over as that device can take it (XEP-0234). */
import { createHash } from 'node:crypto';
import type { Socket } from 'node:net';
import { asXmppctlError, XmppctlError } from '../errors.ts';
import { discoInfo } from '../session/disco.ts';
import type { Https } from '../session/https.ts';
import { networkError } from '../session/tcp.ts';
import type { Session } from '../session/types.ts';
import type { Jid } from '../xmpp/jid.ts';
import type { InBand } from '../xmpp/xep0047-ibb.ts';
import { content, type Jingle, jingle } from '../xmpp/xep0166-jingle.ts';
import { fileDescription, nsFileTransfer } from '../xmpp/xep0234-file-transfer.ts';
import { type Candidate, nsJingleSocks5, readSocks5 } from '../xmpp/xep0260-jingle-socks5.ts';
import { inBandTransport, nsJingleIbb, readInBandTransport } from '../xmpp/xep0261-jingle-ibb.ts';
import type { Element } from '../xmpp/xml.ts';
import { sendInBand, usualBlockSize } from './in-band.ts';
import { JingleTalk } from './jingle-talk.ts';
import { pour } from './pour.ts';
import { type Silence, watchSilence } from './silence.ts';
import { Socks5Negotiation } from './socks5-negotiation.ts';
import type { Source } from './source.ts';

/** A device that takes files, and by which ways. */
export interface Taker {
  readonly jid: Jid;
  readonly socks5: boolean;
  readonly inBand: boolean;
}
export interface Offer {
  readonly source: Source;
  readonly name: string;
  readonly mediaType: string;
  readonly description: string | undefined;
}
export interface OfferTools {
  readonly session: Session;
  readonly https: Https;
  randomId(): string;
  verbose(line: string): void;
}

/** The first of these devices that takes files directly; undefined if none does. */
export async function findTaker(session: Session, devices: readonly Jid[]): Promise<Taker | undefined> {
  for (const jid of devices) {
    const features = await discoInfo(session, jid.full).then(
      (info) => info.features,
      () => new Set<string>(),
    );
    const socks5 = features.has(nsJingleSocks5);
    const inBand = features.has(nsJingleIbb);
    if (features.has(nsFileTransfer) && (socks5 || inBand)) return { jid, socks5, inBand };
  }
  return undefined;
}

/**
 * Offers the file and sends it; resolves with its SHA-256 when the device says that it has all of it. Throws kinds noperm
 * (declined), tempfail, data (changed on the way), unconfirmed (sent, and nothing said of it), unavailable.
 */
export async function offerFile(
  offer: Offer,
  taker: Taker,
  tools: OfferTools,
  sent: (bytes: number) => void,
): Promise<{ sha256: string }> {
  const { session, https, randomId } = tools;
  using silence = watchSilence(https);
  const sha256 = await hashOf(offer.source, silence);
  const name = 'file';
  using talk = new JingleTalk(session, taker.jid, randomId(), 'initiator', name, silence.signal);
  const sid = randomId();
  using negotiation = taker.socks5
    ? await Socks5Negotiation.prepare(talk, sid, { https, stranger: false, randomId })
    : undefined;
  const description = fileDescription({ ...offer, size: offer.source.size, sha256 });
  const inBand = { sid, blockSize: usualBlockSize };
  let left = false;
  try {
    await talk.request(
      jingle(
        taker.jid.full,
        { action: 'session-initiate', sid: talk.sid, initiator: session.jid.full },
        content(name, description, negotiation?.transport ?? inBandTransport(inBand)),
      ),
      { what: `${taker.jid.full} refuses the file` },
    );
    const accepted = await talk.next((said) => transportOf(said, 'session-accept'));
    silence.moved();
    const socket = negotiation && (await negotiation.connect(candidatesIn(accepted)));
    const bytes = countedBytes(offer.source, silence, sent, () => {
      left = true;
    });
    if (socket) {
      tools.verbose(`${taker.jid.full} takes the file over a connection of its own`);
      await pourInto(socket, bytes, talk.signal);
    } else {
      const stream = negotiation ? await replaceBySlow(talk, randomId(), taker) : agreed(inBand, accepted);
      tools.verbose(`${taker.jid.full} takes the file in-band`);
      await sendInBand(talk, stream, bytes);
    }
    await offer.source.checkUnchanged();
    await talk.next(confirmation);
    return { sha256 };
  } catch (thrown) {
    const error = asXmppctlError(thrown);
    await talk.end(error.kind === 'data' ? 'failed-application' : 'cancel');
    if (!left || error.kind !== 'tempfail' || talk.isBrokenOff) throw error;
    throw new XmppctlError('unconfirmed', `${taker.jid.full} did not say that it has the file: ${error.message}`, {
      cause: error,
    });
  } finally {
    await talk.end('success');
  }
}

const transportOf = ({ action, contents }: Jingle, wanted: string): Element | undefined =>
  action === wanted ? contents[0]?.transport : undefined;

function candidatesIn(transport: Element): readonly Candidate[] {
  const said = readSocks5(transport);
  return said?.kind === 'candidates' ? said.candidates : [];
}

/** No connection came about: the same file by stanzas. Throws kind tempfail if the device does not take that. */
async function replaceBySlow(talk: JingleTalk, sid: string, { jid, inBand }: Taker): Promise<InBand> {
  if (!inBand) throw new XmppctlError('tempfail', `no connection to ${jid.full} came about`);
  const stream = { sid, blockSize: usualBlockSize };
  await talk.tell('transport-replace', inBandTransport(stream));
  const accepted = await talk.next((said) => transportOf(said, 'transport-accept'));
  return agreed(stream, accepted);
}

/** The other side may want smaller blocks. */
const agreed = (stream: InBand, accepted: Element): InBand => ({
  ...stream,
  blockSize: Math.min(stream.blockSize, readInBandTransport(accepted)?.blockSize ?? stream.blockSize),
});

const pourInto = (socket: Socket, bytes: AsyncGenerator<Buffer>, signal: AbortSignal): Promise<void> =>
  pour(bytes, socket, signal).catch((error: unknown) => {
    if (signal.aborted) throw signal.reason;
    throw error instanceof XmppctlError ? error : networkError('the direct connection broke', error as Error);
  });

async function* countedBytes(
  source: Source,
  silence: Silence,
  sent: (bytes: number) => void,
  started: () => void,
): AsyncGenerator<Buffer> {
  let count = 0;
  for await (const chunk of source.bytes()) {
    started();
    count += chunk.length;
    silence.moved();
    sent(count);
    yield chunk;
  }
}

async function hashOf(source: Source, silence: Silence): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of source.bytes()) {
    silence.moved();
    hash.update(chunk);
  }
  return hash.digest('hex');
}

/** The device says that it has the file: with its last word, or before. */
const confirmation = ({ action, reason, info }: Jingle): true | undefined =>
  (action === 'session-terminate' && reason === 'success') || info.some((one) => one.is('received', nsFileTransfer))
    ? true
    : undefined;
