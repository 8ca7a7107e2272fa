import { XmppctlError } from '../errors.ts';
import { defineCommand, flag, option, options, type Values } from '../grammar/command.ts';
import { choice, choices, duration, integer, jid } from '../grammar/values.ts';
import { Downloads } from '../listen/download.ts';
import { merge } from '../listen/merge.ts';
import { withQueue } from '../listen/queue.ts';
import type { Session } from '../session/types.ts';
import { type Jid, readJid } from '../xmpp/jid.ts';
import { isMessage } from '../xmpp/message.ts';
import { buildPresence } from '../xmpp/presence.ts';
import { readRoster, rosterRequest } from '../xmpp/roster.ts';
import { asksForReceipt, buildReceipt } from '../xmpp/xep0184-receipts.ts';
import { ping } from '../xmpp/xep0199-ping.ts';
import { enableCarbons } from '../xmpp/xep0280-carbons.ts';
import type { Element } from '../xmpp/xml.ts';
import type { Context } from './context.ts';
import { checkDownloadArgs, downloadArgs, fileEvent } from './download-args.ts';
import { eventLine } from './event-line.ts';
import { type Event, type EventName, eventFields, eventNames, type Reader, readEvents } from './events.ts';
import { entryFor } from './muc/enter.ts';
import { resolveRooms, room, roomPassword } from './muc/room-args.ts';
import { listenRoomArgs, pastFor, streamRooms } from './muc/room-stream.ts';

/** What a person or a script wants to see when it does not say. */
const usualEvents: readonly EventName[] = ['message', 'subscription', 'file'];

const args = {
  count: option(integer(1, Number.MAX_SAFE_INTEGER), 'end after N message events'),
  for: option(duration(), 'end after that time; with --count not reached by then, exit status 1'),
  from: options(jid(), 'only events from this JID'),
  events: option(choices([...eventNames, 'all']), 'which events', { presetText: usualEvents.join(',') }),
  sent: flag('also messages that other devices of the account sent'),
  receipts: option(choice(['contacts', 'all', 'none'], 'WHOM'), 'who gets the receipts that they ask for', {
    presetText: 'contacts',
  }),
  noReconnect: flag('end when the connection is lost'),
  room: options(room(), 'also be in this room'),
  ...listenRoomArgs,
  ...downloadArgs,
};
type ListenArgs = Values<typeof args>;

export const listen = defineCommand({
  name: 'listen',
  summary: 'print what comes in, as it comes',
  description:
    'Goes online, prints one line per event until it is stopped, and goes offline. Messages that the server kept for the account come first. ' +
    'With --json each event is one JSON object on one line.',
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
    ['xmppctl listen --json --from bob@example.org --for 10m', 'only from one contact, for ten minutes'],
    ['xmppctl listen --events presence,chatstate', 'who comes, goes and types'],
  ],
  fails: ['negative', 'tempfail', 'noperm', 'config', 'insecure', 'conflict'],
  check: (values) => checkDownloadArgs(values),
  async *run(args, ctx) {
    const downloads = await Downloads.start(args, ctx);
    const wanted = args.events?.includes('all') ? eventNames : (args.events ?? usualEvents);
    const password = await roomPassword(args, ctx);
    await using session = await ctx.connect();
    const rooms = args.room.length === 0 ? [] : await resolveRooms(session, args.room, args.service);
    const isTheirs = (stanza: Element): boolean => rooms.some(({ bare }) => bare === readJid(stanza.attrs.from)?.bare);
    // What rooms say is for the rooms, and questions (IQ) are the session's to answer.
    const stanzas = session.stanzas((stanza) =>
      stanza.getName() === 'iq' || isTheirs(stanza) ? undefined : { stanza, event: undefined },
    );
    const over = new AbortController();
    if (args.for !== undefined) void ctx.clock.after(args.for, over.signal).then(() => session.close());
    const contacts = await goOnline(session, args);
    ctx.verbose(`online as ${session.jid.full}`);
    const reader = {
      jid: session.jid,
      now: () => ctx.clock.now(),
      forged: (what: string) => ctx.warn(`ignored ${what}: forged`),
    };
    const inRooms = streamListenedRooms(session, rooms, password, args, ctx);
    let left = args.count ?? Number.POSITIVE_INFINITY;
    try {
      for await (const next of withQueue(merge([stanzas, inRooms]), downloads.ended)) {
        const events = 'queued' in next ? [fileEvent(next.queued, session.jid, ctx)] : eventsOf(next.value, reader);
        for (const event of events) {
          downloads.take(event);
          if (!wanted.includes(event.event) || !isFor(event, args, session)) continue;
          yield event;
          if (event.event === 'message') left -= 1;
        }
        if ('value' in next) await confirmReceipt(next.value.stanza, session, contacts, args, ctx);
        if (left <= 0) break;
      }
    } catch (error) {
      if (!ctx.stopped.aborted) throw error;
    } finally {
      over.abort();
    }
    for await (const file of downloads.rest()) yield fileEvent(file, session.jid, ctx);
    if (left > 0 && args.count !== undefined && !ctx.stopped.aborted) {
      throw new XmppctlError('negative', `${args.count - left} of ${args.count} messages came`);
    }
  },
});

