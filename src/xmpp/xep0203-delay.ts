/** XEP-0203: Delayed Delivery. */
import { readJid } from './jid.ts';
import { childElements, type Element, xml } from './xml.ts';

const nsDelay = 'urn:xmpp:delay';

/** Says that a stanza was first sent at that time; `from` is who says so. */
export const delay = (from: string, time: Date): Element =>
  xml('delay', { xmlns: nsDelay, from, stamp: time.toISOString() });

/** When the message was first sent, as told by one of `trusted` (bare JIDs or domains); null if it came at once. */
export function readDelay(stanza: Element, trusted: readonly string[]): Date | null {
  for (const child of childElements(stanza)) {
    if (!child.is('delay', nsDelay)) continue;
    const by = readJid(child.attrs.from);
    const time = readStamp(child.attrs.stamp);
    if (time && by && (trusted.includes(by.bare) || trusted.includes(by.full))) return time;
  }
  return null;
}

/** A date-time of XEP-0082; null if it is none. */
export function readStamp(text: string | undefined): Date | null {
  if (!text || !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/.test(text)) return null;
  const date = new Date(text);
  return Number.isNaN(date.getTime()) ? null : date;
}
