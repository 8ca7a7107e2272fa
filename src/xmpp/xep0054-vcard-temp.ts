/** XEP-0054: vcard-temp. */
import type { Vcard } from './vcard.ts';
import { childText, type Element, xml } from './xml.ts';

const nsVcardTemp = 'vcard-temp';

export const vcardTempRequest = (to: string): Element =>
  xml('iq', { type: 'get', to }, xml('vCard', { xmlns: nsVcardTemp }));

/** The card in the answer; undefined if there is none. */
export function readVcardTemp(iq: Element): Vcard | undefined {
  const card = iq.getChild('vCard', nsVcardTemp);
  if (!card) return undefined;
  return {
    fullName: textOf(card, 'FN'),
    nickname: textOf(card, 'NICKNAME'),
    email: textOf(card, 'EMAIL', 'USERID') ?? textOf(card, 'EMAIL'),
    phone: textOf(card, 'TEL', 'NUMBER') ?? textOf(card, 'TEL'),
    organization: textOf(card, 'ORG', 'ORGNAME'),
    title: textOf(card, 'TITLE'),
    birthday: textOf(card, 'BDAY'),
    url: textOf(card, 'URL'),
    note: textOf(card, 'DESC') ?? textOf(card, 'NOTE'),
    photo: photoOf(card),
  };
}

/** The first non-empty text of a child, or of a child of it. */
function textOf(card: Element, name: string, part?: string): string | null {
  const texts = card
    .getChildren(name, nsVcardTemp)
    .map((element) => (part === undefined ? element.text() : (childText(element, part) ?? '')).trim());
  return texts.find((text) => text !== '') ?? null;
}

function photoOf(card: Element): string | null {
  const external = textOf(card, 'PHOTO', 'EXTVAL');
  // COMPAT(profanity 0.13): img/png is how it calls the avatar that it publishes.
  const type = textOf(card, 'PHOTO', 'TYPE')?.replace(/^img\//, 'image/') ?? 'image/png';
  const data = textOf(card, 'PHOTO', 'BINVAL')?.replace(/\s+/g, '') ?? '';
  const isPicture = /^image\/[\w.+-]{1,40}$/.test(type) && /^[A-Za-z0-9+/]+={0,2}$/.test(data);
  return external ?? (isPicture ? `data:${type};base64,${data}` : null);
}
