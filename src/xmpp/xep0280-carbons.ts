/** XEP-0280: Message Carbons. */
import type { Jid } from './jid.ts';
import { readJid } from './jid.ts';
import { readForwarded } from './xep0297-forwarding.ts';
import { type Element, xml } from './xml.ts';

const nsCarbons = 'urn:xmpp:carbons:2';

export const enableCarbons = (): Element => xml('iq', { type: 'set' }, xml('enable', { xmlns: nsCarbons }));

export interface Carbon {
  readonly direction: 'received' | 'sent';
  readonly message: Element;
}

/**
 * The message inside a carbon; undefined if it is none; 'forged' if anybody but the own bare JID sent it
 * (section 11, CVE-2017-5592).
 */
export function readCarbon(stanza: Element, account: Jid): Carbon | 'forged' | undefined {
  for (const direction of ['received', 'sent'] as const) {
    const carbon = stanza.getChild(direction, nsCarbons);
    if (!carbon) continue;
    const from = readJid(stanza.attrs.from);
    if (stanza.attrs.from !== undefined && from?.full !== account.bare) return 'forged';
    const message = readForwarded(carbon)?.message;
    return message ? { direction, message } : undefined;
  }
  return undefined;
}
