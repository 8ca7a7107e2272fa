import { XmppctlError } from '../../errors.ts';
import { defineCommand, flag, option, positional, type Values } from '../../grammar/command.ts';
import { integer, moment, text } from '../../grammar/values.ts';
import { archived, lastArchived } from '../../listen/archive.ts';
import { pastEvents } from '../../listen/room-past.ts';
import { leaveRoom, lookUpRoom, noSuchRoom } from '../../session/occupancy.ts';
import { patientSession } from '../../session/patient-session.ts';
import type { Session } from '../../session/types.ts';
import type { Jid } from '../../xmpp/jid.ts';
import { type ArchivedMessage, nsMam } from '../../xmpp/xep0313-mam.ts';
import type { Context } from '../context.ts';
import { type Event, eventFields } from '../event-fields.ts';
import { eventLine } from '../event-line.ts';
import { type Entry, enterRoom, entryFor } from './enter.ts';
import { entryArgs, resolveRoom, room, roomPassword } from './room-args.ts';
import { RoomAuthors } from './room-authors.ts';
import { eventsInRoom } from './room-events.ts';

const args = {
  room: positional(room(), 'the room'),
  since: option(moment(), 'only what was said since then'),
  until: option(moment(), 'only what was said before then'),
  count: option(integer(1, Number.MAX_SAFE_INTEGER), 'only the last N messages'),
  from: option(text('NICK'), 'only what somebody of that nickname said'),
  failEmpty: flag('exit status 1 if there is nothing'),
  ...entryArgs,
};
type HistoryArgs = Values<typeof args>;

export const mucHistory = defineCommand({
  name: 'muc history',
  summary: 'print what was said in a room',
  description:
    'Reads the archive of the room (XEP-0313), oldest message first, page by page; --timeout is for each page. It goes into the room only if the archive is not ' +
    'told to others. --count counts the messages before --from is applied.',
  args,
  shared: 'connecting',
  openEnded: true,
  yields: 'list',
  fields: eventFields.message,
  line: eventLine,
  examples: [
    ['xmppctl muc history ops@conference.example.org --count 20', 'the last twenty'],
    ['xmppctl muc history ops --since 2026-11-22 -o ndjson > ops.ndjson', 'a day, for later'],
  ],
  fails: ['negative', 'nouser', 'unavailable', 'conflict'],
  async *run(args, ctx): AsyncGenerator<Event> {
    const entry = await entryFor(args, await roomPassword(args, ctx), ctx);
    await using open = await ctx.connect();
    const session = patientSession(open, ctx.timeout);
    const address = await resolveRoom(session, args.room, args.service);
    const info = await lookUpRoom(session, address);
    if (!info) throw noSuchRoom(address, 'See xmppctl muc list.');
    if (info.features.size > 0 && !info.features.has(nsMam)) {
      throw new XmppctlError('unavailable', `${address.bare} has no archive`, {
        hint: 'Some rooms tell newcomers what was said last: xmppctl muc join ROOM --history 50',
      });
    }
    const reader = { jid: session.jid, now: () => ctx.clock.now(), forged: () => {} };
    const authors = new RoomAuthors();
    let found = 0;
    for await (const message of readHistory(session, address, entry, args, ctx)) {
      for (const event of pastEvents(message, address, info.features)) {
        if (event.kind !== 'message' || (args.from !== undefined && event.nick !== args.from)) continue;
        for (const row of eventsInRoom(event, address, reader, authors)) {
          found += 1;
          yield row;
        }
      }
    }
    if (found === 0 && args.failEmpty) throw new XmppctlError('negative', `nothing was said in ${address.bare}`);
  },
});

/** The archive of a room may be for those who may enter it, or for those who are in it. */
async function* readHistory(
  session: Session,
  address: Jid,
  entry: Entry,
  args: HistoryArgs,
  ctx: Context,
): AsyncGenerator<ArchivedMessage> {
  const now = ctx.clock.now();
  const filter = { archive: address, start: args.since?.(now), end: args.until?.(now) };
  const tools = { randomId: ctx.randomId, refusals: { what: `${address.bare} does not show its archive` } };
  const read = (): AsyncGenerator<ArchivedMessage> =>
    args.count === undefined ? archived(session, filter, {}, tools) : lastArchived(session, filter, args.count, tools);
  const first = read();
  const beginning = await first.next().catch((error: unknown) => {
    if (error instanceof XmppctlError && error.kind === 'noperm') return undefined;
    throw error;
  });
  if (beginning) {
    if (!beginning.done) yield beginning.value;
    return yield* first;
  }
  const joined = await enterRoom(session, address, entry, ctx);
  try {
    yield* read();
  } finally {
    await leaveRoom(session, joined.occupant).catch(() => {});
  }
}
