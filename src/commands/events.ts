/** How a stanza becomes events (SPEC 3). */
import { readAnnouncedFiles } from '../xmpp/announced-files.ts';
import type { Jid } from '../xmpp/jid.ts';
import { readJid } from '../xmpp/jid.ts';
import { isMessage, localizedText, messageType } from '../xmpp/message.ts';
import { readPresence, readSubscription } from '../xmpp/presence.ts';
import { readMediatedInvitation } from '../xmpp/xep0045-invite.ts';
import { isPrivateMessage } from '../xmpp/xep0045-muc.ts';
import { readDelay } from '../xmpp/xep0203-delay.ts';
import { readCarbon } from '../xmpp/xep0280-carbons.ts';
import { readReplaced } from '../xmpp/xep0308-correction.ts';
import type { ArchivedMessage } from '../xmpp/xep0313-mam.ts';
import { stanzaIdBy } from '../xmpp/xep0359-stanza-ids.ts';
import { isOnlyRetraction } from '../xmpp/xep0424-retraction.ts';
import { isOnlyReactions } from '../xmpp/xep0444-reactions.ts';
import { readReplyTo } from '../xmpp/xep0461-replies.ts';
import { childText, type Element, ns } from '../xmpp/xml.ts';
import type { Event } from './event-fields.ts';
import type { Origins, Verdict } from './origins.ts';
import { signalsIn } from './signals.ts';

export { type Event, type EventName, eventFields, eventNames } from './event-fields.ts';

export interface Reader {
  /** The own full JID. */
  readonly jid: Jid;
  now(): Date;
  /** A stanza pretends to be what it is not. */
  forged(what: string): void;
  /** Who wrote what was seen before; undefined: nothing is known. */
  readonly origins?: Origins;
  /** The rooms that we are in, by bare JID: what comes from there is no contact's, whether it is marked or not. */
  readonly rooms?: ReadonlySet<string>;
  /** Receipts, reactions and the like that other devices of the account sent are told too. */
  readonly sent?: boolean;
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
      priority: show === 'offline' ? null : priority,
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
      ? [{ ...event, time: (time ?? reader.now()).toISOString(), stanzaId: id, delayed: true, source: 'archive' }]
      : [],
  );
}

function messageEvents(message: Element, reader: Reader, carbon: 'received' | 'sent' | null): Event[] {
  // RFC 6120 8.1.2.1: no from means the own account.
  const sender = readJid(message.attrs.from ?? reader.jid.bare);
  const type = messageType(message);
  if (!sender || !type) return [];
  const account = reader.jid.bare;
  const delay = readDelay(message, [account, reader.jid.domain, sender.bare]);
  const header = eventHeader(reader, delay ?? undefined);
  const other = carbon === 'sent' ? readJid(message.attrs.to) : sender;
  const isRooms = isPrivateMessage(message) || (other !== undefined && reader.rooms?.has(other.bare) === true);
  const author = isRooms ? sender.full : sender.bare;
  const verdict = (id: string): Verdict => reader.origins?.check(id, author) ?? 'unknown';
  const corrected = (id: string): Verdict =>
    id === message.attrs.id || reader.origins?.isCorrection(id) ? 'rejected' : verdict(id);
  const earlier = { corrected, retracted: verdict, forged: reader.forged };
  const { v, time } = header;
  // A private message of a room is nobody's whose name it shows (CASES 42).
  const [room, nick] =
    isRooms && other?.resource
      ? [other.bare, other.resource]
      : [readMediatedInvitation(message)?.room.bare ?? null, null];
  const occupantId = null;
  const base = { v, time, account, from: sender.bare, room, nick, occupantId };
  const events = carbon === 'sent' && !reader.sent ? [] : signalsIn(message, author, base, earlier);
  const content = messageContent(message, account);
  const { body, subject, files } = content;
  if (isOnlyRetraction(message) || isOnlyReactions(message)) return events;
  if (body === null && subject === null && files.length === 0) return events;
  const replaced = readReplaced(message);
  const correction = replaced === null ? null : corrected(replaced);
  reader.origins?.remember(message.attrs.id, author, replaced !== null);
  // Key by key: an object that is put together from others takes V8 ten times as long.
  events.push({
    v,
    event: 'message',
    time,
    account,
    type,
    from: sender.bare,
    resource: sender.resource ?? null,
    to: content.to,
    id: content.id,
    stanzaId: stanzaIdBy(message, account),
    body,
    subject,
    thread: content.thread,
    delayed: delay !== null,
    carbon,
    source: 'live',
    replaces: replaced,
    correction,
    replyTo: content.replyTo,
    files,
    room,
    nick,
    occupantId,
  });
  return events;
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
