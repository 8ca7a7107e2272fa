/** Messages that left before the connection broke: what the archive knows of them, and whether to send them again. */
import { XmppctlError } from '../errors.ts';
import { archivePage } from '../listen/archive.ts';
import { patientSession } from '../session/patient-session.ts';
import type { Session } from '../session/types.ts';
import { readJid } from '../xmpp/jid.ts';
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
  const drafts = new Map(group.flatMap((message) => ('error' in message ? [] : [[message.id, message]])));
  const unknown = draftsOf(drafts, first, ({ delivery }) => delivery.status === 'unknown');
  // Without a condition nobody refused it: the connection broke before it left.
  const unsent = draftsOf(drafts, first, ({ error }) => error?.kind === 'tempfail' && error.condition === undefined);
  const lost = unknown.length + unsent.length > 0 && broken.over;
  if (!lost || ctx.stopped.aborted || ctx.left() < leastMs) return first;
  let session: Session;
  try {
    session = await line.session();
  } catch (error) {
    if (!(error instanceof XmppctlError)) throw error;
    return first;
  }
  const archived = await idsInArchive(session, new Set(unknown.map(({ id }) => id)), args.since, ctx);
  const again = args.retryUnknown ? unknown.filter(({ id }) => !archived.has(id)) : [];
  for (const { stanza } of again) stanza.append(delay(session.jid.bare, args.since));
  const { outcomes } = await writeTogether(session, [...again, ...unsent], args, ctx);
  const second = new Map((await outcomes).map((fate) => [fate.delivery.id, fate]));
  return first.map((fate) => {
    const { to, id } = fate.delivery;
    const stanzaId = archived.get(id ?? '');
    return stanzaId === undefined ? (second.get(id) ?? fate) : inArchive(to, id, stanzaId, args);
  });
}

const draftsOf = (
  drafts: ReadonlyMap<string, Draft>,
  outcomes: readonly Outcome[],
  wanted: (outcome: Outcome) => boolean,
): Draft[] => outcomes.filter(wanted).flatMap(({ delivery }) => drafts.get(delivery.id ?? '') ?? []);

function inArchive(to: string | null, id: string | null, stanzaId: string, { wait }: DeliveryArgs): Outcome {
  const confirms = wait === 'receipt' || wait === 'displayed';
  const error = new XmppctlError(
    'negative',
    `the server has the message to ${to}, but the connection broke before a ${wait} came`,
    {
      delivered: 'yes',
    },
  );
  return outcome(to, id, 'acked', confirms ? error : undefined, stanzaId);
}

/** The archive's ids of our messages with these ids, sought from its end; none where there is no archive. */
export async function idsInArchive(
  session: Session,
  ids: ReadonlySet<string>,
  since: Date,
  ctx: Context,
): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  const start = new Date(since.getTime() - clockSkewMs);
  const patient = patientSession(session, () => answerMs);
  let before = '';
  try {
    while (found.size < ids.size && ctx.left() > leastMs) {
      const page = await archivePage(patient, { start }, { max: pageSize, before }, ctx);
      for (const { id: archiveId, message } of page.messages) {
        const { from, id = '' } = message.attrs;
        if (ids.has(id) && (from === undefined || readJid(from)?.bare === session.jid.bare)) found.set(id, archiveId);
      }
      const first = page.first ?? page.messages[0]?.id;
      if (page.complete || page.messages.length === 0 || first === undefined || first === before) break;
      before = first;
    }
  } catch (error) {
    if (!(error instanceof XmppctlError)) throw error;
    ctx.verbose(`the archive cannot tell: ${error.message}`);
  }
  return found;
}
