/** XEP-0308: Last Message Correction. */
import { type Element, xml } from './xml.ts';

const nsCorrect = 'urn:xmpp:message-correct:0';

/** Says that this message takes the place of the one with that id. */
export const replacement = (id: string): Element => xml('replace', { xmlns: nsCorrect, id });

/** The id of the message whose place this one takes; null if it takes none. */
export const readReplaced = (message: Element): string | null =>
  message.getChild('replace', nsCorrect)?.attrs.id || null;
