/** XEP-0203: Delayed Delivery. */
import { readJid } from './jid.ts';
import { childElements, type Element } from './xml.ts';

const nsDelay = 'urn:xmpp:delay';

/** When the message was first sent, as told by one of `trusted` (bare JIDs or domains); null if it came at once. */
export function readDelay(stanza: Element, trusted: readonly string[]): Date | null {
  for (const delay of childElements(stanza)) {
    if (!delay.is('delay', nsDelay)) continue;
    const by = readJid(delay.attrs.from);
    const time = readStamp(delay.attrs.stamp);
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
