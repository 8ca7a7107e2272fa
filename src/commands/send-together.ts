/** Messages that leave together over one connection, and what became of each of them. */
import { XmppctlError } from '../errors.ts';
import type { Session } from '../session/types.ts';
import type { Jid } from '../xmpp/jid.ts';
import type { Element } from '../xmpp/xml.ts';
import type { Context } from './context.ts';
import { type DeliveryArgs, type Outcome, outcome, outcomesOf, type Sent, track } from './delivery.ts';

/** A message that can be sent. */
export interface Draft {
  readonly to: Jid;
  readonly id: string;
  readonly stanza: Element;
  /** The same as a line of --batch. */
  entry(): Readonly<Record<string, string>>;
}

/** So many characters may be written before the network must have taken them. */
const writeAhead = 16_384;

/** Messages that have left. */
export interface Written {
  /** What became of each, in order; what could not be a message before stays as it is. */
  readonly outcomes: Promise<readonly Outcome[]>;
}

/**
 * Writes the messages; their fates come later. What cannot be sent is an outcome too: those before it are under way all
 * the same.
 */
export async function writeTogether(
  session: Session,
  messages: readonly (Draft | Outcome)[],
  args: DeliveryArgs,
  ctx: Context,
): Promise<Written> {
  const written: Promise<Sent | Outcome>[] = [];
  let ahead = 0;
  for (const message of messages) {
    written.push('error' in message ? Promise.resolve(message) : write(session, message, args));
    ahead += 'error' in message ? 0 : (message.stanza.getChildText('body')?.length ?? 0) + 200;
    if (ahead > writeAhead) {
      await Promise.all(written);
      ahead = 0;
    }
  }
  const outcomes = fatesOf(session, await Promise.all(written), args, ctx);
  outcomes.catch(() => {}); // thrown to whoever asks for them
  return { outcomes };
}

/** What became of each, in order; what is known already stays as it is. */
export async function fatesOf(
  session: Session,
  fates: readonly (Sent | Outcome)[],
  args: DeliveryArgs,
  ctx: Context,
): Promise<readonly Outcome[]> {
  const sent = fates.flatMap((fate) => ('error' in fate ? [] : [fate]));
  const outcomes = (sent.length === 0 ? [] : await outcomesOf(session, sent, args, ctx)).values();
  for (const { bounce, confirmation } of sent) {
    bounce.cancel();
    confirmation?.cancel();
  }
  return fates.map((fate) => ('error' in fate ? fate : (outcomes.next().value as Outcome)));
}

/** Writes one message. What cannot be sent is an outcome, kind as the error's; anything but an XmppctlError is thrown. */
export async function write(
  session: Session,
  { to, id, stanza }: Omit<Draft, 'entry'>,
  args: Pick<DeliveryArgs, 'wait'>,
): Promise<Sent | Outcome> {
  const sent = track(session, to, id, args);
  try {
    await session.send(stanza);
    return sent;
  } catch (error) {
    if (!(error instanceof XmppctlError)) throw error;
    sent.bounce.cancel();
    sent.confirmation?.cancel();
    return outcome(to.full, id, 'failed', error);
  }
}

/** None of them has left, because of `error`. */
export const allFailed = (messages: readonly (Draft | Outcome)[], error: XmppctlError): Outcome[] =>
  messages.map((message) => ('error' in message ? message : outcome(message.to.full, message.id, 'failed', error)));
