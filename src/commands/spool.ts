/** Sending by way of the outbox: what waits there goes first, and what cannot be sent now waits there. */
import type { Kept, Outbox } from '../account/outbox.ts';
import { asXmppctlError, XmppctlError } from '../errors.ts';
import { delay } from '../xmpp/xep0203-delay.ts';
import type { Context } from './context.ts';
import { type Outcome, outcome } from './delivery.ts';
import type { Line } from './line.ts';
import { idsInArchive, type RecoverArgs, writeReliably } from './recover.ts';
import { type InputOptions, readEntry } from './send-input.ts';
import type { Draft } from './send-together.ts';

/** Whether it may work later, so that the message is to be kept: the network, the server, or nobody knows. */
const maySucceed = ({ kind }: XmppctlError): boolean => kind === 'tempfail' || kind === 'unconfirmed';

interface Parcel {
  readonly draft: Draft | Outcome;
  readonly kept: Kept | undefined;
}

/** What became of those that waited and of the new ones, in this order. New ones that are kept count as done. */
export async function sendSpooled(
  line: Line,
  outbox: Outbox,
  messages: readonly Draft[],
  args: RecoverArgs & InputOptions,
  ctx: Context,
): Promise<{ outcome: Outcome; isDone: boolean }[]> {
  const parcels: Parcel[] = [
    ...(await outbox.list()).map((kept) => ({ kept, draft: draftOf(kept, args, ctx) })),
    ...messages.map((draft) => ({ kept: undefined, draft })),
  ];
  if (parcels.length === 0) return [];
  const since = ctx.clock.now().toISOString();
  const fates = await attempt(line, parcels, args, ctx);
  const results: { outcome: Outcome; isDone: boolean }[] = [];
  for (const [index, { kept, draft }] of parcels.entries()) {
    const fate = fates[index];
    if (!fate) continue;
    const keep = fate.error !== undefined && maySucceed(fate.error);
    const left = fate.delivery.status === 'unknown';
    if (kept && !keep) await outbox.remove(kept);
    else if (kept && left && !kept.left) await outbox.markLeft(kept);
    else if (!kept && keep && !('error' in draft)) {
      await outbox.put({ message: draft.entry, since, left });
      const { to, id } = fate.delivery;
      results.push({ outcome: outcome(to, id, 'unknown', inOutbox(fate.error)), isDone: true });
      continue;
    }
    results.push({ outcome: fate, isDone: fate.error === undefined });
  }
  return results;
}

async function attempt(
  line: Line,
  parcels: readonly Parcel[],
  args: RecoverArgs,
  ctx: Context,
): Promise<readonly Outcome[]> {
  try {
    const session = await line.session();
    // What left before may have arrived.
    const lost = parcels.flatMap(({ kept, draft }) => (kept?.left && !('error' in draft) ? [{ kept, draft }] : []));
    const oldest = lost.map(({ kept }) => kept.since).sort()[0];
    const found = oldest
      ? await idsInArchive(session, new Set(lost.map(({ draft }) => draft.id)), new Date(oldest), ctx)
      : new Map<string, string>();
    const group = parcels.map(({ kept, draft }) => {
      if ('error' in draft) return draft;
      const stanzaId = found.get(draft.id);
      if (stanzaId !== undefined && kept?.left) return outcome(draft.to.full, draft.id, 'acked', undefined, stanzaId);
      if (kept) draft.stanza.append(delay(session.jid.bare, new Date(kept.since)));
      return draft;
    });
    return await (await writeReliably(line, group, args, ctx)).outcomes;
  } catch (error) {
    // A machine that is offline finds no server by name either.
    if (!(error instanceof XmppctlError) || !(maySucceed(error) || error.kind === 'nohost')) throw error;
    const offline = new XmppctlError('tempfail', error.message, { condition: error.condition, cause: error });
    return parcels.map(({ draft }) => ('error' in draft ? draft : outcome(draft.to.full, draft.id, 'failed', offline)));
  }
}

function draftOf({ message }: Kept, options: InputOptions, ctx: Context): Draft | Outcome {
  try {
    return readEntry(message, options, ctx);
  } catch (error) {
    return outcome(message.to ?? null, message.id ?? null, 'failed', asXmppctlError(error));
  }
}

function inOutbox(error: XmppctlError | undefined): XmppctlError | undefined {
  return (
    error &&
    new XmppctlError(error.kind, `kept in the outbox: ${error.message}`, {
      condition: error.condition,
      delivered: error.delivered,
      hint: 'xmppctl flush sends it, and so does the next send --spool.',
    })
  );
}
