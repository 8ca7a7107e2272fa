/** XEP-0424: Message Retraction. */
import { bodyIsFallback, hasOnlyFallback } from './xep0428-fallback.ts';
import { type Element, xml } from './xml.ts';

const nsRetract = 'urn:xmpp:message-retract:1';
/** How it was written before version 0.4, and still is by some (slixmpp 1.8): attached by XEP-0422. */
const nsOldRetract = 'urn:xmpp:message-retract:0';
const nsFasten = 'urn:xmpp:fasten:0';

/** What clients show that do not know the extension (section 3.1). */
const explanation = 'This message takes back an earlier one, which your program cannot do.';

/** Takes back the message with that id; for archives to keep (XEP-0334), with words for those who cannot. */
export const retraction = (id: string): Element[] => [
  xml('retract', { xmlns: nsRetract, id }),
  xml('body', {}, explanation),
  bodyIsFallback(nsRetract),
  xml('store', { xmlns: 'urn:xmpp:hints' }),
];

/** The id of the message that is taken back; null if none is. */
export function readRetracted(message: Element): string | null {
  const attached = message.getChild('apply-to', nsFasten);
  const old = attached?.getChild('retract', nsOldRetract) ? attached.attrs.id : undefined;
  return message.getChild('retract', nsRetract)?.attrs.id || old || null;
}

/** Whether the text of the message says nothing but that (XEP-0428). */
export const isOnlyRetraction = (message: Element): boolean =>
  readRetracted(message) !== null && hasOnlyFallback(message, [nsRetract, nsOldRetract]);
