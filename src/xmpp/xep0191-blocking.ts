/** XEP-0191: Blocking Command. */
import { XmppctlError } from '../errors.ts';
import { type Jid, readJid } from './jid.ts';
import { type Element, xml } from './xml.ts';

const nsBlocking = 'urn:xmpp:blocking';
/** The condition of extensions in an error for who writes to somebody they have blocked. */
export const blockedByUs = `{${nsBlocking}:errors}blocked`;

export const blocklistRequest = (): Element => xml('iq', { type: 'get' }, xml('blocklist', { xmlns: nsBlocking }));

/** `to` may be a domain (all of it) or have a resource (only that one). */
export const blockRequest = (jid: Jid): Element => change('block', jid);
export const unblockRequest = (jid: Jid): Element => change('unblock', jid);

const change = (name: 'block' | 'unblock', jid: Jid): Element =>
  xml('iq', { type: 'set' }, xml(name, { xmlns: nsBlocking }, xml('item', { jid: jid.full })));

/** Who is blocked; items without a valid JID are passed over. Throws kind protocol if there is no list. */
export function readBlocklist(iq: Element): Jid[] {
  const list = iq.getChild('blocklist', nsBlocking);
  if (!list) throw new XmppctlError('protocol', 'the server broke the protocol: its list of the blocked is missing');
  return list.getChildren('item', nsBlocking).flatMap((item) => readJid(item.attrs.jid) ?? []);
}
