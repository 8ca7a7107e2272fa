/** What the user may have meant by an address from which a message came back. */
import { readJid } from '../xmpp/jid.ts';
import type { StanzaError } from '../xmpp/stanza-error.ts';
import { blockedByUs } from '../xmpp/xep0191-blocking.ts';

const usualRoomService = /^(conference|muc|rooms?|chat|groups?)\./;

export function bounceHint(to: string, { condition, application }: StanzaError): string | undefined {
  const jid = readJid(to);
  const toUnblock = `xmppctl unblock ${jid?.bare ?? 'JID'}`;
  if (application === blockedByUs) return `To write to them again: ${toUnblock}`;
  if (usualRoomService.test(jid?.domain ?? '')) return 'To write to a room: xmppctl muc send';
  // Not every server tells that it was the own block list.
  if (condition === 'not-acceptable')
    return `To write to a room: xmppctl muc send; if you have blocked them: ${toUnblock}`;
  return !jid?.local && condition === 'remote-server-not-found' ? `Did you mean ${to}@example.org?` : undefined;
}
