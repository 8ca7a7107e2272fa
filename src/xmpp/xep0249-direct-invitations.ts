/** XEP-0249: Direct MUC Invitations. */
import { type Jid, readJid } from './jid.ts';
import { isMessage } from './message.ts';
import type { Invitation } from './xep0045-invite.ts';
import { type Element, xml } from './xml.ts';

const nsConference = 'jabber:x:conference';

export interface DirectInvitation {
  readonly to: Jid;
  readonly id: string;
  readonly room: Jid;
  readonly reason?: string | undefined;
  readonly password?: string | undefined;
}

export const directInvitation = ({ to, id, room, reason, password }: DirectInvitation): Element =>
  xml('message', { to: to.full, id }, xml('x', { xmlns: nsConference, jid: room.bare, reason, password }));

/** An invitation that a contact sent: the contact is whoever sent the message. */
export function readDirectInvitation(message: Element): Invitation | undefined {
  if (!isMessage(message) || message.attrs.type === 'error' || message.attrs.type === 'groupchat') return undefined;
  const x = message.getChild('x', nsConference);
  const room = readJid(x?.attrs.jid);
  const from = readJid(message.attrs.from);
  if (!x || room?.local === undefined || !from) return undefined;
  return { room, by: from.bare, reason: x.attrs.reason ?? null, password: x.attrs.password ?? null };
}
