/** What a message says beside its text: receipts and markers, invitations, reactions, and what it does to earlier messages. */
import { localizedText } from '../xmpp/message.ts';
import { type Invitation, readMediatedInvitation } from '../xmpp/xep0045-invite.ts';
import { readChatState } from '../xmpp/xep0085-chat-states.ts';
import { readReceipt } from '../xmpp/xep0184-receipts.ts';
import { readDirectInvitation } from '../xmpp/xep0249-direct-invitations.ts';
import { readReplaced } from '../xmpp/xep0308-correction.ts';
import { readDisplayed } from '../xmpp/xep0333-markers.ts';
import { readRetracted } from '../xmpp/xep0424-retraction.ts';
import { readReactions } from '../xmpp/xep0444-reactions.ts';
import { childElements, type Element } from '../xmpp/xml.ts';
import type { Event } from './event-fields.ts';
import type { Verdict } from './origins.ts';

/** Who may do what to earlier messages: only the author of one may change it or take it back (CASES 39, 40). */
export interface Earlier {
  /** Whether the sender wrote the message that a correction names. */
  corrected(id: string): Verdict;
  /** Whether the sender wrote the message that a retraction names. */
  retracted(id: string): Verdict;
  /** A stanza pretends to be what it is not. */
  forged(what: string): void;
}

/** How each of the events begins. */
export type Base = Pick<Event, 'v' | 'time' | 'account'> &
  Readonly<Record<string, unknown>> & { readonly from: string };

/** Namespaces of what most messages consist of, and which is never a signal. */
const plain = new Set(['jabber:client', 'urn:xmpp:sid:0', 'urn:xmpp:delay']);

/** The events that a message of `author` means beside the message itself. */
export function signalsIn(message: Element, author: string, base: Base, earlier: Earlier): Event[] {
  const events: Event[] = [];
  if (childElements(message).every((child) => plain.has(child.getNS() ?? ''))) return events;
  const receipt = readReceipt(message);
  if (receipt !== null) events.push({ ...base, event: 'receipt', id: receipt });
  const displayed = readDisplayed(message);
  if (displayed !== null) events.push({ ...base, event: 'displayed', id: displayed });
  const invitation = readMediatedInvitation(message) ?? readDirectInvitation(message);
  if (invitation) events.push(inviteEvent(invitation, base));
  const state = readChatState(message);
  const body = localizedText(message, 'body');
  if (state !== null && body === null) events.push({ ...base, event: 'chatstate', state });
  const reactions = readReactions(message);
  if (reactions) events.push({ ...base, event: 'reaction', id: reactions.id, reactions: reactions.emojis });
  const replaces = readReplaced(message);
  const corrected = replaces === null ? 'rejected' : earlier.corrected(replaces);
  if (corrected !== 'rejected' && body !== null) {
    const id = message.attrs.id ?? null;
    events.push({ ...base, event: 'correction', id, replaces, body, verdict: corrected });
  }
  const retracted = readRetracted(message);
  if (retracted === null) return events;
  const verdict = earlier.retracted(retracted);
  if (verdict !== 'rejected') return [...events, { ...base, event: 'retraction', id: retracted, verdict }];
  earlier.forged(`the retraction of a message by ${author}, who did not write it`);
  return events;
}

const inviteEvent = ({ room, by, reason, password }: Invitation, base: Base): Event => ({
  v: base.v,
  time: base.time,
  account: base.account,
  from: base.from,
  event: 'invite',
  room: room.bare,
  by,
  reason,
  password,
  direct: base.from !== room.bare,
});
