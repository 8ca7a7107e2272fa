/** How a stanza becomes events (SPEC 3). */
import { readAnnouncedFiles } from '../xmpp/announced-files.ts';
import type { Jid } from '../xmpp/jid.ts';
import { readJid } from '../xmpp/jid.ts';
import { isMessage, localizedText, messageType } from '../xmpp/message.ts';
import { readPresence, readSubscription } from '../xmpp/presence.ts';
import { type Invitation, readMediatedInvitation } from '../xmpp/xep0045-invite.ts';
import { isPrivateMessage } from '../xmpp/xep0045-muc.ts';
import { readChatState } from '../xmpp/xep0085-chat-states.ts';
import { readReceipt } from '../xmpp/xep0184-receipts.ts';
import { readDelay } from '../xmpp/xep0203-delay.ts';
import { readDirectInvitation } from '../xmpp/xep0249-direct-invitations.ts';
import { readCarbon } from '../xmpp/xep0280-carbons.ts';
import { readReplaced } from '../xmpp/xep0308-correction.ts';
import type { ArchivedMessage } from '../xmpp/xep0313-mam.ts';
import { readDisplayed } from '../xmpp/xep0333-markers.ts';
import { stanzaIdBy } from '../xmpp/xep0359-stanza-ids.ts';
import { isOnlyRetraction, readRetracted } from '../xmpp/xep0424-retraction.ts';
import { readReactions } from '../xmpp/xep0444-reactions.ts';
import { readReplyTo } from '../xmpp/xep0461-replies.ts';
import { childText, type Element, ns } from '../xmpp/xml.ts';
import type { Event } from './event-fields.ts';
import type { Origins } from './origins.ts';

export { type Event, type EventName, eventFields, eventNames } from './event-fields.ts';

export interface Reader {
  /** The own full JID. */
  readonly jid: Jid;
  now(): Date;
  /** A stanza pretends to be what it is not. */
  forged(what: string): void;
  /** Who wrote what was seen before; undefined: nothing is known. */
  readonly origins?: Origins;
}

/** The events that a stanza means; none for what is not for people or scripts. */
export function readEvents(stanza: Element, reader: Reader): Event[] {
  if (stanza.is('presence', ns.client)) return presenceEvents(stanza, reader);
  if (!isMessage(stanza) || stanza.attrs.type === 'error') return [];
  const carbon = readCarbon(stanza, reader.jid);
  if (carbon === 'forged') {
    reader.forged(`a carbon copy from ${stanza.attrs.from}`);
    return [];
  }
  return carbon ? messageEvents(carbon.message, reader, carbon.direction) : messageEvents(stanza, reader, null);
}

function presenceEvents(stanza: Element, reader: Reader): Event[] {
  const subscription = readSubscription(stanza);
  if (subscription) {
    const { from: who, action, status } = subscription;
    return [{ ...eventHeader(reader), event: 'subscription', from: who.bare, action, status }];
  }
  const presence = readPresence(stanza);
  if (!presence || presence.from.full === reader.jid.full) return [];
  const { from: who, show, status, priority } = presence;
  return [
    {
      ...eventHeader(reader),
      event: 'presence',
      from: who.bare,
      resource: who.resource ?? null,
      show,
      status,
      priority,
    },
  ];
}

/** What every event begins with. */
export const eventHeader = ({ jid, now }: Pick<Reader, 'jid' | 'now'>, time = now()) =>
  ({ v: 1, time: time.toISOString(), account: jid.bare }) as const;

/** The events that a message of the archive means: what was said, not what was going on meanwhile. */
export function readArchivedEvents({ id, time, message }: ArchivedMessage, reader: Reader): Event[] {
  const sent =
    readJid(message.attrs.from)?.bare === reader.jid.bare && readJid(message.attrs.to)?.bare !== reader.jid.bare;
  return messageEvents(message, reader, sent ? 'sent' : null).flatMap((event) =>
    event.event === 'message'
      ? [{ ...event, ...eventHeader(reader, time ?? undefined), stanzaId: id, delayed: true, source: 'archive' }]
      : [],
  );
}

