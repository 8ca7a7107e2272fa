/** Messages from the lines of standard input: one text a line, or one JSON object a line. */
import { XmppctlError } from '../errors.ts';
import { choice, jid } from '../grammar/values.ts';
import { unlessAborted } from '../session/abort.ts';
import type { Jid } from '../xmpp/jid.ts';
import type { Context } from './context.ts';
import { type DeliveryArgs, type Outcome, outcome } from './delivery.ts';
import { bodyLimit, checkText, decodeText } from './message-text.ts';
import { checkMessage, draftFor, type MessageOptions, messageKinds } from './outgoing.ts';
import type { Draft } from './send-together.ts';

export interface InputOptions extends MessageOptions, Pick<DeliveryArgs, 'wait'> {
  readonly allowEmpty: boolean;
  readonly replaceInvalid: boolean;
}

/** Each line as a message to each recipient. A line that cannot be one is an outcome; an empty one is passed over. */
export async function* messagesOfLines(
  recipients: readonly Jid[],
  options: InputOptions,
  ctx: Context,
): AsyncGenerator<Draft | Outcome> {
  for await (const text of textsOfLines(options, ctx)) {
    for (const to of recipients) {
      const id = ctx.randomId();
      yield typeof text === 'string' ? draftFor(to, id, text, options) : outcome(to.full, id, 'failed', text);
    }
  }
}

/** The text of each line, or why it cannot be one; empty ones are passed over, unless they are wanted. */
export async function* textsOfLines(
  { allowEmpty, replaceInvalid }: Pick<InputOptions, 'allowEmpty' | 'replaceInvalid'>,
  ctx: Context,
): AsyncGenerator<string | XmppctlError> {
  for await (const { line, number } of linesOf(ctx)) {
    try {
      const text = checkText(decodeLine(line, replaceInvalid), replaceInvalid);
      if (text !== '' || allowEmpty) yield text;
    } catch (error) {
      yield lineError(error, number);
    }
  }
}

/** Each line as the message that its JSON object describes; what it does not say is as `options` say. */
export async function* messagesOfBatch(options: InputOptions, ctx: Context): AsyncGenerator<Draft | Outcome> {
  for await (const { line, number } of linesOf(ctx)) {
    let entry: Record<string, unknown> = {};
    try {
      const text = decodeLine(line, options.replaceInvalid);
      if (text.trim() === '') continue;
      entry = readObject(text);
      yield readEntry(entry, options, ctx);
    } catch (error) {
      const { to, id } = entry;
      const why = lineError(error, number);
      yield outcome(typeof to === 'string' ? to : null, typeof id === 'string' ? id : null, 'failed', why);
    }
  }
}

/** Lines as they come, until the input or the user ends them. */
async function* linesOf(ctx: Context): AsyncGenerator<{ line: Uint8Array; number: number }> {
  const lines = ctx.input.lines(bodyLimit, 'cut')[Symbol.asyncIterator]();
  for (let number = 1; ; number += 1) {
    const next = await unlessAborted(lines.next(), ctx.stopped).catch((error) => {
      if (ctx.stopped.aborted) return undefined;
      throw error;
    });
    if (!next || next.done) return;
    yield { line: next.value, number };
  }
}

function decodeLine(line: Uint8Array, replaceInvalid: boolean): string {
  if (line.length > bodyLimit) throw new XmppctlError('data', `it is longer than ${bodyLimit} bytes`);
  return decodeText(line, replaceInvalid).replace(/\r$/, '');
}

function lineError(error: unknown, number: number): XmppctlError {
  if (!(error instanceof XmppctlError)) throw error;
  const { kind, hint } = error;
  return new XmppctlError(kind, `line ${number}: ${error.message}`, { hint, cause: error });
}

function readObject(text: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new XmppctlError('data', 'it is not JSON');
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw new XmppctlError('data', 'it is not a JSON object');
}

const kind = choice(messageKinds);
const recipient = jid();
const entryKeys = new Set([
  ...['to', 'body', 'type', 'subject', 'id', 'thread', 'url'],
  ...['replyTo', 'correct', 'react', 'retract'],
]);

/** Throws kind data for what is no message, kind usage for a recipient that is no JID. */
export function readEntry(entry: Record<string, unknown>, options: InputOptions, ctx: Context): Draft {
  for (const key of Object.keys(entry)) {
    if (entryKeys.has(key)) continue;
    throw new XmppctlError('data', `'${key}' is no key of a message`, {
      hint: `The keys are: ${[...entryKeys].join(', ')}.`,
    });
  }
  const given = (key: string): string | undefined => {
    const value = entry[key];
    if (value === null || value === undefined) return undefined;
    if (typeof value !== 'string') throw new XmppctlError('data', `the value of '${key}' is not a string`);
    return value;
  };
  const to = given('to');
  if (to === undefined) throw new XmppctlError('data', "it has no 'to'");
  const type = given('type');
  const message = {
    id: given('id'),
    type: type === undefined ? options.type : kind.parse(type),
    wait: options.wait,
    subject: given('subject') ?? options.subject,
    thread: given('thread') ?? options.thread,
    url: given('url') ?? options.url,
    replyTo: given('replyTo') ?? options.replyTo,
    correct: given('correct') ?? options.correct,
    react: given('react') ?? options.react,
    retract: given('retract') ?? options.retract,
  };
  checkMessage(message);
  const body = checkText(given('body') ?? message.url ?? '', options.replaceInvalid);
  if (body === '' && !options.allowEmpty && message.retract === undefined) {
    throw new XmppctlError('data', 'the message is empty', { hint: 'To send it anyway: --allow-empty' });
  }
  return draftFor(recipient.parse(to), message.id ?? ctx.randomId(), body, message);
}
