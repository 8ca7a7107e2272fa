/** Messages (RFC 6121 5): building ours, reading theirs. */

import { originId } from './xep0359-stanza-ids.ts';
import { childElements, type Element, ns, xml } from './xml.ts';

export const messageTypes = ['chat', 'normal', 'headline', 'groupchat'] as const;
export type MessageType = (typeof messageTypes)[number];

export interface OutgoingMessage {
  readonly to: string;
  readonly id: string;
  readonly type: MessageType;
  readonly body?: string | undefined;
  readonly subject?: string | undefined;
  readonly thread?: string | undefined;
  /** Elements of extensions. */
  readonly payload?: readonly Element[];
}

/** A message with an origin-id equal to its id, so that the sender can find it again (XEP-0359). */
export function buildMessage({ to, id, type, body, subject, thread, payload = [] }: OutgoingMessage): Element {
  return xml(
    'message',
    { to, id, type },
    subject === undefined ? undefined : xml('subject', {}, subject),
    body === undefined ? undefined : xml('body', {}, body),
    thread === undefined ? undefined : xml('thread', {}, thread),
    originId(id),
    [...payload],
  );
}

export const isMessage = (stanza: Element): boolean => stanza.is('message', ns.client);

/** The type; absent and unknown ones are normal (RFC 6121 5.2.2). Null for an error. */
export function messageType(message: Element): MessageType | null {
  const { type } = message.attrs;
  if (type === 'error') return null;
  return messageTypes.find((known) => known === type) ?? 'normal';
}

/** The text of `<body/>` or `<subject/>` in the stanza's own namespace: the one without a language, else the first. */
export function localizedText(message: Element, name: 'body' | 'subject'): string | null {
  const all = childElements(message).filter((child) => child.is(name, ns.client));
  return (all.find((child) => child.attrs['xml:lang'] === undefined) ?? all[0])?.text() ?? null;
}
