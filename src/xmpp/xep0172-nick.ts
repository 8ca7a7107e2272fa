/** XEP-0172: User Nickname. */
import { newestItemRequest, readItems } from './xep0060-pubsub.ts';
import type { Element } from './xml.ts';

const nsNick = 'http://jabber.org/protocol/nick';

/** Asks for the nickname that somebody has published (section 4.5). */
export const nickRequest = (to: string): Element => newestItemRequest(to, nsNick);

/** The nickname in the answer; null if there is none. */
export const readNick = (iq: Element): string | null =>
  readItems(iq, nsNick)
    .find((item) => item.is('nick', nsNick))
    ?.text()
    .trim() || null;
