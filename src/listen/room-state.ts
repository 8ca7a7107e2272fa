/** What the stanzas of a room mean to somebody in it, in their order: who comes and goes, what is said (XEP-0045). */
import type { Jid } from '../xmpp/jid.ts';
import { readJid } from '../xmpp/jid.ts';
import { isMessage, messageType } from '../xmpp/message.ts';
import { isSelf, nickOf, type OccupantPresence, readOccupant, readSubject } from '../xmpp/xep0045-muc.ts';
import { readDelay } from '../xmpp/xep0203-delay.ts';
import { nsMam } from '../xmpp/xep0313-mam.ts';
import { nsStanzaIds, stanzaIdBy } from '../xmpp/xep0359-stanza-ids.ts';
import { nsOccupantId, readOccupantId } from '../xmpp/xep0421-occupant-ids.ts';
import { type Element, ns } from '../xmpp/xml.ts';

export type Change = 'joined' | 'left' | 'nick' | 'kicked' | 'banned' | 'role' | 'affiliation';

export interface RoomMessage {
  readonly kind: 'message';
  readonly message: Element;
  /** Null: the room itself says it. */
  readonly nick: string | null;
  /** For us alone (section 7.5). */
  readonly private: boolean;
  /** The id in the room's archive. */
  readonly archiveId: string | null;
  readonly occupantId: string | null;
  /** When it was said, if that was not now. */
  readonly time: Date | null;
  readonly source: 'live' | 'archive';
}
export interface SubjectChange {
  readonly kind: 'subject';
  readonly subject: string;
  readonly nick: string | null;
  /** When it was set, if that was not now and the room says so. */
  readonly time: Date | null;
  /** It was set before we came. */
  readonly isOld: boolean;
}
export interface OccupantChange {
  readonly kind: 'occupant';
  readonly change: Change;
  readonly nick: string;
  readonly newNick: string | null;
  /** It is about ourselves. */
  readonly self: boolean;
  readonly presence: OccupantPresence;
  readonly occupantId: string | null;
}
export type RoomEvent = RoomMessage | SubjectChange | OccupantChange;

interface Known {
  readonly role: string;
  readonly affiliation: string;
}
/** Beyond that many, who comes is told but not remembered: a room that floods us takes no memory. */
const mostOccupants = 50_000;
/** So many ids are enough to see where the past, which is being read meanwhile, ends. */
const mostLiveIds = 10_000;

export interface RoomView {
  readonly room: Jid;
  /** What the room announces of itself. */
  readonly features: ReadonlySet<string>;
  /** Whether the room was asked for what was said before. */
  readonly wantsHistory: boolean;
}

export class RoomState {
  readonly #view: RoomView;
  readonly #occupants = new Map<string, Known>();
  /** Our nick, once we are in. */
  #ownNick: string | undefined;
  #hasSubject = false;
  /** The room has told all of its past that it tells. */
  #isPresent = false;
  /** The archive's ids of the first messages that came since we are in. */
  readonly liveIds = new Set<string>();

  constructor(view: RoomView) {
    this.#view = view;
  }

  /** The events that a stanza means; none for what is not from the room, or nothing to tell. */
  take(stanza: Element): RoomEvent[] {
    const presence = readOccupant(stanza, this.#view.room);
    if (presence) return this.#takePresence(presence);
    return isMessage(stanza) ? this.#takeMessage(stanza) : [];
  }

  #takePresence(presence: OccupantPresence): RoomEvent[] {
    const nick = nickOf(presence.occupant);
    const known = this.#occupants.get(nick);
    const { role, affiliation, present } = presence;
    // Some rooms leave out the 110 when they end.
    const self = isSelf(presence) || nick === this.#ownNick;
    const event = (change: Change, newNick: string | null = null): OccupantChange => ({
      kind: 'occupant',
      change,
      nick,
      newNick,
      self,
      presence,
      occupantId: this.occupantId(presence.stanza),
    });
    if (!present) {
      this.#occupants.delete(nick);
      const { newNick } = presence;
      if (presence.codes.has(303) && newNick !== null) {
        this.#remember(newNick, { role: known?.role ?? 'participant', affiliation: known?.affiliation ?? affiliation });
        if (self) this.#ownNick = newNick;
        return [event('nick', newNick)];
      }
      return known || self ? [event(departure(presence))] : [];
    }
    this.#remember(nick, { role, affiliation });
    if (this.#ownNick === undefined) {
      // Until our own presence comes, the room tells who has been there before.
      if (self) this.#ownNick = nick;
      return [];
    }
    if (!known) return [event('joined')];
    const changes: RoomEvent[] = [];
    if (known.role !== role) changes.push(event('role'));
    if (known.affiliation !== affiliation) changes.push(event('affiliation'));
    return changes;
  }

