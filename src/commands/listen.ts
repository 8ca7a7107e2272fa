import { XmppctlError } from '../errors.ts';
import { defineCommand, flag, option, options, type Values } from '../grammar/command.ts';
import { choice, choices, duration, integer, jid, moment, someTime, text } from '../grammar/values.ts';
import { Downloads, type FileOutcome } from '../listen/download.ts';
import { withQueue } from '../listen/queue.ts';
import type { Session } from '../session/types.ts';
import type { Jid } from '../xmpp/jid.ts';
import { checkDownloadArgs, downloadArgs, fileEvent } from './download-args.ts';
import { eventLine } from './event-line.ts';
import { type Event, type EventName, eventFields, eventNames } from './events.ts';
import { heard } from './heard.ts';
import { checkHookArgs, Hooks, hookArgs } from './hooks.ts';
import { room } from './muc/room-args.ts';
import { listenRoomArgs } from './muc/room-stream.ts';

/** What a person or a script wants to see when it does not say. */
const usualEvents: readonly EventName[] = ['message', 'subscription', 'file', 'subject', 'invite', 'gap', 'heartbeat'];

const args = {
  count: option(integer(1, Number.MAX_SAFE_INTEGER), 'end after N message events', {
    description:
      'What the server hands over beyond that is given back to it unread. Not every server takes it back (ejabberd keeps it in the ' +
      'archive only): to read a queue bit by bit, use --durable.',
  }),
  for: option(
    duration(),
    'end after that time; with --count not reached by then, exit status 1; not online by then, 75',
  ),
  once: flag('print what waits and end', {
    description: 'Waits for --exec and sends receipts and replies before. Not with --room: nothing waits in a room.',
  }),
  from: options(jid(), 'only events from this JID'),
  events: option(choices([...eventNames, 'all']), 'which events', { presetText: usualEvents.join(', ') }),
  sent: flag('also what other devices of the account sent'),
  durable: option(text('NAME'), 'go on where the last listener with this cursor ended', {
    bare: 'default',
    description:
      'Keeps a cursor: the place in the archive of the account up to which every event was printed. All messages after it come ' +
      'out at least once and in the order of the archive, also those that came while nothing was listening. The first run begins ' +
      'at the end of the archive, or at --since. The same goes for each --room that has an archive, from the first time on that ' +
      'it was entered. Only one listener at a time can use a cursor.',
  }),
  requireDurable: flag('end with 69 if the server has no archive for --durable'),
  since: option(moment(), 'begin with the messages of the archive since then'),
  heartbeat: option(someTime(), 'print a heartbeat event that often'),
  receipts: option(choice(['contacts', 'all', 'none'], 'WHOM'), 'who gets the receipts that they ask for', {
    presetText: 'contacts',
  }),
  noReconnect: flag('end when the connection is lost'),
  room: options(room(), 'also be in this room'),
  ...listenRoomArgs,
  pingAfter: option(
    duration(),
    'how long a room may be silent before it is asked whether we are still in it; 0: never',
    {
      presetText: '5m',
      description: 'The connection itself is asked whether it lives as often as that, and at least once a minute.',
    },
  ),
  ...downloadArgs,
  ...hookArgs,
};
type ListenArgs = Values<typeof args>;

