/** Bytes through the servers, as stanzas (XEP-0047): slow, but wherever messages get through. */
import { XmppctlError } from '../errors.ts';
import { unlessAborted } from '../session/abort.ts';
import type { Session, Stanzas } from '../session/types.ts';
import { type Jid, readJid } from '../xmpp/jid.ts';
import { refusalOf } from '../xmpp/stanza-error.ts';
import {
  closeInBand,
  type InBand,
  type InBandNews,
  inBandData,
  openInBand,
  readInBandNews,
} from '../xmpp/xep0047-ibb.ts';
import { type Element, xml } from '../xmpp/xml.ts';

/** What every server takes in one stanza (XEP-0047 2.1). */
export const usualBlockSize = 4096;
/** Blocks under way at once. */
const window = 8;

/** Sends all of `bytes`; resolves when the peer has confirmed every block. */
export async function sendInBand(
  session: Session,
  peer: Jid,
  stream: InBand,
  bytes: AsyncIterable<Buffer>,
): Promise<void> {
  await session.request(openInBand(peer.full, stream));
  const underWay: Promise<unknown>[] = [];
  let seq = 0;
  for await (const chunk of bytes) {
    for (let at = 0; at < chunk.length; at += stream.blockSize) {
      const block = chunk.subarray(at, at + stream.blockSize);
      const confirmed = session.request(inBandData(peer.full, stream.sid, seq, block));
      confirmed.catch(() => {}); // thrown below, in the order of the blocks
      underWay.push(confirmed);
      seq += 1;
      if (underWay.length >= window) await underWay.shift();
    }
  }
  await Promise.all(underWay);
  await session.request(closeInBand(peer.full, stream.sid));
}

/** Listens from now on for the bytes of the stream. Each block is confirmed when the next is asked for. Throws kind protocol. */
export function receiveInBand(
  session: Session,
  peer: Jid,
  stream: InBand,
  signal: AbortSignal,
): AsyncGenerator<Buffer> {
  const stanzas = session.stanzas((iq) => {
    const news = readJid(iq.attrs.from)?.full === peer.full ? readInBandNews(iq, stream.sid) : undefined;
    return news && { iq, news };
  });
  return blocks(session, stanzas, peer, stream, signal);
}

async function* blocks(
  session: Session,
  stanzas: Stanzas<{ iq: Element; news: InBandNews }>,
  peer: Jid,
  { blockSize }: InBand,
  signal: AbortSignal,
): AsyncGenerator<Buffer> {
  let expected = 0;
  try {
    for (;;) {
      const { done, value } = await unlessAborted(stanzas.next(), signal);
      if (done) throw new XmppctlError('tempfail', 'the connection to the server ended');
      const { iq, news } = value;
      if (news.kind === 'data') {
        const { seq, bytes } = news;
        if (seq !== expected || bytes.length === 0 || bytes.length > blockSize) {
          await session.send(refusalOf(iq, 'bad-request'));
          throw new XmppctlError('protocol', `${peer.full} sent a broken block`);
        }
        expected = (expected + 1) % 65_536;
        yield bytes;
      }
      await session.send(xml('iq', { type: 'result', id: iq.attrs.id, to: peer.full }));
      if (news.kind === 'close') return;
    }
  } finally {
    await stanzas.return?.();
  }
}
