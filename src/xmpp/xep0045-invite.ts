/** XEP-0045: Multi-User Chat, invitations that the room hands on (sections 7.8.2 and 7.8.3). */
import { type Jid, readJid } from './jid.ts';
import { isMessage } from './message.ts';
import { nsMucUser } from './xep0045-muc.ts';
import { childText, type Element, xml } from './xml.ts';

export interface Invitation {
  /** The room that the user is invited to. */
  readonly room: Jid;
  /** Who invites, as the sender says: a bare JID, or an occupant's JID; null if it does not say. */
  readonly by: string | null;
  readonly reason: string | null;
  readonly password: string | null;
}

/** Asks the room to invite somebody. */
export const mediatedInvitation = (room: Jid, id: string, to: Jid, reason?: string): Element =>
  xml(
    'message',
    { to: room.bare, id },
    xml(
      'x',
      { xmlns: nsMucUser },
      xml('invite', { to: to.full }, reason === undefined ? undefined : xml('reason', {}, reason)),
    ),
  );

/** An invitation by a room: the room is whoever sent the message, whatever stands in it. */
export function readMediatedInvitation(message: Element): Invitation | undefined {
  const x = isMessage(message) && message.attrs.type !== 'error' ? message.getChild('x', nsMucUser) : undefined;
  const invite = x?.getChild('invite', nsMucUser);
  const room = readJid(message.attrs.from);
  if (!x || !invite || room?.local === undefined) return undefined;
  const by = readJid(invite.attrs.from);
  const inRoom = by?.bare === room.bare;
  return {
    room,
    by: (inRoom ? by?.full : by?.bare) ?? null,
    reason: childText(invite, 'reason') || null, // Prosody adds an empty one
    password: childText(x, 'password'),
  };
}
