import { XmppctlError } from '../errors.ts';
import { defineCommand, type Field, flag, option } from '../grammar/command.ts';
import { text } from '../grammar/values.ts';
import { archived } from '../listen/archive.ts';
import { isForeign } from '../listen/catch-up.ts';
import { patientSession } from '../session/patient-session.ts';
import type { Session } from '../session/types.ts';
import type { ArchivedMessage } from '../xmpp/xep0313-mam.ts';
import type { Context } from './context.ts';
import { readArchivedEvents } from './events.ts';

interface UnreadRow {
  /** Null in the row of --total. */
  readonly from: string | null;
  readonly count: number;
  readonly last: string | null;
}

const fields = [
  { key: 'from', summary: 'who sent them', type: 'string' },
  { key: 'count', summary: 'how many messages wait', type: 'number' },
  { key: 'last', summary: 'when the last of them came, ISO 8601 in UTC', type: 'string' },
] as const satisfies readonly Field<UnreadRow>[];

export const unread = defineCommand({
  name: 'unread',
  summary: 'count the messages that wait for listen --durable',
  description:
    'Counts what the archive has after the cursor of the last listen --durable, for each sender. Nothing is consumed: the cursor stays where ' +
    'it is, and nobody sees the account come online. Messages that were sent from the account are not counted.',
  args: {
    durable: option(text('NAME'), 'the name of the cursor', { presetText: 'default', bare: 'default' }),
    total: flag('print the number of all and nothing else'),
  },
  shared: 'connecting',
  openEnded: true,
  yields: 'list',
  fields,
  line: ({ count }: UnreadRow) => [String(count)],
  lineOnlyIf: ({ total }) => total,
  examples: [
    ['xmppctl unread', 'a line for each sender'],
    ['xmppctl unread --total', 'a number, for a status bar'],
  ],
  fails: ['noinput', 'osfile', 'unavailable'],
  async run({ durable = 'default', total }, ctx) {
    const position = await ctx.cursorPosition(durable);
    if (!position) {
      throw new XmppctlError('noinput', `nothing has listened with the cursor '${durable}' yet`, {
        hint: 'The cursor is where this ended last: xmppctl listen --durable',
      });
    }
    await using open = await ctx.connect();
    const session = patientSession(open, ctx.timeout);
    const bySender = new Map<string, UnreadRow>();
    for await (const message of waiting(session, position, ctx.randomId)) count(message, session, bySender, ctx);
    const rows = [...bySender.values()];
    if (!total) return rows;
    const last =
      rows
        .map((row) => row.last ?? '')
        .sort()
        .at(-1) ?? null;
    return [{ from: null, count: rows.reduce((sum, row) => sum + row.count, 0), last }];
  },
});

/** What the archive has after that place; by its time if the archive no longer knows the place itself. */
async function* waiting(
  session: Session,
  { id, time }: { id: string | null; time: string },
  randomId: () => string,
): AsyncGenerator<ArchivedMessage> {
  const refusals = {
    what: 'the server does not show the archive',
    kinds: { 'service-unavailable': 'unavailable' },
  } as const;
  const tools = { randomId, refusals };
  try {
    const isKnown = !isForeign(id, await session.features());
    if (isKnown) return yield* archived(session, {}, { after: id ?? undefined }, tools);
  } catch (error) {
    if (!(error instanceof XmppctlError) || error.condition !== 'item-not-found') throw error;
  }
  yield* archived(session, { start: new Date(time) }, {}, tools);
}

function count(message: ArchivedMessage, session: Session, bySender: Map<string, UnreadRow>, ctx: Context): void {
  const reader = { jid: session.jid, now: () => ctx.clock.now(), forged: () => {} };
  for (const event of readArchivedEvents(message, reader)) {
    if (event.carbon === 'sent' || !event.from || event.body === null) continue;
    const before = bySender.get(event.from)?.count ?? 0;
    bySender.set(event.from, { from: event.from, count: before + 1, last: event.time });
  }
}
