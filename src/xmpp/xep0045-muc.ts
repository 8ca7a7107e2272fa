/** XEP-0045: Multi-User Chat, as an occupant sees it: joining, leaving, who is there, messages, the subject. */
import { type Jid, readJid } from './jid.ts';
import { localizedText, messageType } from './message.ts';
import { readStanzaError, type StanzaError } from './stanza-error.ts';
import { childText, type Element, ns, xml } from './xml.ts';

export const nsMuc = 'http://jabber.org/protocol/muc';
export const nsMucUser = 'http://jabber.org/protocol/muc#user';

export const affiliations = ['owner', 'admin', 'member', 'outcast', 'none'] as const;
export type Affiliation = (typeof affiliations)[number];
export const roles = ['moderator', 'participant', 'visitor', 'none'] as const;
export type Role = (typeof roles)[number];

/** What of the room's past the room itself is to send (section 7.2.14). */
export type RoomHistory = { readonly last: number } | { readonly since: Date };
export const noHistory: RoomHistory = { last: 0 };

export interface Join {
  readonly occupant: Jid;
  readonly id: string;
  readonly history: RoomHistory;
  readonly password?: string | undefined;
}

/** The presence that joins a room (section 7.2). */
export const joinPresence = ({ occupant, id, history, password }: Join): Element =>
  xml(
    'presence',
    { to: occupant.full, id },
    xml(
      'x',
      { xmlns: nsMuc },
      xml('history', 'last' in history ? { maxstanzas: history.last } : { since: history.since.toISOString() }),
      password === undefined ? undefined : xml('password', {}, password),
    ),
  );

export const leavePresence = (occupant: Jid): Element => xml('presence', { to: occupant.full, type: 'unavailable' });

/** The nick in an occupant's JID; '' for the room itself. */
export const nickOf = (jid: Jid): string => jid.resource ?? '';

/** What a presence from a room says of one occupant. */
export interface OccupantPresence {
  /** The occupant's JID in the room. */
  readonly occupant: Jid;
  readonly present: boolean;
  readonly role: Role;
  readonly affiliation: Affiliation;
  /** The real JID, where the room shows it. */
  readonly jid: Jid | null;
  /** As how many connections the occupant is there, where the room shows that. */
  readonly connections: number;
  readonly show: string | null;
  readonly status: string | null;
  /** Status codes (section 15.6): 110 self, 201 created, 301 banned, 303 new nick, 307 kicked, 321, 322, 332, 333. */
  readonly codes: ReadonlySet<number>;
  readonly newNick: string | null;
  /** Who did it: a nick, else a bare JID. */
  readonly by: string | null;
  readonly reason: string | null;
  /** Set when the room was destroyed: where to go instead, and why (section 10.9). */
  readonly destroyed: { readonly alternate: string | null; readonly reason: string | null } | null;
  readonly stanza: Element;
}

/** The presence of an occupant of `room`; undefined for anything else, errors too. */
export function readOccupant(stanza: Element, room: Jid): OccupantPresence | undefined {
  if (!stanza.is('presence', ns.client)) return undefined;
  const { type } = stanza.attrs;
  const occupant = readJid(stanza.attrs.from);
  // Some rooms send presence of their own, without a nick, for their picture.
  if (occupant?.bare !== room.bare || occupant.resource === undefined) return undefined;
  if (type !== undefined && type !== 'unavailable') return undefined;
  const x = stanza.getChild('x', nsMucUser);
  const item = x?.getChild('item', nsMucUser);
  const actor = item?.getChild('actor', nsMucUser);
  const destroy = x?.getChild('destroy', nsMucUser);
  const present = type === undefined;
  return {
    occupant,
    present,
    role: roles.find((role) => role === item?.attrs.role) ?? (present ? 'participant' : 'none'),
    affiliation: affiliations.find((affiliation) => affiliation === item?.attrs.affiliation) ?? 'none',
    jid: readJid(item?.attrs.jid) ?? null,
    connections: x?.getChildren('item', nsMucUser).length ?? 1,
    show: present ? (childText(stanza, 'show') ?? 'available') : null,
    status: childText(stanza, 'status'),
    codes: readCodes(x),
    newNick: item?.attrs.nick ?? null,
    by: actor?.attrs.nick ?? readJid(actor?.attrs.jid)?.bare ?? null,
    reason: item ? childText(item, 'reason') : null,
    destroyed: destroy
      ? { alternate: readJid(destroy.attrs.jid)?.bare ?? null, reason: childText(destroy, 'reason') }
      : null,
    stanza,
  };
}

function readCodes(x: Element | undefined): Set<number> {
  const codes = x?.getChildren('status', nsMucUser).map(({ attrs }) => Number(attrs.code)) ?? [];
  return new Set(codes.filter((code) => Number.isInteger(code)));
}

/** Code 110: this is about ourselves. */
export const isSelf = ({ codes }: OccupantPresence): boolean => codes.has(110);

/** The room's refusal of the presence with that id (section 7.2.6 and on); undefined for anything else. */
export function readJoinError(stanza: Element, room: Jid, id: string): StanzaError | undefined {
  if (!stanza.is('presence', ns.client) || stanza.attrs.type !== 'error') return undefined;
  if (readJid(stanza.attrs.from)?.bare !== room.bare) return undefined;
  // Old services leave the id out.
  return stanza.attrs.id === undefined || stanza.attrs.id === id ? readStanzaError(stanza) : undefined;
}

export interface RoomSubject {
  /** '' if there is none, or it was taken away. */
  readonly subject: string;
  /** Who set it; '' if that is not known. */
  readonly nick: string;
}

/** A change of the subject: a groupchat message with a subject and neither body nor thread (section 8.1). */
export function readSubject(stanza: Element, room: Jid): RoomSubject | undefined {
  if (!stanza.is('message', ns.client) || messageType(stanza) !== 'groupchat') return undefined;
  const from = readJid(stanza.attrs.from);
  if (from?.bare !== room.bare) return undefined;
  const subject = localizedText(stanza, 'subject');
  if (subject === null || localizedText(stanza, 'body') !== null || childText(stanza, 'thread') !== null)
    return undefined;
  return { subject, nick: nickOf(from) };
}

/** The message that asks the room to set its subject; '' takes it away. */
export const subjectMessage = (room: Jid, id: string, subject: string): Element =>
  xml('message', { to: room.bare, id, type: 'groupchat' }, xml('subject', {}, subject));

/**
 * Whether a message that does not come from a room we are in is a private message of one all the same: the mark that
 * rooms and clients put into them (section 7.5). Copies from other devices of ours come that way.
 */
export function isPrivateMessage(message: Element): boolean {
  const type = messageType(message);
  if (type !== 'chat' && type !== 'normal') return false;
  const x = message.getChild('x', nsMucUser);
  return x !== undefined && !x.getChild('invite', nsMucUser) && !x.getChild('decline', nsMucUser);
}

/** That mark, for private messages of our own. */
export const privateMessageMark = (): Element => xml('x', { xmlns: nsMucUser });
