/** The events of `listen`: what each looks like, and how a stanza becomes one (SPEC 3, 10). */
import type { Field } from '../grammar/command.ts';
import { readAnnouncedFiles } from '../xmpp/announced-files.ts';
import type { Jid } from '../xmpp/jid.ts';
import { readJid } from '../xmpp/jid.ts';
import { isMessage, localizedText, messageType } from '../xmpp/message.ts';
import { readPresence, readSubscription } from '../xmpp/presence.ts';
import { readChatState } from '../xmpp/xep0085-chat-states.ts';
import { readReceipt } from '../xmpp/xep0184-receipts.ts';
import { readDelay } from '../xmpp/xep0203-delay.ts';
import { readCarbon } from '../xmpp/xep0280-carbons.ts';
import { readDisplayed } from '../xmpp/xep0333-markers.ts';
import { stanzaIdBy } from '../xmpp/xep0359-stanza-ids.ts';
import { childText, type Element, ns } from '../xmpp/xml.ts';

export const eventNames = ['message', 'presence', 'subscription', 'receipt', 'displayed', 'chatstate', 'file'] as const;
export type EventName = (typeof eventNames)[number];

/** Any event: the common keys, and those that its name brings. */
export interface Event extends Record<string, unknown> {
  readonly v: 1;
  readonly event: EventName;
  readonly time: string;
  readonly account: string;
  readonly from: string | null;
}

const common = [
  { key: 'v', summary: 'version of this format', type: 'number' },
  { key: 'event', summary: 'the name of the event', type: 'string' },
  { key: 'time', summary: 'when it was sent, ISO 8601 in UTC', type: 'string' },
  { key: 'account', summary: 'the account that received it', type: 'string' },
] as const satisfies readonly Field<Event>[];

const from = { key: 'from', summary: 'bare JID of the sender', type: 'string' } as const;
const resource = { key: 'resource', summary: 'resource of the sender', type: 'string' } as const;

/** The keys of each event. */
export const eventFields: Readonly<Record<EventName, readonly Field<Event>[]>> = {
  message: [
    ...common,
    { key: 'type', summary: 'chat, normal, headline or groupchat', type: 'string' },
    from,
    resource,
    { key: 'to', summary: 'bare JID that it was sent to', type: 'string' },
    { key: 'id', summary: 'id that the sender gave it', type: 'string' },
    { key: 'stanzaId', summary: 'id in the archive of the own server', type: 'string' },
    { key: 'body', summary: 'the text', type: 'string' },
    { key: 'subject', summary: 'the subject', type: 'string' },
    { key: 'thread', summary: 'the conversation that it belongs to', type: 'string' },
    { key: 'delayed', summary: 'whether it was stored on the way', type: 'boolean' },
    { key: 'carbon', summary: 'received or sent: a copy of what another own device got or sent', type: 'string' },
    { key: 'source', summary: 'live, or archive', type: 'string' },
    { key: 'replaces', summary: 'id of the message that it corrects', type: 'string' },
    { key: 'replyTo', summary: 'id of the message that it answers', type: 'string' },
    { key: 'files', summary: 'what it announces: {url name size mediaType description hash}', type: 'object[]' },
  ],
  presence: [
    ...common,
    from,
    resource,
    { key: 'show', summary: 'available, chat, away, xa, dnd or offline', type: 'string' },
    { key: 'status', summary: 'the words that go with it', type: 'string' },
    { key: 'priority', summary: 'from -128 to 127', type: 'number' },
  ],
  subscription: [
    ...common,
    from,
    { key: 'action', summary: 'request, accepted, denied or cancelled', type: 'string' },
    { key: 'status', summary: 'the words that go with it', type: 'string' },
  ],
  receipt: [...common, from, { key: 'id', summary: 'id of the message that was received', type: 'string' }],
  displayed: [...common, from, { key: 'id', summary: 'id of the message that was displayed', type: 'string' }],
  chatstate: [
    ...common,
    from,
    { key: 'state', summary: 'active, composing, paused, inactive or gone', type: 'string' },
  ],
  file: [
    ...common,
    from,
    { key: 'url', summary: 'where it was', type: 'string' },
    { key: 'path', summary: 'where it is', type: 'string' },
    { key: 'size', summary: 'in bytes', type: 'number' },
    { key: 'sha256', summary: 'SHA-256 of the file, in hexadecimal', type: 'string' },
    { key: 'state', summary: 'received or failed', type: 'string' },
    { key: 'error', summary: 'why it failed: kind, condition, message', type: 'object' },
  ],
};

export interface Reader {
  /** The own full JID. */
  readonly jid: Jid;
  now(): Date;
  /** A stanza pretends to be what it is not. */
  forged(what: string): void;
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
    return [{ ...header(reader), event: 'subscription', from: who.bare, action, status }];
  }
  const presence = readPresence(stanza);
  if (!presence || presence.from.full === reader.jid.full) return [];
  const { from: who, show, status, priority } = presence;
  return [
    { ...header(reader), event: 'presence', from: who.bare, resource: who.resource ?? null, show, status, priority },
  ];
}

const header = (reader: Reader, time = reader.now()) =>
  ({ v: 1, time: time.toISOString(), account: reader.jid.bare }) as const;

function messageEvents(message: Element, reader: Reader, carbon: 'received' | 'sent' | null): Event[] {
  // RFC 6120 8.1.2.1: no from means the own account.
  const sender = message.attrs.from === undefined ? reader.jid : readJid(message.attrs.from);
  const type = messageType(message);
  if (!sender || !type) return [];
  const account = reader.jid.bare;
  const delay = readDelay(message, [account, reader.jid.domain, sender.bare]);
  const base = { ...header(reader, delay ?? undefined), from: sender.bare };
  const events: Event[] = [];

  const receipt = readReceipt(message);
  if (receipt !== null) events.push({ ...base, event: 'receipt', id: receipt });
  const displayed = readDisplayed(message);
  if (displayed !== null) events.push({ ...base, event: 'displayed', id: displayed });
  const body = localizedText(message, 'body');
  const subject = localizedText(message, 'subject');
  const state = readChatState(message);
  if (state !== null && body === null) events.push({ ...base, event: 'chatstate', state });
  if (body === null && subject === null) return events;
  return [
    ...events,
    {
      ...header(reader, delay ?? undefined),
      event: 'message',
      type,
      from: sender.bare,
      resource: sender.resource ?? null,
      to: readJid(message.attrs.to)?.bare ?? account,
      id: message.attrs.id ?? null,
      stanzaId: stanzaIdBy(message, account),
      body,
      subject,
      thread: childText(message, 'thread'),
      delayed: delay !== null,
      carbon,
      source: 'live',
      replaces: null,
      replyTo: null,
      files: readAnnouncedFiles(message),
    },
  ];
}
