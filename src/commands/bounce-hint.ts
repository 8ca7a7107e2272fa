/** What the user may have meant by an address from which a message came back. */
import { readJid } from '../xmpp/jid.ts';

const usualRoomService = /^(conference|muc|rooms?|chat|groups?)\./;

export function bounceHint(to: string, condition: string): string | undefined {
  const jid = readJid(to);
  if (condition === 'not-acceptable' || usualRoomService.test(jid?.domain ?? ''))
    return 'To write to a room: xmppctl muc send';
  return !jid?.local && condition === 'remote-server-not-found' ? `Did you mean ${to}@example.org?` : undefined;
}
