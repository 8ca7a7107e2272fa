/** XEP-0047: In-Band Bytestreams. */
import { type Element, ns, xml } from './xml.ts';

const nsIbb = 'http://jabber.org/protocol/ibb';

export interface InBand {
  readonly sid: string;
  /** In bytes, before base64. */
  readonly blockSize: number;
}

export const openInBand = (to: string, { sid, blockSize }: InBand): Element =>
  xml('iq', { type: 'set', to }, xml('open', { xmlns: nsIbb, sid, 'block-size': blockSize, stanza: 'iq' }));

/** `seq` counts from 0 and wraps after 65,535. */
export const inBandData = (to: string, sid: string, seq: number, bytes: Buffer): Element =>
  xml('iq', { type: 'set', to }, xml('data', { xmlns: nsIbb, sid, seq: seq % 65_536 }, bytes.toString('base64')));

export const closeInBand = (to: string, sid: string): Element =>
  xml('iq', { type: 'set', to }, xml('close', { xmlns: nsIbb, sid }));

export type InBandNews =
  | { readonly kind: 'open'; readonly blockSize: number }
  | { readonly kind: 'data'; readonly seq: number; readonly bytes: Buffer }
  | { readonly kind: 'close' };

/** What an IQ says of that stream; undefined for any other stanza. Broken data reads as bytes that fit no block: empty. */
export function readInBandNews(iq: Element, sid: string): InBandNews | undefined {
  if (!iq.is('iq', ns.client) || iq.attrs.type !== 'set') return undefined;
  const child = (['open', 'data', 'close'] as const).map((name) => iq.getChild(name, nsIbb)).find((found) => found);
  if (child?.attrs.sid !== sid) return undefined;
  if (child.getName() === 'close') return { kind: 'close' };
  if (child.getName() === 'open') return { kind: 'open', blockSize: readInBand(child)?.blockSize ?? 0 };
  const text = child.text().replace(/\s+/g, '');
  const valid = /^[A-Za-z0-9+/]*={0,2}$/.test(text) && text.length % 4 === 0;
  const seq = /^\d{1,5}$/.test(child.attrs.seq ?? '') ? Number(child.attrs.seq) : -1;
  return { kind: 'data', seq, bytes: valid ? Buffer.from(text, 'base64') : Buffer.alloc(0) };
}

/** A stream as an element's attributes describe it; undefined if they do not. */
export function readInBand({ attrs }: Element): InBand | undefined {
  const blockSize = /^\d{1,5}$/.test(attrs['block-size'] ?? '') ? Number(attrs['block-size']) : 0;
  return attrs.sid && blockSize > 0 && blockSize <= 65_535 ? { sid: attrs.sid, blockSize } : undefined;
}
