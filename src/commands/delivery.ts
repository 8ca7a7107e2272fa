/** What became of messages: per recipient a result, and for all of them one truthful end of the command. */
import { type ErrorKind, XmppctlError } from '../errors.ts';
import type { Field } from '../grammar/command.ts';
import { mayReturn } from '../session/bounces.ts';
import type { Expectation, Session, Settled } from '../session/types.ts';
import { type Jid, readJid } from '../xmpp/jid.ts';
import { readStanzaError, type StanzaError, stanzaErrorToError } from '../xmpp/stanza-error.ts';
import { readReceipt } from '../xmpp/xep0184-receipts.ts';
import { readDisplayed } from '../xmpp/xep0333-markers.ts';
import { type Element, ns } from '../xmpp/xml.ts';
import { bounceHint } from './bounce-hint.ts';
import { closingMs, othersAnswer, waitForBounces } from './bounce-wait.ts';
import type { Context } from './context.ts';
import { Tally } from './tally.ts';

export type DeliveryStatus = 'acked' | 'delivered' | 'displayed' | 'reflected' | 'sent' | 'failed' | 'unknown';

export interface Delivery {
  /** Null for a line of --batch that does not say it. */
  readonly to: string | null;
  readonly id: string | null;
  readonly status: DeliveryStatus;
  readonly stanzaId: string | null;
  readonly error: Record<string, unknown> | null;
}

export const deliveryFields = [
  { key: 'to', summary: 'the recipient', type: 'string' },
  { key: 'id', summary: 'the id of the message', type: 'string' },
  {
    key: 'status',
    summary: 'acked, delivered, displayed, reflected (by a room), sent (not waited), failed or unknown',
    type: 'string',
  },
  { key: 'stanzaId', summary: 'the id in the archive, where the server tells it', type: 'string', column: false },
  { key: 'error', summary: 'why it failed: kind, condition, message', type: 'object', show: showError },
] as const satisfies readonly Field<Delivery>[];

function showError(value: unknown): string {
  return value === null ? '' : String((value as { message?: unknown }).message ?? '');
}

/** One recipient's result, with the error itself for the end of the command. */
export interface Outcome {
  readonly delivery: Delivery;
  readonly error: XmppctlError | undefined;
}

export const outcome = (
  to: string | null,
  id: string | null,
  status: DeliveryStatus,
  error?: XmppctlError,
  stanzaId: string | null = null,
): Outcome => ({
  delivery: { to, id, status, stanzaId, error: error ? error.toJSON() : null },
  error,
});

/** Servers answer service-unavailable for a user that does not exist (RFC 6121 8.5.1). */
const bounceKinds: Readonly<Record<string, ErrorKind>> = {
  'service-unavailable': 'nouser',
  'jid-malformed': 'nouser',
  'not-acceptable': 'noperm',
  'recipient-unavailable': 'nouser', // though its type is usually 'wait'
};

/** What servers rarely say. */
const bounceTexts: Readonly<Record<string, string>> = {
  'service-unavailable': 'nobody has that address, or nobody there takes messages',
  'remote-server-not-found': 'there is no such domain, or no XMPP server',
};

/** The error that a bounced message means. */
export function bounceError(to: string, bounce: StanzaError): XmppctlError {
  const hint = bounceHint(to, bounce);
  const said = { ...bounce, text: bounce.text || (bounceTexts[bounce.condition] ?? null) };
  return stanzaErrorToError(`the message to ${to} came back`, said, bounceKinds, hint);
}
/** Reads the bounce of the message to `to` with that id. */
export const bounceOf =
  (id: string, to: Jid, { jid }: Session) =>
  (stanza: Element): StanzaError | undefined =>
    stanza.is('message', ns.client) &&
    stanza.attrs.type === 'error' &&
    stanza.attrs.id === id &&
    mayReturn(readJid(stanza.attrs.from), to, jid.domain)
      ? readStanzaError(stanza)
      : undefined;

