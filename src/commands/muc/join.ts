import { XmppctlError } from '../../errors.ts';
import { type Command, defineCommand, flag, option, positionals, type Values } from '../../grammar/command.ts';
import { choices, duration, integer } from '../../grammar/values.ts';
import { NotLetIn } from '../../listen/room.ts';
import type { RoomMemory } from '../../listen/room-past.ts';
import { backOff } from '../../session/back-off.ts';
import type { Session } from '../../session/types.ts';
import type { Context } from '../context.ts';
import { type Event, eventFields } from '../event-fields.ts';
import { eventLine } from '../event-line.ts';
import { entryFor } from './enter.ts';
import { entryArgs, resolveRooms, room, roomPassword } from './room-args.ts';
import { checkPast, pastArgs, pastFor, streamRooms } from './room-stream.ts';

/** What a person or a script wants to see when it does not say. */
const usualEvents = ['message', 'occupant', 'subject', 'invite'] as const;
const roomEventNames = [
  ...usualEvents,
  ...(['reaction', 'correction', 'retraction', 'displayed', 'receipt', 'chatstate'] as const),
] as const;

const args = {
  rooms: positionals(room(), 'the room, or several'),
  count: option(integer(1, Number.MAX_SAFE_INTEGER), 'end after N message events'),
  for: option(
    duration(),
    'end after that time; with --count not reached by then, exit status 1; in no room by then, 75',
  ),
  events: option(choices([...roomEventNames, 'all']), 'which events', { presetText: usualEvents.join(', ') }),
  noReconnect: flag('end when the connection is lost'),
  ...pastArgs,
  ...entryArgs,
};
/** How long the server may keep a lost session for us before a new one is opened. */
const patienceMs = 300_000;
type JoinArgs = Values<typeof args>;

const fields = Object.fromEntries(roomEventNames.map((name) => [name, eventFields[name]]));

const examplesOf = (name: string): Command['examples'] => [
  [`xmppctl ${name} ops@conference.example.org`, 'until Ctrl-C'],
  [`xmppctl ${name} ops --history 20 --json`, 'first the last twenty messages'],
  [`xmppctl ${name} ops --json --events message --count 1 | jq -r .body`, 'the next message, for a script'],
];

const common = {
  description:
    'Prints one line per event until it is stopped: what is said, who comes and goes, the subject. Goes in again after the room was restarted or the connection was lost, ' +
    'and prints what was said meanwhile, as far as the room keeps an archive. Whoever is thrown out ends with exit status 77. It shows ' +
    'the account to nobody but the room, so that messages of contacts stay where they are; "listen --room" prints both.',
  args,
  shared: 'connecting',
  openEnded: true,
  yields: 'stream',
  fields: eventFields.message,
  variants: { key: 'event', fields },
  line: eventLine,
  fails: ['negative', 'nouser', 'unavailable', 'conflict'],
  check: (values: JoinArgs) => checkPast(values),
  run: joinRooms,
} as const;

export const mucJoin = defineCommand({
  ...common,
  name: 'muc join',
  examples: examplesOf('muc join'),
  summary: 'stay in a room and print what happens there',
});
export const mucListen = defineCommand({
  ...common,
  name: 'muc listen',
  examples: examplesOf('muc listen'),
  summary: 'the same as muc join',
});

async function* joinRooms(args: JoinArgs, ctx: Context): AsyncGenerator<Event> {
  const wanted: readonly string[] = args.events?.includes('all') ? roomEventNames : (args.events ?? usualEvents);
  const over = new AbortController();
  const stop = AbortSignal.any([over.signal, ctx.stopped]);
  if (args.for !== undefined) void ctx.clock.after(args.for, over.signal).then(() => over.abort(notThere()));
  let left = args.count ?? Number.POSITIVE_INFINITY;
  try {
    for await (const event of acrossConnections(args, ctx, stop)) {
      if (!wanted.includes(event.event)) continue;
      yield event;
      if (event.event === 'message') left -= 1;
      if (left <= 0) return;
    }
  } catch (error) {
    if (!ctx.stopped.aborted) throw error;
  } finally {
    over.abort();
  }
  if (args.count !== undefined && !ctx.stopped.aborted) {
    throw new XmppctlError('negative', `${args.count - left} of ${args.count} messages came`);
  }
}

const notThere = (): XmppctlError => new XmppctlError('tempfail', 'it was in no room when --for ran out');

/**
 * The events of the rooms until `stop`, whose reason is thrown if it was in none by then; a lost connection is taken up
 * again, or another one goes on where it ended.
 */
async function* acrossConnections(args: JoinArgs, ctx: Context, stop: AbortSignal): AsyncGenerator<Event> {
  const entry = {
    ...(await entryFor(args, await roomPassword(args, ctx), ctx)),
    past: pastFor(args, ctx),
    pingAfter: args.pingAfter,
    memories: new Map<string, RoomMemory>(),
  };
  let wasIn = false;
  let pauses = backOff();
  while (!stop.aborted) {
    try {
      await using session = await ctx.connect({ patienceMs: args.noReconnect ? 0 : patienceMs, signal: stop });
      using _listening = closedBy(stop, session);
      const rooms = await resolveRooms(session, args.rooms, args.service);
      for await (const event of streamRooms(session, rooms, entry, ctx)) {
        wasIn = true;
        pauses = backOff();
        yield event;
      }
      if (!wasIn) stop.throwIfAborted();
      return;
    } catch (error) {
      if (stop.aborted && wasIn) return;
      const isPassing = error instanceof XmppctlError && error.kind === 'tempfail';
      if (!wasIn || !isPassing || error instanceof NotLetIn || args.noReconnect) {
        throw stop.aborted && isPassing ? stop.reason : error;
      }
      ctx.notice(`connection lost: ${error.message}`);
      await ctx.clock.after(pauses.next().value, stop);
    }
  }
}

/** Closes the session when the signal aborts. A room may see many sessions: none is kept once this is disposed of. */
function closedBy(signal: AbortSignal, session: Session): Disposable {
  const end = (): void => void session.close();
  signal.addEventListener('abort', end, { once: true });
  return { [Symbol.dispose]: () => signal.removeEventListener('abort', end) };
}
