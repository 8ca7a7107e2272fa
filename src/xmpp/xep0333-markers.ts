/** XEP-0333: Displayed Markers. */
import { type Element, xml } from './xml.ts';

const nsMarkers = 'urn:xmpp:chat-markers:0';

export const markable = (): Element => xml('markable', { xmlns: nsMarkers });
/** The id of the message that this one says was displayed. */
export const readDisplayed = (message: Element): string | null =>
  message.getChild('displayed', nsMarkers)?.attrs.id ?? null;
