/** XEP-0198: Stream Management. */
import { XmppctlError } from '../errors.ts';
import { type Element, xml } from './xml.ts';

export const nsSm = 'urn:xmpp:sm:3';

export const enable = (resume: boolean): Element =>
  xml('enable', { xmlns: nsSm, ...(resume ? { resume: 'true' } : {}) });
export const ackRequest = (): Element => xml('r', { xmlns: nsSm });
export const ack = (h: number): Element => xml('a', { xmlns: nsSm, h });

/** Counters wrap at 2³² (section 4). */
const modulus = 2 ** 32;
export const wrap = (count: number): number => count % modulus;

/** The h of `<a/>`, `<resumed/>` or `<failed/>`; undefined if absent. Throws kind protocol if it is no such number. */
export function readH(element: Element): number | undefined {
  const { h } = element.attrs;
  if (h === undefined) return undefined;
  if (/^\d{1,10}$/.test(h) && Number(h) < modulus) return Number(h);
  throw new XmppctlError('protocol', `the server broke the protocol: it acknowledges '${h.slice(0, 20)}' stanzas`);
}

/** How many more stanzas `h` acknowledges than `before`, where `outstanding` are; throws kind protocol beyond that. */
export function newlyAcknowledged(h: number, before: number, outstanding: number): number {
  const more = (h - before + modulus) % modulus;
  if (more <= outstanding) return more;
  throw new XmppctlError('protocol', 'the server acknowledges more stanzas than were sent', {
    condition: 'undefined-condition',
  });
}
