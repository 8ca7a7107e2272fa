/** XEP-0199: XMPP Ping. */
import { type Element, xml } from './xml.ts';

export const nsPing = 'urn:xmpp:ping';
export const ping = (to: string): Element => xml('iq', { type: 'get', to }, xml('ping', { xmlns: nsPing }));
export const isPing = (iq: Element): boolean => iq.attrs.type === 'get' && iq.getChild('ping', nsPing) !== undefined;
