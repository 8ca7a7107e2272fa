import { asXmppctlError, XmppctlError } from '../errors.ts';
import { defineCommand, flag, option, optionalPositional, options, type Values } from '../grammar/command.ts';
import { choice, duration, file, jid, text, unparsed } from '../grammar/values.ts';
import type { Expectation, Session } from '../session/types.ts';
import { type Jid, readJid } from '../xmpp/jid.ts';
import { buildMessage } from '../xmpp/message.ts';
import type { StanzaError } from '../xmpp/stanza-error.ts';
import { oob } from '../xmpp/xep0066-oob.ts';
import { readReceipt, receiptRequest } from '../xmpp/xep0184-receipts.ts';
import { ping } from '../xmpp/xep0199-ping.ts';
import { markable, readDisplayed } from '../xmpp/xep0333-markers.ts';
import { type Element, ns } from '../xmpp/xml.ts';
import type { Context } from './context.ts';
import {
  bounceError,
  bounceOf,
  type Delivery,
  deliveryFields,
  type Outcome,
  outcome,
  throwUnlessAllWell,
} from './delivery.ts';
import { checkText, decodeText, readText } from './message-text.ts';

/** How long a message to another domain may take to come back before it counts as accepted. */
const remoteFenceMs = 2000;
/** Kept of --timeout for closing the stream. */
const closingMs = 300;
const recipientsLimit = 1024 * 1024;

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
    const sent = await sendAll(session, recipients, body, args, ctx);
    const outcomes = await outcomesOf(session, sent, args, ctx);
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

/** One message under way, and what would tell its fate. */
interface Sent {
  readonly to: Jid;
  readonly id: string;
  readonly bounce: Expectation<StanzaError>;
  readonly confirmation: Expectation<true> | undefined;
}

async function whatToWhom(args: SendArgs, ctx: Context): Promise<{ recipients: Jid[]; body: string }> {
  const listed = [...args.to, ...(await recipientsInFile(args, ctx))];
  const firstIsBody = listed.length > 0 && args.body === undefined;
  const argument = firstIsBody ? args.recipient : args.body;
  const first = firstIsBody || args.recipient === undefined ? [] : [jid().parse(args.recipient)];
  const recipients = [...new Map([...first, ...listed].map((recipient) => [recipient.full, recipient])).values()];
  if (recipients.length === 0)
    throw new XmppctlError('usage', 'there is no recipient', { hint: 'xmppctl send JID [BODY]' });
  if (args.id !== undefined && recipients.length > 1)
    throw new XmppctlError('usage', '--id goes with one recipient only');
  for (const given of [args.subject, args.thread, args.id, args.url]) checkText(given ?? '', false);
  const body = await readText({ ...args, argument, instead: args.url }, ctx);
  return { recipients, body };
}

async function recipientsInFile({ recipients }: SendArgs, ctx: Context): Promise<Jid[]> {
  if (recipients === undefined) return [];
  const lines = decodeText(await ctx.files.read(recipients, recipientsLimit), false).split(/\r?\n/);
  return lines
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => jid().parse(line));
}

async function sendAll(
  session: Session,
  recipients: readonly Jid[],
  body: string,
  args: SendArgs,
  ctx: Context,
): Promise<Sent[]> {
  const sent: Sent[] = [];
  for (const to of recipients) {
    const id = args.id ?? ctx.randomId();
    sent.push({
      to,
      id,
      bounce: session.expect(bounceOf(id)),
      confirmation: confirmationOf(session, id, to, args.wait),
    });
    await session.send(
      buildMessage({
        to: to.full,
        id,
        type: args.headline ? 'headline' : (args.type ?? 'chat'),
        body,
        subject: args.subject,
        thread: args.thread,
        payload: payloadOf(args),
      }),
    );
  }
  return sent;
}

function payloadOf({ url, wait }: SendArgs): Element[] {
  return [
    ...(url === undefined ? [] : [oob(url)]),
    ...(wait === 'receipt' ? [receiptRequest()] : []),
    ...(wait === 'displayed' ? [markable()] : []),
  ];
}

/** Takes receipts and markers only from the recipient's own bare JID (CASES 41). */
function confirmationOf(session: Session, id: string, to: Jid, wait: SendArgs['wait']): Expectation<true> | undefined {
  if (wait !== 'receipt' && wait !== 'displayed') return undefined;
  return session.expect((stanza) => {
    if (
      !stanza.is('message', ns.client) ||
      stanza.attrs.type === 'error' ||
      readJid(stanza.attrs.from)?.bare !== to.bare
    )
      return undefined;
    const confirmed = readDisplayed(stanza) ?? (wait === 'receipt' ? readReceipt(stanza) : null);
    return confirmed === id ? true : undefined;
  });
}

async function outcomesOf(session: Session, sent: readonly Sent[], args: SendArgs, ctx: Context): Promise<Outcome[]> {
  if (args.wait === 'none') return sent.map(({ to, id }) => outcome(to.full, id, 'sent'));
  const others = otherServersAnswer(session, sent, args);
  let bounces: ReadonlyMap<string, StanzaError>;
  try {
    ({ bounces } = await session.settle());
  } catch (thrown) {
    const error = asXmppctlError(thrown);
    return sent.map(({ to, id }) => outcome(to.full, id, error.kind === 'unconfirmed' ? 'unknown' : 'failed', error));
  }
  await waitForBounces(sent, others, args, ctx);
  return await Promise.all(
    sent.map(async (message) => {
      const bounce = bounces.get(message.id);
      if (bounce) return outcome(message.to.full, message.id, 'failed', bounceError(message.to.full, bounce));
      return message.confirmation ? await confirmed(message, args, ctx) : outcome(message.to.full, message.id, 'acked');
    }),
  );
}

/**
 * A ping to each other domain, after the messages to it: when it is answered, by whomever, an error of a message before
 * it has come as well. The own server's acknowledgement says nothing of that.
 */
async function otherServersAnswer(session: Session, sent: readonly Sent[], { bounceWait }: SendArgs): Promise<void> {
  if (bounceWait !== undefined) return;
  const domains = new Set(sent.map(({ to }) => to.domain).filter((domain) => domain !== session.jid.domain));
  await Promise.allSettled([...domains].map((domain) => session.request(ping(domain))));
}

/** The server has the messages now; a stream that breaks from here on takes nothing of that back. */
async function waitForBounces(
  sent: readonly Sent[],
  others: Promise<void>,
  { bounceWait }: SendArgs,
  ctx: Context,
): Promise<void> {
  const left = Math.max(0, ctx.left() - closingMs);
  if (bounceWait === undefined) await Promise.race([others, ctx.clock.after(Math.min(remoteFenceMs, left))]);
  else await Promise.allSettled(sent.map(({ bounce }) => bounce.within(Math.min(bounceWait, left))));
}

async function confirmed({ to, id, confirmation, bounce }: Sent, { wait }: SendArgs, ctx: Context): Promise<Outcome> {
  const left = Math.max(0, ctx.left() - closingMs);
  const first = await Promise.race([confirmation?.within(left), bounce.within(left)]).catch(() => undefined);
  if (first === true) return outcome(to.full, id, wait === 'displayed' ? 'displayed' : 'delivered');
  if (first !== undefined) return outcome(to.full, id, 'failed', bounceError(to.full, first));
  const what = wait === 'displayed' ? 'displayed marker' : 'receipt';
  const error = new XmppctlError('negative', `the server has the message, but no ${what} came from ${to.full}`, {
    delivered: 'yes',
  });
  return outcome(to.full, id, 'acked', error);
}
