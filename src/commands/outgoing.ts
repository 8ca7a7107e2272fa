/** One message as it is written on the command line, or in a line of --batch. */
import { XmppctlError } from '../errors.ts';
import { option } from '../grammar/command.ts';
import { choice, text } from '../grammar/values.ts';
import type { Jid } from '../xmpp/jid.ts';
import { buildMessage } from '../xmpp/message.ts';
import { oob } from '../xmpp/xep0066-oob.ts';
import { receiptRequest } from '../xmpp/xep0184-receipts.ts';
import { replacement } from '../xmpp/xep0308-correction.ts';
import { markable } from '../xmpp/xep0333-markers.ts';
import { retraction } from '../xmpp/xep0424-retraction.ts';
import { reactions } from '../xmpp/xep0444-reactions.ts';
import { reply } from '../xmpp/xep0461-replies.ts';
import type { Element } from '../xmpp/xml.ts';
import type { DeliveryArgs } from './delivery.ts';
import { checkText } from './message-text.ts';
import type { Draft } from './send-together.ts';

export const messageKinds = ['chat', 'normal', 'headline'] as const;

/** What a message can have beside its text. */
export const messageArgs = {
  subject: option(text(), 'a subject'),
  type: option(choice(messageKinds, 'TYPE'), 'the type of message', { presetText: 'chat' }),
  thread: option(text('ID'), 'the conversation that it belongs to'),
  id: option(text('ID'), 'the id of the message; the same id marks a repeated message as a copy'),
  url: option(text('URL'), 'a link that clients show as an attachment'),
  replyTo: option(text('ID'), 'the message is the answer to the one with that id'),
  correct: option(text('ID'), 'the message takes the place of the one of ours with that id'),
  react: option(text('ID'), 'the message is a reaction to the one with that id: BODY is one emoji, or several', {
    description:
      'BODY is all reactions to that message, with spaces between them; with --allow-empty and none, they are taken back.',
  }),
  retract: option(text('ID'), 'takes back the message of ours with that id; there is no BODY'),
};

export interface MessageOptions extends Pick<DeliveryArgs, 'wait'> {
  readonly subject?: string | undefined;
  readonly type?: (typeof messageKinds)[number] | undefined;
  readonly thread?: string | undefined;
  readonly url?: string | undefined;
  readonly replyTo?: string | undefined;
  readonly correct?: string | undefined;
  readonly react?: string | undefined;
  readonly retract?: string | undefined;
}

/** Throws kind usage if the options contradict each other, kind data if XML cannot carry them. */
export function checkMessage(options: Omit<MessageOptions, 'wait'> & { readonly id?: string | undefined }): void {
  const { correct, react, retract, subject, thread, id, url, replyTo } = options;
  if ([correct, react, retract].filter((given) => given !== undefined).length > 1) {
    throw new XmppctlError('usage', 'a message can correct, react or retract, but only one of these');
  }
  for (const given of [subject, thread, id, url, replyTo, correct, react, retract]) checkText(given ?? '');
  if (url !== undefined && !URL.canParse(url)) throw new XmppctlError('usage', `'${url.slice(0, 200)}' is no URL`);
  for (const given of [id, replyTo, correct, react, retract]) {
    if (given === '') throw new XmppctlError('usage', 'an id is empty');
  }
}

/** The message as it leaves. */
export function draftFor(to: Jid, id: string, body: string, options: MessageOptions): Draft {
  const { subject, thread, type = 'chat' } = options;
  const payload = payloadOf(to, body, options);
  return {
    to,
    id,
    entry: () => entryOf(to, id, body, options),
    stanza: buildMessage({ to: to.full, id, type, body: textOf(body, options), subject, thread, payload }),
  };
}

/** The text that the message has; reactions and retractions have none. */
export const textOf = (body: string, { react, retract }: MessageOptions): string | undefined =>
  react === undefined && retract === undefined ? body : undefined;

/** The elements of extensions; `to` is who wrote the message that is answered, if that is known. */
export function payloadOf(to: Jid | undefined, body: string, options: MessageOptions): Element[] {
  const { url, wait, replyTo, correct, react, retract } = options;
  return [
    ...(url === undefined ? [] : [oob(url)]),
    ...(wait === 'receipt' ? [receiptRequest()] : []),
    ...(wait === 'displayed' ? [markable()] : []),
    ...(replyTo === undefined ? [] : [reply(to?.bare, replyTo)]),
    ...(correct === undefined ? [] : [replacement(correct)]),
    ...(react === undefined ? [] : reactions(react, body.split(/\s+/).filter(Boolean))),
    ...(retract === undefined ? [] : retraction(retract)),
  ];
}

function entryOf(to: Jid, id: string, body: string, options: MessageOptions): Record<string, string> {
  const { subject, type, thread, url, replyTo, correct, react, retract } = options;
  const all = { to: to.full, id, body, subject, type, thread, url, replyTo, correct, react, retract };
  return Object.fromEntries(Object.entries(all).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])));
}
