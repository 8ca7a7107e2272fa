import { asXmppctlError, XmppctlError } from '../../errors.ts';
import { defineCommand, flag, option, optionalPositional, options, type Values } from '../../grammar/command.ts';
import { file, text, unparsed } from '../../grammar/values.ts';
import { leaveRoom } from '../../session/occupancy.ts';
import type { Session } from '../../session/types.ts';
import type { Jid } from '../../xmpp/jid.ts';
import type { Context } from '../context.ts';
import { type Delivery, deliveryFields, type Outcome, outcome, tallyOfMessages } from '../delivery.ts';
import { readText } from '../message-text.ts';
import { checkMessage, messageArgs, payloadOf, textOf } from '../outgoing.ts';
import { recipientsInFile } from '../recipients.ts';
import { textsOfLines } from '../send-input.ts';
import { type Entry, enterRoom, entryFor } from './enter.ts';
import { entryArgs, type RoomName, resolveRooms, room, roomPassword } from './room-args.ts';
import { type Place, speak } from './speak.ts';

const args = {
  room: optionalPositional(unparsed('ROOM', 'room'), 'the room; with --to this is the BODY'),
  body: optionalPositional(text('BODY'), 'the message; "-" or none: standard input'),
  to: options(room(), 'another room'),
  recipients: option(file(), 'a file with one room a line'),
  bodyFile: option(file(), 'read the message from FILE'),
  lines: flag('send each line of standard input as a message, as it comes'),
  subject: option(text(), 'a subject of the message; the room keeps its own'),
  thread: messageArgs.thread,
  id: messageArgs.id,
  url: messageArgs.url,
  correct: messageArgs.correct,
  replyTo: option(text('STANZAID'), 'the message is the answer to the one with that stanzaId'),
  react: option(text('STANZAID'), messageArgs.react.summary.replace('that id', 'that stanzaId'), {
    description: messageArgs.react.description,
  }),
  retract: option(text('STANZAID'), 'takes back the message of ours with that stanzaId; there is no BODY'),
  create: flag('create the room if there is none'),
  allowEmpty: flag('send an empty message'),
  replaceInvalid: flag('replace what XMPP cannot carry instead of refusing it'),
  ...entryArgs,
};
type SendArgs = Values<typeof args>;

export const mucSend = defineCommand({
  name: 'muc send',
  summary: 'send a message to a room',
  description:
    'Goes into the room without asking for its history, waits until the room has let it in, sends, and waits until the room ' +
    'shows the message as ours; then it leaves. Only then the exit status is 0. A room that does not exist is not created, unless --create is ' +
    'given. If the message left and the room did not show it, the exit status is 79.\n\n' +
    'With --lines it stays in the room, and sends each line when it comes, for as long as the pipe is open.\n\n' +
    'The id of a message is from its author; the stanzaId is from the room, and is the one for answers, reactions and retractions. ' +
    'Both are in the result of muc send --json and in the events of muc join --json.',
  args,
  shared: 'connecting',
  openEnded: ({ lines }) => lines,
  yields: 'stream',
  fields: deliveryFields,
  confirm: ({ to, status }: Delivery) => (status === 'reflected' ? `${to}: the room has it` : ''),
  examples: [
    ['xmppctl muc send ops@conference.example.org "deployed"', 'one message'],
    ['xmppctl muc send ops "deployed"', 'the room of that name on the own server'],
    ['tail -F app.log | xmppctl muc send ops --lines', 'each line as it comes'],
    ['xmppctl muc send --to ops --to dev "lunch?"', 'several rooms'],
    ['xmppctl muc send ops --react 2b7a4c91 "👍"', 'a reaction to a message, by its stanzaId'],
  ],
  fails: ['data', 'noinput', 'nouser', 'unavailable', 'conflict', 'unconfirmed', 'partial'],
  check(args) {
    const { lines, body, bodyFile, id, retract } = args;
    checkMessage(args);
    if (lines && (body !== undefined || bodyFile !== undefined)) {
      throw new XmppctlError('usage', '--lines reads standard input; a BODY or --body-file does not go with it');
    }
    if (lines && id !== undefined) throw new XmppctlError('usage', '--id goes with one message only');
    if (lines && retract !== undefined) throw new XmppctlError('usage', '--retract goes with one message only');
  },
  async *run(args, ctx) {
    const { rooms, argument } = await whereAndWhat(args, ctx);
    const password = await roomPassword(args, ctx);
    const instead = args.url ?? (args.retract === undefined ? undefined : '');
    const once = args.lines ? undefined : await readText({ ...args, argument, instead }, ctx);
    const entry = { ...(await entryFor(args, password, ctx)), create: args.create };
    const tally = tallyOfMessages();
    await using session = await ctx.connect();
    const addresses = await resolveRooms(session, rooms, args.service);
    const places = await Promise.all(addresses.map((address) => enter(session, address, entry, ctx)));
    if (args.lines && places.every(({ place }) => !place)) throw places[0]?.error;
    for await (const body of once === undefined ? textsOfLines(args, ctx) : [once]) {
      for (const result of await sayEverywhere(session, places, body, args, ctx)) {
        tally.add(result);
        yield result.delivery;
      }
      if (session.over) break;
    }
    for (const { place } of places) if (place) await leaveRoom(session, place.joined.occupant).catch(() => {});
    tally.throwUnlessAllWell();
  },
});