function messageEvents(message: Element, reader: Reader, carbon: 'received' | 'sent' | null): Event[] {
  // RFC 6120 8.1.2.1: no from means the own account.
  const sender = message.attrs.from === undefined ? reader.jid : readJid(message.attrs.from);
  const type = messageType(message);
  if (!sender || !type) return [];
  const account = reader.jid.bare;
  const delay = readDelay(message, [account, reader.jid.domain, sender.bare]);
  const header = eventHeader(reader, delay ?? undefined);
  const base = { ...header, from: sender.bare };
  const events: Event[] = [];

  const receipt = readReceipt(message);
  if (receipt !== null) events.push({ ...base, event: 'receipt', id: receipt });
  const displayed = readDisplayed(message);
  if (displayed !== null) events.push({ ...base, event: 'displayed', id: displayed });
  const invitation = readMediatedInvitation(message) ?? readDirectInvitation(message);
  if (invitation) events.push(inviteEvent(invitation, base));
  const body = localizedText(message, 'body');
  const subject = localizedText(message, 'subject');
  const state = readChatState(message);
  if (state !== null && body === null) events.push({ ...base, event: 'chatstate', state });
  const author = isPrivateMessage(message) ? sender.full : sender.bare;
  events.push(...laterEvents(message, author, base, reader));
  if (isOnlyRetraction(message) || (body === null && subject === null)) return events;
  const replaced = readReplaced(message);
  const correction = replaced === null ? null : (reader.origins?.check(replaced, author) ?? 'unknown');
  reader.origins?.remember(message.attrs.id, author);
  return [
    ...events,
    {
      ...header,
      ...messageContent(message, account),
      type,
      from: sender.bare,
      resource: sender.resource ?? null,
      stanzaId: stanzaIdBy(message, account),
      delayed: delay !== null,
      carbon,
      correction,
      source: 'live',
      ...privateInRoom(message, carbon === 'sent' ? readJid(message.attrs.to) : sender),
    },
  ];
}

type Header = ReturnType<typeof eventHeader> & { readonly from: string };

/** What a message does to an earlier one. Only the author of that one may change it or take it back. */
function laterEvents(message: Element, author: string, base: Header, { origins, forged }: Reader): Event[] {
  const events: Event[] = [];
  const reactions = readReactions(message);
  if (reactions) events.push({ ...base, event: 'reaction', id: reactions.id, reactions: reactions.emojis });
  const replaces = readReplaced(message);
  const body = localizedText(message, 'body');
  if (replaces !== null && body !== null && origins?.check(replaces, author) !== 'rejected') {
    events.push({ ...base, event: 'correction', id: message.attrs.id ?? null, replaces, body });
  }
  const retracted = readRetracted(message);
  if (retracted === null) return events;
  if (origins?.check(retracted, author) === 'rejected') {
    forged(`the retraction of a message by ${author}, who did not write it`);
    return events;
  }
  return [...events, { ...base, event: 'retraction', id: retracted }];
}

/** The keys of a message event that stand in the message itself. */
export const messageContent = (message: Element, account: string) =>
  ({
    event: 'message',
    to: readJid(message.attrs.to)?.bare ?? account,
    id: message.attrs.id ?? null,
    body: localizedText(message, 'body'),
    subject: localizedText(message, 'subject'),
    thread: childText(message, 'thread'),
    replaces: readReplaced(message),
    correction: null,
    replyTo: readReplyTo(message),
    files: readAnnouncedFiles(message),
  }) as const;

/** A private message of a room is nobody's whose name it shows (CASES 42). */
function privateInRoom(message: Element, other: Jid | undefined): Pick<Event, 'room' | 'nick' | 'occupantId'> {
  if (!other?.resource || !isPrivateMessage(message)) return { room: null, nick: null, occupantId: null };
  return { room: other.bare, nick: other.resource, occupantId: null };
}

const inviteEvent = ({ room, by, reason, password }: Invitation, base: Header): Event => ({
  ...base,
  event: 'invite',
  room: room.bare,
  by,
  reason,
  password,
  direct: base.from !== room.bare,
});
