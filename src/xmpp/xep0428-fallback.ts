/** XEP-0428: Fallback Indication. */
import { type Element, xml } from './xml.ts';

/** The body only says what the extension `of` (a namespace) says better. */
export const bodyIsFallback = (of: string): Element =>
  xml('fallback', { xmlns: 'urn:xmpp:fallback:0', for: of }, xml('body'));
