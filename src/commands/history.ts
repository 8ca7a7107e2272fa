import { XmppctlError } from '../errors.ts';
import { defineCommand, flag, option, optionalPositional, type Values } from '../grammar/command.ts';
import { integer, jid, moment, text } from '../grammar/values.ts';
import { archived, lastArchived } from '../listen/archive.ts';
import { patientSession } from '../session/patient-session.ts';
import type { Session } from '../session/types.ts';
import { readForm } from '../xmpp/xep0004-data-forms.ts';
import { type ArchiveFilter, archiveFormRequest, nsMam } from '../xmpp/xep0313-mam.ts';
import { type Event, eventFields } from './event-fields.ts';
import { eventLine } from './event-line.ts';
import { readArchivedEvents } from './events.ts';

const args = {
  contact: optionalPositional(jid(), 'only messages to and from this JID'),
  with: option(jid(), 'the same'),
  since: option(moment(), 'only messages since then'),
  until: option(moment(), 'only messages before then'),
  count: option(integer(1, Number.MAX_SAFE_INTEGER), 'only the last N messages of the archive'),
  search: option(text('WORDS'), 'only messages with these words, where the server can search'),
  failEmpty: flag('exit status 1 if there is nothing'),
};
type HistoryArgs = Values<typeof args>;

export const history = defineCommand({
  name: 'history',
  summary: 'print the archive of the account',
  description:
    'Reads the archive that the server keeps (XEP-0313), newest message last, page by page, so that memory stays the same however long it is; ' +
    '--timeout is for each page. What is no message of a person (receipts, chat states) is in the archive as well, and counts for --count, but is not printed. ' +
    'For a room see xmppctl muc history.',
  args,
  shared: 'connecting',
  openEnded: true,
  yields: 'list',
  fields: eventFields.message,
  line: eventLine,
  examples: [
    ['xmppctl history bob@example.org --count 20', 'the end of a conversation'],
    ['xmppctl history --since 2h --json | jq -r .[].body', 'what was said in the last two hours'],
    ['xmppctl history -o ndjson > archive.ndjson', 'all of it'],
  ],
  fails: ['negative', 'unavailable'],
  check({ contact, with: partner }) {
    if (contact && partner) throw new XmppctlError('usage', 'the JID and --with exclude each other');
  },
  async *run(args, ctx): AsyncGenerator<Event> {
    await using open = await ctx.connect();
    const session = patientSession(open, ctx.timeout);
    const now = ctx.clock.now();
    const filter = {
      with: args.contact ?? args.with,
      start: args.since?.(now),
      end: args.until?.(now),
      fields: await searchFields(session, args),
    };
    const reader = { jid: session.jid, now: () => ctx.clock.now(), forged: () => {} };
    let found = 0;
    for await (const message of messagesIn(session, filter, args, ctx.randomId)) {
      for (const event of readArchivedEvents(message, reader)) {
        found += 1;
        yield event;
      }
      if (ctx.stopped.aborted) return;
    }
    if (found === 0 && args.failEmpty) throw new XmppctlError('negative', 'there is no such message in the archive');
  },
});

const refusals = {
  what: 'the server does not show the archive',
  kinds: { 'service-unavailable': 'unavailable' },
} as const;

function messagesIn(session: Session, filter: ArchiveFilter, { count }: HistoryArgs, randomId: () => string) {
  const tools = { randomId, refusals };
  return count === undefined ? archived(session, filter, {}, tools) : lastArchived(session, filter, count, tools);
}

/** Fields that servers give to full-text search, which has no XEP. */
const searchFieldNames = ['{urn:xmpp:fulltext:0}fulltext', 'withtext'];

async function searchFields(session: Session, { search }: HistoryArgs): Promise<ArchiveFilter['fields']> {
  if (search === undefined) return undefined;
  const query = (await session.request(archiveFormRequest(), refusals)).getChild('query', nsMam);
  const offered = new Set((query && readForm(query))?.fields.map(({ name }) => name));
  const name = searchFieldNames.find((known) => offered.has(known));
  if (name !== undefined) return new Map([[name, [search]]]);
  throw new XmppctlError('unavailable', 'the archive of this server cannot be searched', {
    hint: 'xmppctl history -o ndjson | grep WORDS',
  });
}