async function whereAndWhat(
  args: SendArgs,
  ctx: Context,
): Promise<{ rooms: RoomName[]; argument: string | undefined }> {
  const listed = [...args.to, ...(await recipientsInFile(args.recipients, room().parse, ctx))];
  const firstIsBody = listed.length > 0 && args.body === undefined;
  const argument = firstIsBody ? args.room : args.body;
  const first = firstIsBody || args.room === undefined ? [] : [room().parse(args.room)];
  const rooms = [...first, ...listed];
  if (rooms.length === 0) throw new XmppctlError('usage', 'there is no room', { hint: 'xmppctl muc send ROOM [BODY]' });
  if (args.id !== undefined && rooms.length > 1) throw new XmppctlError('usage', '--id goes with one room only');
  if (args.lines && argument !== undefined) {
    throw new XmppctlError('usage', '--lines reads standard input; a BODY does not go with it');
  }
  if (args.retract !== undefined && argument !== undefined) {
    throw new XmppctlError('usage', '--retract takes no BODY');
  }
  return { rooms, argument };
}

/** A room that we are in, or why we are not. */
interface Attempt {
  readonly address: Jid;
  readonly place: Place | undefined;
  readonly error: XmppctlError | undefined;
}

async function enter(session: Session, address: Jid, entry: Entry, ctx: Context): Promise<Attempt> {
  try {
    const joined = await enterRoom(session, address, entry, ctx);
    ctx.verbose(`in ${address.bare} as ${joined.occupant.resource}`);
    await ctx.remember('room', [{ value: address.bare }]);
    return { address, place: { room: address, entry, joined }, error: undefined };
  } catch (error) {
    if (!(error instanceof XmppctlError)) throw error;
    return { address, place: undefined, error };
  }
}

async function sayEverywhere(
  session: Session,
  attempts: readonly Attempt[],
  body: string | XmppctlError,
  args: SendArgs,
  ctx: Context,
): Promise<Outcome[]> {
  const { subject, thread } = args;
  return await Promise.all(
    attempts.map(async ({ address, place, error }) => {
      const id = args.id ?? ctx.randomId();
      if (typeof body !== 'string') return outcome(address.bare, id, 'failed', body);
      if (!place) return outcome(address.bare, id, 'failed', error ?? asXmppctlError(undefined));
      const options = { ...args, wait: undefined };
      const payload = payloadOf(undefined, body, options);
      return await speak(session, place, { id, body: textOf(body, options), subject, thread, payload }, ctx);
    }),
  );
}
