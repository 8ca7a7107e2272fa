import { XmppctlError } from '../errors.ts';
import { defineCommand, flag, option, optionalPositional, options, type Values } from '../grammar/command.ts';
import { choice, duration, file, jid, text, unparsed } from '../grammar/values.ts';
import type { Jid } from '../xmpp/jid.ts';
import type { Context } from './context.ts';
import { type Delivery, deliveryFields, type Outcome, tallyOfMessages } from './delivery.ts';
import { Line } from './line.ts';
import { readText } from './message-text.ts';
import { checkMessage, draftFor, messageArgs } from './outgoing.ts';
import { recipientsInFile, unique } from './recipients.ts';
import { writeReliably } from './recover.ts';
import { messagesOfBatch, messagesOfLines } from './send-input.ts';
import { sendAsTheyCome } from './send-stream.ts';
import type { Draft } from './send-together.ts';
import { Spool } from './spool.ts';

const args = {
  recipient: optionalPositional(
    unparsed('JID', 'jid'),
    'who gets the message; with --to or --recipients this is the BODY',
  ),
  body: optionalPositional(text('BODY'), 'the message; "-" or none: standard input'),
  to: options(jid(), 'another recipient'),
  recipients: option(file(), 'a file with one recipient a line'),
  bodyFile: option(file(), 'read the message from FILE'),
  lines: flag('send each line of standard input as a message, as it comes'),
  batch: flag('send the messages that standard input describes, a JSON object a line', {
    description:
      'The keys are to, body, type, subject, id, thread, url, replyTo, correct, react and retract; what a line does not say is as the options say. ' +
      'The results come in the same order, as NDJSON. A line that is no message gives a failed result, and the rest goes on.',
  }),
  ...messageArgs,
  headline: flag('same as --type headline'),
  wait: option(choice(['none', 'server', 'receipt', 'displayed'], 'WHAT'), 'what to wait for', {
    presetText: 'server',
    description:
      'none: until it was written. server: until the own server has taken responsibility. receipt, displayed: until a device of ' +
      'the recipient has confirmed it; if that does not come before --timeout, the exit status is 1.',
  }),
  bounceWait: option(duration(), 'how long to wait for the message to come back', {
    presetText: 'until other servers answer, at most 2s',
  }),
  retryUnknown: flag('send again, with the same id, what may have arrived already', {
    description:
      'Where the connection breaks before the server has said that it has the message, the archive of the account is asked for it over another ' +
      'connection. If the archive does not have it, the exit status is 79; with this option the message is sent once more. Receivers that know ' +
      'the id show it once.',
  }),
  spool: flag('keep the message on this machine if it cannot be sent now', {
    description:
      'The exit status is 0 if the message was sent or is safely kept: then it must not be sent again by whoever called. What is kept has the status ' +
      'unknown, with the reason why it was not sent. xmppctl flush sends it, and so does the next send --spool, before its own message. ' +
      'What can never be delivered is not kept. With --lines and --batch the server is looked for again every 30 seconds, when a message comes.',
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
    'message arrived, the exit status is 79.\n\n' +
    'With --lines and --batch it keeps the connection for as long as the pipe is open, and sends each message when it comes, without ' +
    'waiting for what became of those before it; --timeout is for the connecting, and for the server to answer for what it got. ' +
    'At the end of the input it waits for the fate of all, and the exit status is 0 only if each of them was sent. No message at all ' +
    'is no failure. Where the connection is lost for good it ends; a line without a result was not sent.',
  args,
  shared: 'connecting',
  openEnded: ({ lines, batch }) => lines || batch,
  usuallyNdjson: ({ batch }) => batch,
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
    ['tail -F app.log | xmppctl send ops@example.org --lines', 'each line as it comes'],
    [
      `jq -c '{to: .email, body: "Your order is on its way"}' orders.json | xmppctl send --batch`,
      'many messages over one connection, with a result for each',
    ],
  ],
  fails: [
    'negative',
    'usage',
    'data',
    'noinput',
    'nouser',
    'nohost',
    'osfile',
    'conflict',
    'tempfail',
    'noperm',
    'config',
    'unconfirmed',
    'insecure',
    'partial',
  ],
  check(args) {
    const { lines, batch, body, bodyFile, recipient, to, recipients, id, retract } = args;
    checkMessage(args);
    if (lines && batch) throw new XmppctlError('usage', '--lines and --batch exclude each other');
    if (batch && (recipient !== undefined || to.length > 0 || recipients !== undefined)) {
      throw new XmppctlError('usage', "--batch takes the recipients from the lines: their key is 'to'");
    }
    if ((lines || batch) && (body !== undefined || bodyFile !== undefined)) {
      throw new XmppctlError(
        'usage',
        '--lines and --batch read standard input; a BODY or --body-file does not go with them',
      );
    }
    if ((lines || batch) && id !== undefined) throw new XmppctlError('usage', '--id goes with one message only');
    if (lines && retract !== undefined) throw new XmppctlError('usage', '--retract goes with one message only');
  },
  async *run(args, ctx) {
    const messages = await messagesOf(args, ctx);
    const tally = tallyOfMessages();
    await using line = new Line(ctx);
    if (args.spool) return yield* spooled(line, messages, args, ctx);
    await line.session();
    const write = (group: readonly (Draft | Outcome)[]) => writeReliably(line, group, args, ctx);
    const results = Array.isArray(messages)
      ? await (await write(messages)).outcomes
      : sendAsTheyCome(messages, write, ctx);
    for await (const result of results) {
      tally.add(result);
      yield result.delivery;
    }
    tally.throwUnlessAllWell();
  },
});

