/** XEP-0297: Stanza Forwarding. */
import { readStamp } from './xep0203-delay.ts';
import { type Element, ns } from './xml.ts';

const nsForward = 'urn:xmpp:forward:0';
const nsDelay = 'urn:xmpp:delay';

export interface Forwarded {
  readonly message: Element;
  /** When it was sent, as the one who forwards it says; null if that is not told or is no date. */
  readonly time: Date | null;
}

/** The message inside an element of whoever forwards it; undefined if there is none. */
export function readForwarded(parent: Element): Forwarded | undefined {
  const forwarded = parent.getChild('forwarded', nsForward);
  const message = forwarded?.getChild('message', ns.client);
  if (!message) return undefined;
  return { message, time: readStamp(forwarded?.getChild('delay', nsDelay)?.attrs.stamp) };
}
