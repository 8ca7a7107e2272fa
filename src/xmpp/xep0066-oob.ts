/** XEP-0066: Out of Band Data. */
import { childElements, childText, type Element, xml } from './xml.ts';

const nsOob = 'jabber:x:oob';

export const oob = (url: string): Element => xml('x', { xmlns: nsOob }, xml('url', {}, url));
/** The URLs that a message or registration form carries. */
export const readOobUrls = (element: Element): string[] =>
  childElements(element)
    .flatMap((child) => (child.is('x', nsOob) ? [childText(child, 'url') ?? ''] : []))
    .filter((url) => url !== '');
