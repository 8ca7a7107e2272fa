/** XEP-0066: Out of Band Data. */
import { childElements, childText, type Element, xml } from './xml.ts';

const nsOob = 'jabber:x:oob';

export const oob = (url: string): Element => xml('x', { xmlns: nsOob }, xml('url', {}, url));

export interface OutOfBand {
  readonly url: string;
  readonly description: string | null;
}

/** What a message or registration form has elsewhere. */
export const readOob = (element: Element): OutOfBand[] =>
  childElements(element)
    .filter((child) => child.is('x', nsOob))
    .map((child) => ({ url: childText(child, 'url') ?? '', description: childText(child, 'desc') || null }))
    .filter(({ url }) => url !== '');
