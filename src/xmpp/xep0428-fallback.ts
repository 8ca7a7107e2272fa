/** XEP-0428: Fallback Indication. */
import { localizedText } from './message.ts';
import { type Element, xml } from './xml.ts';

const nsFallback = 'urn:xmpp:fallback:0';

/** The body only says what the extension `of` (a namespace) says better. */
export const bodyIsFallback = (of: string): Element => xml('fallback', { xmlns: nsFallback, for: of }, xml('body'));

/** Whether all of the body is there only for those who do not know one of the extensions `of`; older clients do not say which. */
export const hasOnlyFallback = (message: Element, of: readonly string[]): boolean =>
  message
    .getChildren('fallback', nsFallback)
    .some((fallback) => [...of, undefined].includes(fallback.attrs.for) && coversBody(fallback, message));

function coversBody(fallback: Element, message: Element): boolean {
  if (fallback.children.length === 0) return true;
  const length = [...(localizedText(message, 'body') ?? '')].length;
  return fallback
    .getChildren('body', nsFallback)
    .some(({ attrs: { start = '0', end = String(length) } }) => Number(start) === 0 && Number(end) >= length);
}
