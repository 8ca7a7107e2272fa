/** What a listener hears, as events: of the account, across lost connections, and with what is to be done afterwards. */
import type { Cursor } from '../account/cursor-file.ts';
import { XmppctlError } from '../errors.ts';
import type { Values } from '../grammar/command.ts';
import { incoming } from '../listen/incoming.ts';
import type { Incoming, Plan, Rooms } from '../listen/plan.ts';
import { confirmReceipt, goOnline, type ReceiptPolicy } from '../listen/presence.ts';
import { RoomProgress } from '../listen/room-progress.ts';
import { patientSession } from '../session/patient-session.ts';
import type { Session } from '../session/types.ts';
import { type Jid, parseJid, readJid } from '../xmpp/jid.ts';
import { buildMessage } from '../xmpp/message.ts';
import { privateMessageMark } from '../xmpp/xep0045-muc.ts';
import { replaceForbidden } from '../xmpp/xml.ts';
import type { Context } from './context.ts';
import { bounceError } from './delivery.ts';
import { type Event, eventHeader, type Reader, readArchivedEvents, readEvents } from './events.ts';
import { warnOfForgeries } from './forgeries.ts';
import { entryFor } from './muc/enter.ts';
import { type RoomName, resolveRooms, roomPassword } from './muc/room-args.ts';
import { type listenRoomArgs, pastFor, streamRooms } from './muc/room-stream.ts';
import { Origins } from './origins.ts';

export interface HeardArgs extends Values<typeof listenRoomArgs> {
  readonly room: readonly RoomName[];
  readonly since: ((now: Date) => Date) | undefined;
  readonly once: boolean;
  readonly sent: boolean;
  /** In milliseconds. */
  readonly heartbeat: number | undefined;
  readonly noReconnect: boolean;
  readonly requireDurable: boolean;
  readonly receipts: ReceiptPolicy | undefined;
}

/** How often the connection is asked whether it lives, at least. */
const probeMs = 60_000;

/** What one thing that came in means, and what is to be done when it has been printed. */
export interface Heard {
  readonly events: readonly Event[];
  /** Sends a text to whoever one of the events is from, and throws if the server does not have it; undefined: that is not possible. */
  replyTo(event: Event): ((body: string) => Promise<void>) | undefined;
  accepted(): Promise<void>;
}

export interface Hearing {
  /** Ends it in order; its reason is thrown if nothing was online by then. */
  readonly over: AbortSignal;
  /** Gets each session before it is online; gives the features to announce there. */
  attend(session: Session): readonly string[];
  /** Resolves when all that was heard has been dealt with: in the end the connection stays for so long. */
  dealtWith(): Promise<void>;
}

/** All that comes in on the account until `over`, as events. */
export async function* heard(
  account: Jid,
  args: HeardArgs,
  ctx: Context,
  cursor: Cursor | undefined,
  { over, attend, dealtWith }: Hearing,
): AsyncGenerator<Heard> {
  const receipts = args.receipts ?? 'contacts';
  let contacts: ReadonlySet<string> = new Set();
  let newest: Session | undefined;
  const inTheRooms = new RoomProgress(cursor);
  const roomEntry = args.room.length === 0 ? undefined : await roomEntryFor(args, inTheRooms, ctx);
  const inRooms = new Set<string>();
  const plan: Plan<Event> = {
    position: cursor?.position,
    since: args.since?.(ctx.clock.now()),
    reconnect: !args.noReconnect,
    once: args.once,
    heartbeatMs: args.heartbeat,
    answerMs: ctx.timeout,
    probeMs: Math.min(args.pingAfter || probeMs, probeMs),
    over,
    dealtWith,
    async arrive(session: Session, prepared: Promise<void>) {
      newest = session;
      const features = attend(session);
      const since = performance.now();
      const left = (): number => Math.max(0, ctx.timeout() - (performance.now() - since));
      contacts = await goOnline(patientSession(session, left), { receipts, needed: args.once, features }, prepared);
      ctx.verbose(`online as ${session.jid.full}`);
    },
    ...(roomEntry && { enterRooms: (session: Session) => roomsOf(session, args, roomEntry, inRooms, ctx) }),
    advance: (position) => cursor?.save(position),
    liveOnly() {
      if (cursor === undefined) return;
      const why = 'the server has no archive: what comes while nobody listens may be lost';
      if (args.requireDurable) throw new XmppctlError('unavailable', why);
      ctx.warn(why);
    },
  };
  const known = { origins: new Origins(), rooms: inRooms, forged: warnOfForgeries(ctx), sent: args.sent };
  const ownNicks = new Map<string, string>();
  const noteNoReceipt = (error: unknown): void => {
    if (!(error instanceof XmppctlError)) throw error;
    ctx.verbose(`a receipt was not sent: ${error.message}`);
  };
  let isLost = false;
  const tools = { connect: ctx.connect, randomId: ctx.randomId, now: () => ctx.clock.now(), after: ctx.clock.after };
  for await (const item of incoming(plan, tools)) {
    if (item.kind === 'connection' && item.state === 'lost') {
      ctx.notice('connection lost');
      isLost = true;
    } else if (isLost && item.kind === 'connection' && ['resumed', 'online'].includes(item.state)) {
      ctx.notice('connected again');
      isLost = false;
    }
    const events = meaningOf(item, account, known, ctx);
    for (const event of events) noteOwnNick(event, ownNicks);
    const acceptedInRoom = item.kind === 'room' ? inTheRooms.begin(item.value) : undefined;
    yield {
      events,
      replyTo(event) {
        if (!('session' in item)) return undefined;
        // A program may take longer than the session that its message came on.
        const current = (): Session => (item.session.over && newest ? newest : item.session);
        return replyTo(event, account, current, ownNicks, ctx);
      },
      async accepted() {
        acceptedInRoom?.();
        if (item.kind !== 'stanza' && item.kind !== 'archived') return;
        if (item.kind === 'stanza') {
          const confirmed = confirmReceipt(item.stanza, item.session, { contacts, receipts, randomId: ctx.randomId });
          await confirmed.catch(noteNoReceipt); // the message has been received all the same
        }
        item.accepted();
      },
    };
  }
}