/** What became of the messages of a command. */
export const tallyOfMessages = (): Tally => new Tally('messages were not delivered', 'unknown');

/** Throws if anything failed: the one error, the one that all share, or kind partial. */
export function throwUnlessAllWell(outcomes: readonly Outcome[]): void {
  const tally = tallyOfMessages();
  for (const outcome of outcomes) tally.add(outcome);
  tally.throwUnlessAllWell();
}

/** What the user wants to be waited for. */
export interface DeliveryArgs {
  readonly wait: 'none' | 'server' | 'receipt' | 'displayed' | undefined;
  /** In milliseconds; undefined: until other servers answer, at most two seconds. */
  readonly bounceWait: number | undefined;
}

/** One message under way, and what would tell its fate. */
export interface Sent {
  readonly to: Jid;
  readonly id: string;
  readonly bounce: Expectation<StanzaError>;
  readonly confirmation: Expectation<true> | undefined;
}

/** Listens for the fate of a message; to be called before it is sent. */
export const track = (session: Session, to: Jid, id: string, { wait }: Pick<DeliveryArgs, 'wait'>): Sent => ({
  to,
  id,
  bounce: session.expect(bounceOf(id, to, session)),
  confirmation: confirmationOf(session, id, to, wait),
});

/** Takes receipts and markers only from the recipient's own bare JID (CASES 41). */
function confirmationOf(
  session: Session,
  id: string,
  to: Jid,
  wait: DeliveryArgs['wait'],
): Expectation<true> | undefined {
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

/** What became of each message, in order: after the fence, and after the receipts that were to be waited for. */
export async function outcomesOf(
  session: Session,
  sent: readonly Sent[],
  args: DeliveryArgs,
  ctx: Context,
): Promise<Outcome[]> {
  if (args.wait === 'none') return sent.map(({ to, id }) => outcome(to.full, id, 'sent'));
  const others = othersAnswer(session, sent, args);
  let settled: Settled;
  try {
    settled = await session.settle();
  } catch (error) {
    if (!(error instanceof XmppctlError)) throw error; // a bug, or the end of a dry run
    return await Promise.all(sent.map((message) => afterBreak(session, message, error)));
  }
  await waitForBounces(sent, others, args, ctx);
  return await Promise.all(
    sent.map(async (message) => {
      const bounce = settled.bounce(message.id, message.to);
      if (bounce) return outcome(message.to.full, message.id, 'failed', bounceError(message.to.full, bounce));
      return message.confirmation ? await confirmed(message, args, ctx) : outcome(message.to.full, message.id, 'acked');
    }),
  );
}

/** The stream broke: some may have been acknowledged before, or come back. */
async function afterBreak(
  { unacknowledged }: Session,
  { to, id, bounce }: Sent,
  error: XmppctlError,
): Promise<Outcome> {
  const bounced = await bounce.within(0).catch(() => undefined);
  if (bounced) return outcome(to.full, id, 'failed', bounceError(to.full, bounced));
  if (unacknowledged?.has(id) === false) return outcome(to.full, id, 'acked');
  return outcome(to.full, id, error.delivered === 'unknown' ? 'unknown' : 'failed', error);
}

async function confirmed(
  { to, id, confirmation, bounce }: Sent,
  { wait }: DeliveryArgs,
  ctx: Context,
): Promise<Outcome> {
  const left = Math.max(0, Math.min(ctx.left(), ctx.timeout()) - closingMs);
  const first = await Promise.race([confirmation?.within(left), bounce.within(left)]).catch(() => undefined);
  if (first === true) return outcome(to.full, id, wait === 'displayed' ? 'displayed' : 'delivered');
  if (first !== undefined) return outcome(to.full, id, 'failed', bounceError(to.full, first));
  const what = wait === 'displayed' ? 'displayed marker' : 'receipt';
  const error = new XmppctlError('negative', `the server has the message, but no ${what} came from ${to.full}`, {
    delivered: 'yes',
  });
  return outcome(to.full, id, 'acked', error);
}
