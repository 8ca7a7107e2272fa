import { XmppctlError } from '../../errors.ts';
import { defineCommand, optionalPositional, positional } from '../../grammar/command.ts';
import { text } from '../../grammar/values.ts';
import type { Session } from '../../session/types.ts';
import type { Jid } from '../../xmpp/jid.ts';
import { stanzaErrorToError } from '../../xmpp/stanza-error.ts';
import { type RoomSubject, readSubject, subjectMessage } from '../../xmpp/xep0045-muc.ts';
import { readDelay } from '../../xmpp/xep0203-delay.ts';
import type { Element } from '../../xmpp/xml.ts';
import type { Context } from '../context.ts';
import { bounceOf } from '../delivery.ts';
import { checkText } from '../message-text.ts';
import { entryFor, visitRoom } from './enter.ts';
import { entryArgs, resolveRoom, room, roomPassword, timeLeft } from './room-args.ts';

interface Subject {
  readonly room: string;
  readonly subject: string | null;
  readonly nick: string | null;
  readonly time: string | null;
}

/** How long a room may take to tell its subject; some old ones do not if they have none. */
const subjectMs = 3000;

export const mucSubject = defineCommand({
  name: 'muc subject',
  summary: 'show or set what a room talks about',
  description:
    'Goes into the room for a moment. With TEXT it sets the subject and waits until the room shows it; an empty TEXT takes it away.',
  args: {
    room: positional(room(), 'the room'),
    text: optionalPositional(text('TEXT'), 'the subject from now on'),
    ...entryArgs,
  },
  shared: 'connecting',
  yields: 'one',
  fields: [
    { key: 'room', summary: 'the room', type: 'string', column: false },
    { key: 'subject', summary: 'the subject; null: there is none', type: 'string' },
    { key: 'nick', summary: 'who set it', type: 'string' },
    { key: 'time', summary: 'when it was set, if the room tells', type: 'string' },
  ],
  asks: (args) => args.text === undefined,
  confirm: ({ room, subject }: Subject) => `${room}: ${subject ?? 'no subject'}`,
  examples: [
    ['xmppctl muc subject ops@conference.example.org', 'shows it'],
    ['xmppctl muc subject ops "Release on Friday"', 'sets it'],
  ],
  fails: ['data', 'nouser', 'unavailable', 'conflict', 'unconfirmed'],
  check: (args) => void checkText(args.text ?? ''),
  async run(args, ctx): Promise<Subject> {
    const entry = await entryFor(args, await roomPassword(args, ctx), ctx);
    await using session = await ctx.connect();
    const address = await resolveRoom(session, args.room, args.service);
    const current = session.expect(subjectOf(address));
    return await visitRoom(session, address, entry, ctx, async ({ occupant }) => {
      const shown = await current.within(timeLeft(ctx, subjectMs));
      if (args.text === undefined) return shown ?? { room: address.bare, subject: null, nick: null, time: null };
      return await setSubject(session, address, occupant, args.text, ctx);
    });
  },
});

const subjectOf =
  (address: Jid) =>
  (stanza: Element): Subject | undefined => {
    const subject = readSubject(stanza, address);
    return subject && rowOf(subject, address, readDelay(stanza, [address.bare, address.domain]));
  };

async function setSubject(
  session: Session,
  address: Jid,
  occupant: Jid,
  wanted: string,
  ctx: Context,
): Promise<Subject> {
  const id = ctx.randomId();
  const bounce = bounceOf(id, address, session);
  const answer = session.expect((stanza) => {
    const refusal = bounce(stanza);
    if (refusal) return { refusal };
    const subject = readSubject(stanza, address);
    return subject?.subject === wanted && subject.nick === occupant.resource ? { subject } : undefined;
  });
  await session.send(subjectMessage(address, id, wanted));
  const outcome = await answer.within(timeLeft(ctx));
  if (!outcome) throw new XmppctlError('unconfirmed', `sent, but ${address.bare} did not show the new subject`);
  if (outcome.refusal) throw stanzaErrorToError(`${address.bare} does not let us set the subject`, outcome.refusal);
  return rowOf(outcome.subject, address, ctx.clock.now());
}

const rowOf = ({ subject, nick }: RoomSubject, address: Jid, time: Date | null): Subject => ({
  room: address.bare,
  subject: subject || null,
  nick: nick || null,
  time: time?.toISOString() ?? null,
});