/** Who we are in each room, by its bare JID. */
function noteOwnNick({ event, room, nick, newNick, self }: Event, ownNicks: Map<string, string>): void {
  const now = newNick ?? nick;
  if (event === 'occupant' && self && typeof room === 'string' && typeof now === 'string') ownNicks.set(room, now);
}

/**
 * Never to ourselves, and never to what nobody expects an answer to: that would go round in circles. The reply is sent when
 * the server has it.
 */
function replyTo(
  event: Event,
  account: Jid,
  current: () => Session,
  ownNicks: ReadonlyMap<string, string>,
  ctx: Context,
): ((body: string) => Promise<void>) | undefined {
  const { type, from, carbon, thread, room, nick } = event;
  if (event.event !== 'message' || type === 'headline' || type === 'groupchat' || carbon === 'sent') return undefined;
  const inRoom = typeof room === 'string';
  // The room itself expects no answer (CASES 42).
  if (inRoom && (typeof nick !== 'string' || ownNicks.get(room) === nick)) return undefined;
  const to = inRoom ? `${room}/${nick}` : from;
  if (!to || to === account.bare) return undefined;
  return async (body) => {
    const conversation = typeof thread === 'string' ? { thread } : {};
    const payload = inRoom ? [privateMessageMark()] : [];
    const text = replaceForbidden(body);
    const id = ctx.randomId();
    const session = current();
    await session.send(buildMessage({ to, id, type: 'chat', body: text, payload, ...conversation }));
    const settled = await session.settle();
    // That is their answer: to try again would bring the same.
    const bounce = settled.bounce(id, parseJid(to));
    if (bounce) ctx.warn(bounceError(to, bounce).message);
  };
}

type RoomEntry = Parameters<typeof streamRooms>[2];

async function roomEntryFor(args: HeardArgs, reached: RoomProgress, ctx: Context): Promise<RoomEntry> {
  const password = await roomPassword(args, ctx);
  const past = pastFor({ history: args.history, since: undefined }, ctx);
  return { ...(await entryFor(args, password, ctx)), past, pingAfter: args.pingAfter, memories: reached.memories() };
}

async function roomsOf(
  session: Session,
  args: HeardArgs,
  entry: RoomEntry,
  inRooms: Set<string>,
  ctx: Context,
): Promise<Rooms<Event>> {
  const rooms = await resolveRooms(session, args.room, args.service);
  for (const { bare } of rooms) inRooms.add(bare);
  return {
    includes: (stanza) => rooms.some(({ bare }) => bare === readJid(stanza.attrs.from)?.bare),
    events: () => streamRooms(session, rooms, entry, ctx),
  };
}

function meaningOf(
  item: Incoming<Event>,
  account: Jid,
  known: Pick<Reader, 'origins' | 'rooms' | 'forged' | 'sent'>,
  ctx: Context,
): Event[] {
  const now = (): Date => ctx.clock.now();
  switch (item.kind) {
    case 'stanza':
      return readEvents(item.stanza, { jid: item.session.jid, now, ...known }).filter(
        ({ event }) => !item.told || event !== 'message',
      );
    case 'archived':
      return readArchivedEvents(item.message, { jid: item.session.jid, now, ...known });
    case 'room':
      return [item.value];
    case 'connection':
      return [{ ...eventHeader({ jid: account, now }), event: 'connection', state: item.state }];
    case 'gap':
      return [
        {
          ...eventHeader({ jid: account, now }),
          event: 'gap',
          since: item.since,
          until: item.until,
          archive: account.bare,
        },
      ];
    default:
      return [{ ...eventHeader({ jid: account, now }), event: 'heartbeat' }];
  }
}
