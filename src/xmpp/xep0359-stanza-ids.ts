/** XEP-0359: Unique and Stable Stanza IDs. */
import { readJid } from './jid.ts';
import { childElements, type Element, xml } from './xml.ts';

export const nsStanzaIds = 'urn:xmpp:sid:0';

export const originId = (id: string): Element => xml('origin-id', { xmlns: nsStanzaIds, id });

/**
 * The id that `by` (a bare JID whose server we trust to vouch) gave the message; ids by anybody else do not count.
 * COMPAT(Prosody 0.12 and 13): it leaves in what the sender made up in that name, and adds its own behind.
 */
export function stanzaIdBy(message: Element, by: string): string | null {
  const own = childElements(message).findLast(
    (child) => child.is('stanza-id', nsStanzaIds) && readJid(child.attrs.by)?.full === by,
  );
  return own?.attrs.id ?? null;
}

/** The id that the sender's client gave the message, for the sender itself to find it again. */
export const readOriginId = (message: Element): string | null =>
  message.getChild('origin-id', nsStanzaIds)?.attrs.id ?? null;
