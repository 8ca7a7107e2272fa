/** XEP-0292: vCard4 Over XMPP (RFC 6351 is the format). */
import type { Vcard } from './vcard.ts';
import { newestItemRequest, readItems } from './xep0060-pubsub.ts';
import { childElements, type Element, xml } from './xml.ts';

const nsVcard4 = 'urn:ietf:params:xml:ns:vcard-4.0';
const node = 'urn:xmpp:vcard4';

/** Asks the server of an account (section 3.1.1). */
export const vcard4Request = (to: string): Element => xml('iq', { type: 'get', to }, xml('vcard', { xmlns: nsVcard4 }));
/** Asks for the card that somebody has published, which is where clients put it. */
export const publishedVcard4Request = (to: string): Element => newestItemRequest(to, node);

/** The card in the answer to either question; undefined if there is none. */
export function readVcard4(iq: Element): Vcard | undefined {
  const published = readItems(iq, node).find((item) => item.is('vcard', nsVcard4));
  const card = iq.getChild('vcard', nsVcard4) ?? published;
  if (!card) return undefined;
  const uri = textOf(card, 'tel')?.replace(/^tel:/, '');
  return {
    fullName: textOf(card, 'fn'),
    nickname: textOf(card, 'nickname'),
    email: textOf(card, 'email'),
    phone: uri ?? null,
    organization: textOf(card, 'org'),
    title: textOf(card, 'title'),
    birthday: textOf(card, 'bday'),
    url: textOf(card, 'url'),
    note: textOf(card, 'note'),
    photo: textOf(card, 'photo'),
  };
}

/** The first non-empty value of a property: whatever stands beside its parameters, a text, a URI or a date. */
function textOf(card: Element, property: string): string | null {
  const values = card
    .getChildren(property, nsVcard4)
    .flatMap(childElements)
    .filter((value) => value.getName() !== 'parameters')
    .map((value) => value.text().trim());
  return values.find((text) => text !== '') ?? null;
}
