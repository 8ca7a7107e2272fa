/** XEP-0060: Publish-Subscribe, as far as personal nodes (XEP-0163) are read. */
import { childElements, type Element, xml } from './xml.ts';

export const nsPubsub = 'http://jabber.org/protocol/pubsub';

/** The newest item of a node. */
export const newestItemRequest = (to: string, node: string): Element =>
  xml('iq', { type: 'get', to }, xml('pubsub', { xmlns: nsPubsub }, xml('items', { node, max_items: '1' })));

/** What the items of that node hold, in their order; nothing of other nodes. */
export function readItems(iq: Element, node: string): Element[] {
  const items = iq.getChild('pubsub', nsPubsub)?.getChild('items', nsPubsub);
  if (items?.attrs.node !== node) return [];
  return items.getChildren('item', nsPubsub).flatMap((item) => childElements(item).slice(0, 1));
}