export const listen = defineCommand({
  name: 'listen',
  summary: 'print what comes in, as it comes',
  description:
    'Goes online, prints one line per event until it is stopped, and goes offline. Messages that the server kept for the account come first. ' +
    'A lost connection is taken up again, and what came meanwhile is read from the archive. With --json each event is one JSON object on one line.',
  args,
  shared: 'connecting',
  openEnded: true,
  yields: 'stream',
  fields: eventFields.message,
  variants: { key: 'event', fields: eventFields },
  line: eventLine,
  examples: [
    ['xmppctl listen', 'until Ctrl-C'],
    ['xmppctl listen --json --count 1 | jq -r .body', 'the next message, for a script'],
    ['xmppctl listen --json --durable', 'every message once, across restarts'],
    ['xmppctl listen --json --from bob@example.org --for 10m', 'only from one contact, for ten minutes'],
    ['xmppctl listen --events presence,chatstate', 'who comes, goes and types'],
    ['xmppctl listen --durable --exec ./handle-message', 'a program for each message, none left out'],
    [`xmppctl listen --from boss@example.org --reply --exec uptime`, 'an answer for each message'],
  ],
  fails: ['negative', 'data', 'nouser', 'osfile', 'conflict', 'hook'],
  check(args) {
    checkDownloadArgs(args);
    checkHookArgs(args);
    if (args.requireDurable && args.durable === undefined) {
      throw new XmppctlError('usage', '--require-durable goes with --durable');
    }
    if (args.once && args.room.length > 0) {
      throw new XmppctlError('usage', '--once and --room cannot be given together', {
        hint: 'Nothing waits in a room; what was said there: xmppctl muc history',
      });
    }
  },
  async *run(args, ctx) {
    const account = await ctx.account();
    const downloads = await Downloads.start(args, ctx);
    const cursor = args.durable === undefined ? undefined : await ctx.openCursor(args.durable);
    const over = new AbortController();
    const stop = AbortSignal.any([over.signal, ctx.stopped]);
    const hooks = new Hooks({ ...args, failed: () => over.abort() }, ctx);
    const hearing = {
      over: stop,
      attend: (session: Session) => downloads.attend(session),
      dealtWith: () => hooks.idle(),
    };
    if (args.for !== undefined) void ctx.clock.after(args.for, over.signal).then(() => over.abort(notOnline()));
    const fileEnded = async function* (file: FileOutcome): AsyncGenerator<Event> {
      const printed = asked([fileEvent(file, account, ctx)], args, account);
      yield* printed;
      await hooks.take(
        printed.map((event) => ({ event, reply: undefined })),
        async () => {},
      );
    };
    let left = args.count ?? Number.POSITIVE_INFINITY;
    try {
      for await (const next of withQueue(heard(account, args, ctx, cursor, hearing), downloads.ended)) {
        if ('queued' in next) {
          yield* fileEnded(next.queued);
          continue;
        }
        const { events, accepted, replyTo } = next.value;
        for (const event of events) downloads.take(event);
        const printed = asked(events, args, account);
        for (const event of printed) {
          yield event;
          if (event.event === 'message') left -= 1;
        }
        await hooks.take(
          printed.map((event) => ({ event, reply: replyTo(event) })),
          accepted,
        );
        if (left <= 0) {
          // With the connection still there for files that come directly, receipts and replies.
          for await (const file of downloads.rest()) yield* fileEnded(file);
          await hooks.end();
          break;
        }
      }
    } catch (error) {
      if (!ctx.stopped.aborted) throw error;
    } finally {
      over.abort();
      await hooks.end().finally(() => cursor?.close());
    }
    for await (const file of downloads.rest()) yield* fileEnded(file);
    await hooks.end();
    if (left > 0 && args.count !== undefined && !ctx.stopped.aborted) {
      throw new XmppctlError('negative', `${args.count - left} of ${args.count} messages came`);
    }
  },
});

const notOnline = (): XmppctlError => new XmppctlError('tempfail', 'it was not online when --for ran out');

/** Those events that the options ask for. */
function asked(events: readonly Event[], args: ListenArgs, account: Jid): Event[] {
  const wanted = args.events?.includes('all') ? eventNames : (args.events ?? usualEvents);
  return events.filter((event) => wanted.includes(event.event) && isFor(event, args, account));
}

function isFor(event: Event, args: ListenArgs, account: Jid): boolean {
  if (event.carbon === 'sent' && !args.sent) return false;
  if (args.from.length === 0 || !('from' in event)) return true;
  const sender = event.carbon === 'sent' ? account.bare : event.from;
  return args.from.some((allowed) =>
    allowed.resource === undefined
      ? allowed.bare === sender
      : allowed.full === `${sender}/${event.nick ?? event.resource}`,
  );
}
