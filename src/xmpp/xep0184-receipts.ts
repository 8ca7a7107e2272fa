/** XEP-0184: Message Delivery Receipts. */
import { type Element, xml } from './xml.ts';

const nsReceipts = 'urn:xmpp:receipts';

export const receiptRequest = (): Element => xml('request', { xmlns: nsReceipts });
export const asksForReceipt = (message: Element): boolean => message.getChild('request', nsReceipts) !== undefined;
/** The id of the message that this one is the receipt of. */
export const readReceipt = (message: Element): string | null =>
  message.getChild('received', nsReceipts)?.attrs.id ?? null;
/** The answer to a message that asks for a receipt. */
export const buildReceipt = (to: string, id: string, ownId: string): Element =>
  xml('message', { to, id: ownId, type: 'chat' }, xml('received', { xmlns: nsReceipts, id }));
