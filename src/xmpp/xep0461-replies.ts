/** XEP-0461: Message Replies. */
import { type Element, xml } from './xml.ts';

const nsReply = 'urn:xmpp:reply:0';

/** Says that this message answers the one with that id, which `to` (a JID) wrote; undefined: that is not known. */
export const reply = (to: string | undefined, id: string): Element => xml('reply', { xmlns: nsReply, to, id });

/** The id of the message that this one answers; null if it answers none. */
export const readReplyTo = (message: Element): string | null => message.getChild('reply', nsReply)?.attrs.id || null;
