/** Bytes through the servers, as stanzas (XEP-0047): slow, but wherever messages get through. */
import { XmppctlError } from '../errors.ts';
import { unlessAborted } from '../session/abort.ts';
import { readJid } from '../xmpp/jid.ts';
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
import type { JingleTalk } from './jingle-talk.ts';

/** What every server takes in one stanza (XEP-0047 2.1). */
export const usualBlockSize = 4096;
/** Blocks under way at once. */
const window = 8;
/** Blocks that came and were not dealt with; whoever sends more does not wait for an answer. */
const maxWaiting = 256;

/** Sends all of `bytes`; resolves when the peer has confirmed every block. */
export async function sendInBand(talk: JingleTalk, stream: InBand, bytes: AsyncIterable<Buffer>): Promise<void> {
  const { full } = talk.peer;
  await talk.request(openInBand(full, stream));
  const underWay: Promise<unknown>[] = [];
  let seq = 0;
  for await (const chunk of bytes) {
    for (let at = 0; at < chunk.length; at += stream.blockSize) {
      const block = chunk.subarray(at, at + stream.blockSize);
      const confirmed = talk.request(inBandData(full, stream.sid, seq, block));
      confirmed.catch(() => {}); // thrown below, in the order of the blocks
      underWay.push(confirmed);
      seq += 1;
      if (underWay.length >= window) await underWay.shift();
    }
  }
  await Promise.all(underWay);
  await talk.request(closeInBand(full, stream.sid));
}

/** Listens from now on for the bytes of the stream. Each block is confirmed when the next is asked for. Throws kind protocol. */
export function receiveInBand(talk: JingleTalk, stream: InBand): AsyncGenerator<Buffer> {
  let waiting = 0;
  const stanzas = talk.hear((iq) => {
    if (readJid(iq.attrs.from)?.full !== talk.peer.full || waiting >= maxWaiting) return undefined;
    const news = readInBandNews(iq, stream.sid);
    if (news) waiting += 1;
    return news && { iq, news };
  });
  return blocks(talk, stream, async () => {
    const { done, value } = await unlessAborted(stanzas.next(), talk.signal);
    if (done) throw new XmppctlError('tempfail', 'the connection to the server ended');
    waiting -= 1;
    return value;
  });
}

async function* blocks(
  { session, peer }: JingleTalk,
  { blockSize }: InBand,
  next: () => Promise<{ iq: Element; news: InBandNews }>,
): AsyncGenerator<Buffer> {
  let expected = 0;
  for (;;) {
    const { iq, news } = await next();
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
}
