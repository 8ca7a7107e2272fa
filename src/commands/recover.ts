/** Messages that left before the connection broke: what the archive knows of them, and whether to send them again. */
import { XmppctlError } from '../errors.ts';
import { archivePage } from '../listen/archive.ts';
import { patientSession } from '../session/patient-session.ts';
import type { Session } from '../session/types.ts';
import { type Jid, readJid } from '../xmpp/jid.ts';
import { delay } from '../xmpp/xep0203-delay.ts';
import type { Context } from './context.ts';
import { type DeliveryArgs, type Outcome, outcome } from './delivery.ts';
import type { Line } from './line.ts';
import { type Draft, type Written, writeTogether } from './send-together.ts';

/** Less time than this is not enough to connect and ask. */
const leastMs = 500;
/** How far the server's clock may be behind ours. */
const clockSkewMs = 3_600_000;
const pageSize = 50;
/** How long the archive may take for a page. */
const answerMs = 10_000;

export interface RecoverArgs extends DeliveryArgs {
  readonly retryUnknown: boolean;
}

type Group = readonly (Draft | Outcome)[];

/**
 * Writes the messages; where the connection breaks, another one tells the fate of those that it can. What is written on
 * that other one comes after all that was lost with the first.
 */
export async function writeReliably(line: Line, group: Group, args: RecoverArgs, ctx: Context): Promise<Written> {
  const since = ctx.clock.now();
  let session = await line.session();
  while (line.isNew(session)) {
    await line.before;
    session = await line.session();
  }
  const written = await writeTogether(session, group, args, ctx);
  const { before } = line;
  const outcomes = Promise.all([written.outcomes, before]).then(([first]) =>
    recover(line, session, group, first, { ...args, since }, ctx),
  );
  line.before = outcomes.catch(() => {});
  return { outcomes };
}

async function recover(
  line: Line,
  broken: Session,
  group: Group,
  first: readonly Outcome[],
  args: RecoverArgs & { since: Date },
  ctx: Context,
): Promise<readonly Outcome[]> {
  line.lastSent = draftsOf(group, first, ({ error }) => error === undefined).at(-1) ?? line.lastSent;
  const left = draftsOf(group, first, ({ delivery }) => delivery.status === 'unknown');
  // Without a condition nobody refused it: the connection broke before it left.
  const unsent = draftsOf(group, first, ({ error }) => error?.kind === 'tempfail' && error.condition === undefined);
  const lost = left.length + unsent.length > 0 && broken.over;
  if (!lost || ctx.stopped.aborted || ctx.left() < leastMs) return first;
  let session: Session;
  try {
    session = await line.session();
  } catch (error) {
    if (!(error instanceof XmppctlError)) throw error;
    return first;
  }
  const archived =
    (left.length > 0 && (await archivedOf(session, left, args.since, ctx, line.lastSent))) || new Map<Draft, string>();
  // What is sent again now comes after messages whose fate is still to be asked for: only what was there before counts.
  line.lastSent = left.filter((draft) => archived.has(draft)).at(-1) ?? line.lastSent;
  const again = args.retryUnknown ? left.filter((draft) => !archived.has(draft)) : [];
  for (const { stanza } of again) stanza.append(delay(session.jid.bare, args.since));
  const repeated = [...again, ...unsent];
  const { outcomes } = await writeTogether(session, repeated, args, ctx);
  const second = new Map((await outcomes).map((fate, index) => [repeated[index], fate]));
  return first.map((fate, index) => {
    const draft = group[index];
    if (draft === undefined || 'error' in draft) return fate;
    const stanzaId = archived.get(draft);
    if (stanzaId !== undefined) return inArchive(draft, stanzaId, args);
    return second.get(draft) ?? fate;
  });
}

/** Those whose outcome is as wanted: outcomes come in the order of the messages. */
const draftsOf = (group: Group, outcomes: readonly Outcome[], wanted: (outcome: Outcome) => boolean): Draft[] =>
  group.filter((message, index): message is Draft => {
    const fate = outcomes[index];
    return !('error' in message) && fate !== undefined && wanted(fate);
  });

function inArchive({ to, id }: Draft, stanzaId: string, { wait }: DeliveryArgs): Outcome {
  const confirms = wait === 'receipt' || wait === 'displayed';
  const error = new XmppctlError(
    'negative',
    `the server has the message to ${to.full}, but the connection broke before a ${wait} came`,
    {
      delivered: 'yes',
    },
  );
  return outcome(to.full, id, 'acked', confirms ? error : undefined, stanzaId);
}

/**
 * The archive's ids of those of our messages that it has, sought from its end to the one that was sent `after`, if that is
 * known; undefined where it cannot tell: there is none, or it does not answer.
 */
export async function archivedOf(
  session: Session,
  drafts: readonly Draft[],
  since: Date,
  ctx: Context,
  after?: Draft,
): Promise<ReadonlyMap<Draft, string> | undefined> {
  const sought = new Map(drafts.map((draft) => [keyOf(draft.id, draft.to), draft]));
  const found = new Map<Draft, string>();
  const start = new Date(since.getTime() - clockSkewMs);
  const patient = patientSession(session, () => answerMs);
  const older = after && keyOf(after.id, after.to);
  let before = '';
  let isOver = false;
  try {
    while (found.size < sought.size && !isOver) {
      if (ctx.left() <= leastMs) return undefined;
      const page = await archivePage(patient, { start }, { max: pageSize, before }, ctx);
      for (const { id: archiveId, message } of page.messages) {
        const { from, to, id } = message.attrs;
        const isOwn = from === undefined || readJid(from)?.bare === session.jid.bare;
        const key = isOwn ? keyOf(id, readJid(to)) : undefined;
        const draft = key === undefined ? undefined : sought.get(key);
        if (draft) found.set(draft, archiveId);
        else isOver ||= key !== undefined && key === older;
      }
      const first = page.first ?? page.messages[0]?.id;
      if (page.complete || page.messages.length === 0 || first === undefined || first === before) break;
      before = first;
    }
  } catch (error) {
    if (!(error instanceof XmppctlError)) throw error;
    ctx.verbose(`the archive cannot tell: ${error.message}`);
    return undefined;
  }
  return found;
}

/** Several recipients may get a message with the same id. */
const keyOf = (id: string | undefined, to: Jid | undefined): string => JSON.stringify([id, to?.bare]);
