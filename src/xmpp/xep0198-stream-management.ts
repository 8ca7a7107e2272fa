/** XEP-0198: Stream Management. */
import { XmppctlError } from '../errors.ts';
import { type Element, xml } from './xml.ts';

export const nsSm = 'urn:xmpp:sm:3';

export const enable = (resume: boolean): Element =>
  xml('enable', { xmlns: nsSm, ...(resume ? { resume: 'true' } : {}) });
export const ackRequest = (): Element => xml('r', { xmlns: nsSm });
export const ack = (h: number): Element => xml('a', { xmlns: nsSm, h });

/** Takes up the session `previd` again, of which `h` stanzas have been handled here (section 5). */
export const resume = (previd: string, h: number): Element => xml('resume', { xmlns: nsSm, previd, h });

/** What makes a session resumable: its id, and how many seconds it is kept after the connection is lost. */
export interface Resumption {
  readonly id: string;
  readonly maxSeconds: number | null;
}

/** Reads `<enabled/>`; null if the session cannot be resumed. */
export function readResumption(enabled: Element | undefined): Resumption | null {
  const { id, resume: allowed, max } = enabled?.attrs ?? {};
  if (id === undefined || (allowed !== 'true' && allowed !== '1')) return null;
  return { id, maxSeconds: max !== undefined && /^\d{1,9}$/.test(max) ? Number(max) : null };
}

/** Counters wrap at 2³² (section 4). */
const modulus = 2 ** 32;
export const wrap = (count: number): number => (count + modulus) % modulus;

/** The h of `<a/>`, `<resumed/>` or `<failed/>`; undefined if absent. Throws kind protocol if it is no such number. */
export function readH(element: Element): number | undefined {
  const { h } = element.attrs;
  if (h === undefined) return undefined;
  if (/^\d{1,10}$/.test(h) && Number(h) < modulus) return Number(h);
  throw new XmppctlError('protocol', `the server broke the protocol: it acknowledges '${h.slice(0, 20)}' stanzas`, {
    condition: 'undefined-condition',
  });
}

/** How many more stanzas `h` acknowledges than `before`, where `outstanding` are; throws kind protocol beyond that. */
export function newlyAcknowledged(h: number, before: number, outstanding: number): number {
  const more = (h - before + modulus) % modulus;
  if (more <= outstanding) return more;
  throw new XmppctlError('protocol', 'the server acknowledges more stanzas than were sent', {
    condition: 'undefined-condition',
  });
}