  #takeMessage(message: Element): RoomEvent[] {
    const { room } = this.#view;
    const from = readJid(message.attrs.from);
    const type = messageType(message);
    if (from?.bare !== room.bare || type === null) return [];
    // Once the present has begun, a delay is an occupant's word, which ejabberd leaves in.
    const isPresent = type === 'groupchat' && this.#isPresent;
    const time = isPresent ? null : readDelay(message, [room.bare, room.domain]);
    if (type === 'groupchat' && time === null && this.#ownNick !== undefined) this.#isPresent = true;
    // What the room tells of its past, before the subject ends it, counts only if it was asked for (CASES 96).
    const isPast = time !== null && !this.#hasSubject && !this.#view.wantsHistory;
    const subject = readSubject(message, room);
    if (subject) {
      const isOld = time !== null || !this.#hasSubject;
      this.#hasSubject = true;
      return [{ kind: 'subject', subject: subject.subject, nick: subject.nick || null, time, isOld }];
    }
    if (type === 'groupchat' && this.#ownNick !== undefined && !time) {
      const archiveId = roomsId(message, this.#view);
      if (archiveId !== null && this.liveIds.size < mostLiveIds) this.liveIds.add(archiveId);
    }
    if (isPast || this.#ownNick === undefined) return [];
    return readRoomMessage(message, this.#view, time, 'live');
  }

  #remember(nick: string, known: Known): void {
    if (this.#occupants.size < mostOccupants || this.#occupants.has(nick)) this.#occupants.set(nick, known);
  }

  /** Of whom a stanza of the room is; null if the room gives no such ids. */
  occupantId(stanza: Element): string | null {
    return this.#view.features.has(nsOccupantId) ? readOccupantId(stanza) : null;
  }
}

/** A room that neither says that it gives ids nor has an archive passes on those that its occupants make up (XEP-0359 5). */
const roomsId = (message: Element, { room, features }: Pick<RoomView, 'room' | 'features'>): string | null =>
  features.has(nsStanzaIds) || features.has(nsMam) ? stanzaIdBy(message, room.bare) : null;

/** A message to all in the room, or to us alone; nothing for all others. */
export function readRoomMessage(
  message: Element,
  { room, features }: Pick<RoomView, 'room' | 'features'>,
  time: Date | null,
  source: RoomMessage['source'],
): RoomMessage[] {
  const from = readJid(message.attrs.from);
  const type = messageType(message);
  if (from?.bare !== room.bare || type === null || !message.is('message', ns.client)) return [];
  const isGroupchat = type === 'groupchat';
  return [
    {
      kind: 'message',
      message,
      nick: from.resource ?? null,
      private: !isGroupchat && from.resource !== undefined,
      archiveId: isGroupchat ? roomsId(message, { room, features }) : null,
      occupantId: features.has(nsOccupantId) ? readOccupantId(message) : null,
      time,
      source,
    },
  ];
}

function departure({ codes, affiliation }: OccupantPresence): Change {
  if (codes.has(301) || affiliation === 'outcast') return 'banned';
  // 333 with 307 is a connection that was lost, not somebody who was thrown out.
  if (codes.has(307) && !codes.has(333)) return 'kicked';
  return 'left';
}
