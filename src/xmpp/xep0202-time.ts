/** XEP-0202: Entity Time. */
import { XmppctlError } from '../errors.ts';
import { readStamp } from './xep0203-delay.ts';
import { childText, type Element, xml } from './xml.ts';

const nsTime = 'urn:xmpp:time';

export const timeRequest = (to: string): Element => xml('iq', { type: 'get', to }, xml('time', { xmlns: nsTime }));

/** The clock of the entity that answered. Throws kind protocol if it tells none. */
export function readTime(iq: Element): Date {
  const time = iq.getChild('time', nsTime);
  const utc = readStamp((time && childText(time, 'utc', nsTime)) ?? undefined);
  if (utc) return utc;
  throw new XmppctlError('protocol', 'the server broke the protocol: an answer about the time that has none');
}
