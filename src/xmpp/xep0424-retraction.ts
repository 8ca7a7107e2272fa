/** XEP-0424: Message Retraction. */
import { bodyIsFallback } from './xep0428-fallback.ts';
import { type Element, xml } from './xml.ts';

const nsRetract = 'urn:xmpp:message-retract:1';
const nsFallback = 'urn:xmpp:fallback:0';

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
export const readRetracted = (message: Element): string | null =>
  message.getChild('retract', nsRetract)?.attrs.id || null;

/** Whether the text of the message says nothing but that (XEP-0428). */
export const isOnlyRetraction = (message: Element): boolean =>
  readRetracted(message) !== null &&
  message.getChildren('fallback', nsFallback).some(({ attrs }) => attrs.for === nsRetract);