/** What comes from the server, or from a room that was entered. */
type Incoming =
  | { readonly stanza: Element; readonly event: undefined }
  | { readonly stanza: undefined; readonly event: Event };

const eventsOf = ({ stanza, event }: Incoming, reader: Reader): Event[] =>
  stanza ? readEvents(stanza, reader) : [event];

async function* streamListenedRooms(
  session: Session,
  rooms: readonly Jid[],
  password: string | undefined,
  args: ListenArgs,
  ctx: Context,
): AsyncGenerator<Incoming> {
  if (rooms.length === 0) return;
  const past = pastFor({ history: args.history, since: undefined }, ctx);
  const entry = { ...(await entryFor(args, password, ctx)), past, pingAfter: args.pingAfter };
  for await (const event of streamRooms(session, rooms, entry, ctx)) yield { stanza: undefined, event };
}

/** Asks for copies of what other devices get and send, learns who the contacts are, and goes online. */
async function goOnline(session: Session, args: ListenArgs): Promise<ReadonlySet<string>> {
  const carbons = session.request(enableCarbons()).catch(ignoreRefusal);
  const roster =
    args.receipts === undefined || args.receipts === 'contacts'
      ? session.request(rosterRequest()).catch(ignoreRefusal)
      : undefined;
  await session.send(buildPresence());
  // Answered when the server has handled the presence, so that "online" is true when it is said.
  await session.request(ping(session.jid.domain)).catch(ignoreRefusal);
  await carbons;
  const answer = await roster;
  const items = answer ? readRoster(answer) : [];
  return new Set(
    items.filter(({ subscription }) => subscription === 'both' || subscription === 'from').map((item) => item.jid.bare),
  );
}

/** A server without the extension is no reason not to listen; a broken stream is seen by the loop. */
const ignoreRefusal = (): undefined => undefined;

function isFor(event: Event, args: ListenArgs, session: Session): boolean {
  if (event.carbon === 'sent' && !args.sent) return false;
  if (event.event === 'message' && event.body === null && event.type !== 'groupchat' && event.subject === null)
    return false;
  if (args.from.length === 0) return true;
  const sender = event.carbon === 'sent' ? session.jid.bare : event.from;
  return args.from.some((allowed) =>
    allowed.resource === undefined
      ? allowed.bare === sender
      : allowed.full === `${sender}/${event.nick ?? event.resource}`,
  );
}

/** Tells the sender that the message was received: after stdout has taken it, and only whom that concerns (XEP-0184 7). */
async function confirmReceipt(
  stanza: Element | undefined,
  session: Session,
  contacts: ReadonlySet<string>,
  args: ListenArgs,
  ctx: Context,
): Promise<void> {
  if (!stanza) return;
  const { id, from, type } = stanza.attrs;
  const sender = readJid(from);
  if (args.receipts === 'none' || !isMessage(stanza) || !sender || id === undefined) return;
  if (type === 'error' || type === 'groupchat' || !asksForReceipt(stanza)) return;
  if (args.receipts !== 'all' && !contacts.has(sender.bare)) return;
  await session.send(buildReceipt(sender.full, id, ctx.randomId()));
}