/** What waited before is told as well; only what is neither sent nor kept is a failure. */
async function* spooled(line: Line, messages: Messages, args: SendArgs, ctx: Context): AsyncGenerator<Delivery> {
  const spool = new Spool(line, args, ctx);
  const tally = tallyOfMessages();
  for await (const { outcome, waited, kept } of spool.send(oneByOne(messages))) {
    if (waited) {
      if (outcome.error && !kept) ctx.warn(`an earlier message: ${outcome.error.message}`);
      continue;
    }
    if (kept && outcome.error) ctx.notice(`${outcome.error.message} (xmppctl flush sends it)`);
    tally.add(kept ? { ...outcome, error: undefined } : outcome);
    yield outcome.delivery;
  }
  tally.throwUnlessAllWell();
}

const words = {
  acked: 'the server has it',
  delivered: 'delivered',
  displayed: 'displayed',
  reflected: 'the room has it',
  sent: 'sent, not waited for',
} as const;

/** All at once, or as they come. */
type Messages = Draft[] | AsyncIterable<Draft | Outcome>;

async function* oneByOne(messages: Messages): AsyncGenerator<Draft | Outcome> {
  yield* messages;
}

async function messagesOf(args: SendArgs, ctx: Context): Promise<Messages> {
  const options = { ...args, ...(args.headline ? { type: 'headline' as const } : {}) };
  if (args.batch) return messagesOfBatch(options, ctx);
  const { recipients, argument } = await whatToWhom(args, ctx);
  if (args.lines) return messagesOfLines(recipients, options, ctx);
  const instead = args.url ?? (args.retract === undefined ? undefined : '');
  const body = await readText({ ...args, argument, instead }, ctx);
  return recipients.map((to) => draftFor(to, args.id ?? ctx.randomId(), body, options));
}

async function whatToWhom(args: SendArgs, ctx: Context): Promise<{ recipients: Jid[]; argument: string | undefined }> {
  const listed = [...args.to, ...(await recipientsInFile(args.recipients, jid().parse, ctx))];
  const firstIsBody = listed.length > 0 && args.body === undefined;
  const argument = firstIsBody ? args.recipient : args.body;
  const first = firstIsBody || args.recipient === undefined ? [] : [jid().parse(args.recipient)];
  const recipients = unique([...first, ...listed]);
  if (recipients.length === 0)
    throw new XmppctlError('usage', 'there is no recipient', { hint: 'xmppctl send JID [BODY]' });
  if (args.id !== undefined && recipients.length > 1)
    throw new XmppctlError('usage', '--id goes with one recipient only');
  if (args.lines && argument !== undefined) {
    throw new XmppctlError('usage', '--lines reads standard input; a BODY does not go with it');
  }
  if (args.retract !== undefined && argument !== undefined) {
    throw new XmppctlError('usage', '--retract takes no BODY');
  }
  return { recipients, argument };
}
