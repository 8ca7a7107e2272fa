/** XEP-0444: Message Reactions. */
import { hasOnlyFallback } from './xep0428-fallback.ts';
import { childElements, type Element, xml } from './xml.ts';

const nsReactions = 'urn:xmpp:reactions:0';
/** More than anybody means, and a bound for what is printed. */
const mostReactions = 100;

/** All reactions that we have to the message with that id; none takes them away. For archives to keep (XEP-0334). */
export const reactions = (id: string, emojis: readonly string[]): Element[] => [
  xml(
    'reactions',
    { xmlns: nsReactions, id },
    emojis.map((emoji) => xml('reaction', {}, emoji)),
  ),
  xml('store', { xmlns: 'urn:xmpp:hints' }),
];

export interface Reactions {
  /** The message that they are to. */
  readonly id: string;
  /** All that the sender has to it by now; each once. */
  readonly emojis: readonly string[];
}

/** The reactions that a message is; undefined if it is none. */
export function readReactions(message: Element): Reactions | undefined {
  const found = message.getChild('reactions', nsReactions);
  const id = found?.attrs.id;
  if (!found || !id) return undefined;
  const all = childElements(found).filter((child) => child.is('reaction', nsReactions));
  const emojis = [...new Set(all.map((child) => child.text().trim()))].filter((emoji) => emoji !== '');
  return { id, emojis: emojis.slice(0, mostReactions) };
}

/** Whether the text of the message says nothing but that (XEP-0428). */
export const isOnlyReactions = (message: Element): boolean =>
  readReactions(message) !== undefined && hasOnlyFallback(message, [nsReactions]);
