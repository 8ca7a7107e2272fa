import { XmppctlError } from '../errors.ts';
import { defineCommand, flag, option, optionalPositional, options, type Values } from '../grammar/command.ts';
import { choice, duration, file, jid, text, unparsed } from '../grammar/values.ts';
import type { Session } from '../session/types.ts';
import type { Jid } from '../xmpp/jid.ts';
import { buildMessage } from '../xmpp/message.ts';
import { oob } from '../xmpp/xep0066-oob.ts';
import { receiptRequest } from '../xmpp/xep0184-receipts.ts';
import { markable } from '../xmpp/xep0333-markers.ts';
import type { Element } from '../xmpp/xml.ts';
import type { Context } from './context.ts';
import {
  type Delivery,
  deliveryFields,
  type Outcome,
  outcome,
  outcomesOf,
  type Sent,
  throwUnlessAllWell,
  track,
} from './delivery.ts';
import { checkText, readText } from './message-text.ts';
import { recipientsInFile, unique } from './recipients.ts';

const args = {
  recipient: optionalPositional(
    unparsed('JID', 'jid'),
    'who gets the message; with --to or --recipients this is the BODY',
  ),
  body: optionalPositional(text('BODY'), 'the message; "-" or none: standard input'),
  to: options(jid(), 'another recipient'),
  recipients: option(file(), 'a file with one recipient a line'),
  bodyFile: option(file(), 'read the message from FILE'),
  subject: option(text(), 'a subject'),
  type: option(choice(['chat', 'normal', 'headline'], 'TYPE'), 'the type of message', { presetText: 'chat' }),
  headline: flag('same as --type headline'),
  thread: option(text('ID'), 'the conversation that it belongs to'),
  id: option(text('ID'), 'the id of the message; the same id marks a repeated message as a copy'),
  url: option(text('URL'), 'a link that clients show as an attachment'),
  wait: option(choice(['none', 'server', 'receipt', 'displayed'], 'WHAT'), 'what to wait for', {
    presetText: 'server',
    description:
      'none: until it was written. server: until the own server has taken responsibility. receipt, displayed: until a device of ' +
      'the recipient has confirmed it; if that does not come before --timeout, the exit status is 1.',
  }),
  bounceWait: option(duration(), 'how long to wait for the message to come back', {
    presetText: 'until other servers answer, at most 2s',
  }),
  allowEmpty: flag('send an empty message'),
  replaceInvalid: flag('replace what XMPP cannot carry instead of refusing it'),
};
type SendArgs = Values<typeof args>;

export const send = defineCommand({
  name: 'send',
  summary: 'send a message',
  description:
    'Exit status 0 means that the own server has taken responsibility for the message: it acknowledged it, and no error had come back. ' +
    'It never shows you as online, so that messages waiting for you stay where they are. If nobody can say whether the ' +
    'message arrived, the exit status is 79.',
  args,
  shared: 'connecting',
  yields: 'stream',
  fields: deliveryFields,
  confirm: ({ to, status }: Delivery) => (status === 'failed' || status === 'unknown' ? '' : `${to}: ${words[status]}`),
  examples: [
    ['xmppctl send bob@example.org "hello"', 'one message'],
    ['df -h | xmppctl send ops@example.org --subject "Disks of $(hostname)"', 'the output of a command'],
    ['xmppctl send --to bob@example.org --to carol@example.org "lunch?"', 'several recipients'],
    [
      'xmppctl send bob@example.org "are you there?" --wait receipt --timeout 10s',
      'exit status 1 if no device confirms it',
    ],
  ],
  fails: [
    'negative',
    'usage',
    'data',
    'noinput',
    'nouser',
    'nohost',
    'tempfail',
    'noperm',
    'config',
    'unconfirmed',
    'insecure',
    'partial',
  ],
  async *run(args, ctx) {
    const { recipients, body } = await whatToWhom(args, ctx);
    await using session = await ctx.connect();
    const outcomes = await sendAll(session, recipients, body, args, ctx);
    for (const { delivery } of outcomes) yield delivery;
    throwUnlessAllWell(outcomes);
  },
});

const words = {
  acked: 'the server has it',
  delivered: 'delivered',
  displayed: 'displayed',
  reflected: 'the room has it',
  sent: 'sent, not waited for',
} as const;

async function whatToWhom(args: SendArgs, ctx: Context): Promise<{ recipients: Jid[]; body: string }> {
  const listed = [...args.to, ...(await recipientsInFile(args.recipients, ctx))];
  const firstIsBody = listed.length > 0 && args.body === undefined;
  const argument = firstIsBody ? args.recipient : args.body;
  const first = firstIsBody || args.recipient === undefined ? [] : [jid().parse(args.recipient)];
  const recipients = unique([...first, ...listed]);
  if (recipients.length === 0)
    throw new XmppctlError('usage', 'there is no recipient', { hint: 'xmppctl send JID [BODY]' });
  if (args.id !== undefined && recipients.length > 1)
    throw new XmppctlError('usage', '--id goes with one recipient only');
  for (const given of [args.subject, args.thread, args.id, args.url]) checkText(given ?? '', false);
  const body = await readText({ ...args, argument, instead: args.url }, ctx);
  return { recipients, body };
}

/** What became of each, in order. What cannot be sent is an outcome too: those before it are under way all the same. */
async function sendAll(
  session: Session,
  recipients: readonly Jid[],
  body: string,
  args: SendArgs,
  ctx: Context,
): Promise<Outcome[]> {
  const sent: Sent[] = [];
  const unsent = new Map<Jid, Outcome>();
  for (const to of recipients) {
    const id = args.id ?? ctx.randomId();
    const tracked = track(session, to, id, args);
    try {
      await session.send(messageTo(to, id, body, args));
      sent.push(tracked);
    } catch (error) {
      if (!(error instanceof XmppctlError)) throw error;
      unsent.set(to, outcome(to.full, id, 'failed', error));
    }
  }
  const outcomes = sent.length === 0 ? [] : await outcomesOf(session, sent, args, ctx);
  const byRecipient = new Map([...unsent, ...sent.map(({ to }, index) => [to, outcomes[index]] as const)]);
  return recipients.flatMap((to) => byRecipient.get(to) ?? []);
}

function messageTo(to: Jid, id: string, body: string, args: SendArgs): Element {
  const { subject, thread } = args;
  const type = args.headline ? 'headline' : (args.type ?? 'chat');
  return buildMessage({ to: to.full, id, type, body, subject, thread, payload: payloadOf(args) });
}

function payloadOf({ url, wait }: SendArgs): Element[] {
  return [
    ...(url === undefined ? [] : [oob(url)]),
    ...(wait === 'receipt' ? [receiptRequest()] : []),
    ...(wait === 'displayed' ? [markable()] : []),
  ];
}
