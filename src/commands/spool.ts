/** Sending by way of the outbox: what waits there goes first, and what cannot be sent now waits there. */
import type { Kept, Outbox } from '../account/outbox.ts';
import { asXmppctlError, XmppctlError } from '../errors.ts';
import { delay } from '../xmpp/xep0203-delay.ts';
import type { Context } from './context.ts';
import { type Outcome, outcome } from './delivery.ts';
import type { Line } from './line.ts';
import { archivedOf, type RecoverArgs, writeReliably } from './recover.ts';
import { type InputOptions, readEntry } from './send-input.ts';
import { inGroups } from './send-stream.ts';
import { allFailed, type Draft } from './send-together.ts';

/** So many of the outbox are under way at once. */
const groupSize = 100;
/** How long after an attempt to send what waits the next one is made. */
const pauseMs = 30_000;

/** Whether it may work later, so that the message is to be kept: the network, the server, or nobody knows. */
const maySucceed = ({ kind }: XmppctlError): boolean => kind === 'tempfail' || kind === 'unconfirmed';

export interface Spooled {
  readonly outcome: Outcome;
  /** It waited in the outbox before. */
  readonly waited: boolean;
  /** It is in the outbox now. */
  readonly kept: boolean;
}

interface Parcel {
  readonly draft: Draft | Outcome;
  readonly waiting: Kept | undefined;
}

export class Spool {
  readonly #line: Line;
  readonly #args: RecoverArgs & InputOptions;
  readonly #ctx: Context;
  /** Why there is no connection to be had. */
  #offline: XmppctlError | undefined;
  #triedAt = Number.NEGATIVE_INFINITY;

  constructor(line: Line, args: RecoverArgs & InputOptions, ctx: Context) {
    this.#line = line;
    this.#args = args;
    this.#ctx = ctx;
  }

  /** Sends what waits, in order. What is sent, or can never be, leaves the outbox. */
  async *flush(outbox: Outbox): AsyncGenerator<Spooled> {
    const all = await outbox.list();
    for (let start = 0; start < all.length; start += groupSize) {
      const parcels = all
        .slice(start, start + groupSize)
        .map((waiting) => ({ waiting, draft: this.#draftOf(waiting) }));
      yield* this.#send(parcels, outbox);
    }
  }

  /** Sends new messages as they come, behind all that waits; keeps those that cannot be sent now. */
  async *send(messages: AsyncIterable<Draft | Outcome>): AsyncGenerator<Spooled> {
    const { openOutbox, timeout, clock } = this.#ctx;
    for await (const group of inGroups(messages, this.#ctx)) {
      // Not for longer than that: who only comes by with a message of its own waits for it.
      const outbox = await openOutbox(timeout());
      try {
        if (clock.monotonic() - this.#triedAt > pauseMs) {
          this.#triedAt = clock.monotonic();
          if (this.#offline) this.#line.forget();
          this.#offline = undefined;
          yield* this.flush(outbox);
        }
        yield* this.#send(
          group.map((draft) => ({ draft, waiting: undefined })),
          outbox,
        );
      } finally {
        await outbox.release();
      }
    }
  }

  async *#send(parcels: readonly Parcel[], outbox: Outbox): AsyncGenerator<Spooled> {
    const since = this.#ctx.clock.now().toISOString();
    const fates = await this.#attempt(parcels, outbox);
    for (const [index, { waiting, draft }] of parcels.entries()) {
      const fate = fates[index];
      if (!fate) continue;
      const keep = fate.error !== undefined && maySucceed(fate.error);
      const left = fate.delivery.status === 'unknown';
      if (waiting && !keep) await outbox.remove(waiting);
      if (waiting || !keep || 'error' in draft) {
        yield { outcome: fate, waited: waiting !== undefined, kept: waiting !== undefined && keep };
        continue;
      }
      await outbox.put({ message: draft.entry(), since, left });
      const { to, id } = fate.delivery;
      yield { outcome: outcome(to, id, 'unknown', inOutbox(fate.error)), waited: false, kept: true };
    }
  }

  async #attempt(parcels: readonly Parcel[], outbox: Outbox): Promise<readonly Outcome[]> {
    const drafts = parcels.map(({ draft }) => draft);
    if (this.#offline) return allFailed(drafts, this.#offline);
    try {
      const group = await this.#withoutArchived(parcels);
      // Should this be the end of us, the next one shall look whether they have arrived.
      for (const { waiting } of parcels) if (waiting && !waiting.left) await outbox.markLeft(waiting);
      return await (await writeReliably(this.#line, group, this.#args, this.#ctx)).outcomes;
    } catch (error) {
      // A machine that is offline finds no server by name either.
      if (!(error instanceof XmppctlError) || !(maySucceed(error) || error.kind === 'nohost')) throw error;
      this.#offline = new XmppctlError('tempfail', error.message, { condition: error.condition, cause: error });
      return allFailed(drafts, this.#offline);
    }
  }

  /** What left before may have arrived: then it is told so, and not sent again; nor is it where nobody can say. */
  async #withoutArchived(parcels: readonly Parcel[]): Promise<(Draft | Outcome)[]> {
    const session = await this.#line.session();
    const lost = parcels.flatMap(({ waiting, draft }) =>
      waiting?.left && !('error' in draft) ? [{ since: waiting.since, draft }] : [],
    );
    const oldest = lost.map(({ since }) => since).sort()[0];
    const drafts = lost.map(({ draft }) => draft);
    const archived = oldest === undefined ? undefined : await archivedOf(session, drafts, new Date(oldest), this.#ctx);
    return parcels.map(({ waiting, draft }) => {
      if (!waiting || 'error' in draft) return draft;
      const { to, id } = draft;
      const stanzaId = archived?.get(draft);
      if (stanzaId !== undefined) return outcome(to.full, id, 'acked', undefined, stanzaId);
      if (waiting.left && !archived && !this.#args.retryUnknown) return outcome(to.full, id, 'unknown', nobodyKnows());
      draft.stanza.append(delay(session.jid.bare, new Date(waiting.since)));
      return draft;
    });
  }

  #draftOf({ message }: Kept): Draft | Outcome {
    try {
      return readEntry(message, this.#args, this.#ctx);
    } catch (error) {
      return outcome(message.to ?? null, message.id ?? null, 'failed', asXmppctlError(error));
    }
  }
}

const nobodyKnows = (): XmppctlError =>
  new XmppctlError(
    'unconfirmed',
    'it left at an earlier time, and the server has no archive that can say whether it arrived',
    {
      delivered: 'unknown',
      hint: 'To send it again, with the same id: xmppctl flush --retry-unknown',
    },
  );

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
