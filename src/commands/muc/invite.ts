import { XmppctlError } from '../../errors.ts';
import { defineCommand, flag, option, positional, positionals, type Values } from '../../grammar/command.ts';
import { text } from '../../grammar/values.ts';
import { discoInfo } from '../../session/disco.ts';
import { lookUpRoom, noSuchRoom } from '../../session/occupancy.ts';
import type { Session } from '../../session/types.ts';
import type { Jid } from '../../xmpp/jid.ts';
import { stanzaErrorToError } from '../../xmpp/stanza-error.ts';
import { mediatedInvitation } from '../../xmpp/xep0045-invite.ts';
import { directInvitation } from '../../xmpp/xep0249-direct-invitations.ts';
import type { Context } from '../context.ts';
import { bounceError, type Outcome, outcome, throwUnlessAllWell } from '../delivery.ts';
import { checkText } from '../message-text.ts';
import { entryFor, visitRoom } from './enter.ts';
import { entryArgs, person, resolveRoom, room, roomPassword } from './room-args.ts';

const args = {
  room: positional(room(), 'the room'),
  jids: positionals(person(), 'whom to invite'),
  reason: option(text(), 'why they should come'),
  direct: flag('write to them ourselves, instead of asking the room to do it'),
  ...entryArgs,
};
type InviteArgs = Values<typeof args>;

interface Invited {
  readonly room: string;
  readonly jid: string;
  readonly status: string;
  readonly error: Record<string, unknown> | null;
}

export const mucInvite = defineCommand({
  name: 'muc invite',
  summary: 'invite people to a room',
  description:
    'Goes into the room for a moment and asks it to invite them; a room for members makes them members, if we may do that. With --direct they get the invitation ' +
    'from us, with the password of the room if one is given, and nobody in the room hears of it.',
  args,
  shared: 'connecting',
  yields: 'list',
  fields: [
    { key: 'room', summary: 'the room', type: 'string', column: false },
    { key: 'jid', summary: 'who was invited', type: 'string' },
    { key: 'status', summary: 'acked or failed', type: 'string' },
    { key: 'error', summary: 'why it failed: kind, condition, message', type: 'object' },
  ],
  confirm: ({ jid, status }: Invited) => (status === 'acked' ? `invited ${jid}` : ''),
  examples: [
    ['xmppctl muc invite ops@conference.example.org bob@example.org --reason "we need you"', 'by the room'],
    ['xmppctl muc invite vault bob@example.org --direct --room-password-file room.txt', 'with the password'],
  ],
  fails: ['nouser', 'unavailable', 'conflict', 'unconfirmed', 'partial'],
  check: ({ reason }) => void checkText(reason ?? ''),
  async *run(args, ctx): AsyncGenerator<Invited> {
    const password = await roomPassword(args, ctx);
    const entry = await entryFor(args, password, ctx);
    await using session = await ctx.connect();
    const address = await resolveRoom(session, args.room, args.service);
    if (args.direct && (await lookUpRoom(session, address)) === null) throw noSuchRoom(address);
    const outcomes = args.direct
      ? await inviteDirectly(session, address, password, args, ctx)
      : await visitRoom(session, address, entry, ctx, () => inviteByRoom(session, address, args, ctx));
    for (const { delivery } of outcomes) {
      yield { room: address.bare, jid: delivery.to ?? '', status: delivery.status, error: delivery.error };
    }
    throwUnlessAllWell(outcomes);
  },
});

/** The room answers in order: when it has answered a question asked afterwards, its refusals have come as well. */
async function inviteByRoom(session: Session, address: Jid, args: InviteArgs, ctx: Context): Promise<Outcome[]> {
  const sent = args.jids.map((to) => ({ to, id: ctx.randomId() }));
  for (const { to, id } of sent) await session.send(mediatedInvitation(address, id, to, args.reason));
  await discoInfo(session, address.bare).catch((error: unknown) => {
    if (error instanceof XmppctlError && error.condition !== undefined) return;
    if (!(error instanceof XmppctlError) || error.kind !== 'tempfail') throw error;
    const why = `sent, but ${address.bare} does not say what became of it: ${error.message}`;
    throw new XmppctlError('unconfirmed', why, { cause: error });
  });
  const settled = await session.settle();
  return sent.map(({ to, id }) => {
    const refusal = settled.bounce(id, address);
    const what = `${address.bare} does not let us invite ${to.bare}`;
    const error = refusal && stanzaErrorToError(what, refusal, { 'not-acceptable': 'noperm' });
    return outcome(to.full, id, error ? 'failed' : 'acked', error);
  });
}

async function inviteDirectly(
  session: Session,
  address: Jid,
  password: string | undefined,
  args: InviteArgs,
  ctx: Context,
): Promise<Outcome[]> {
  const sent = args.jids.map((to) => ({ to, id: ctx.randomId() }));
  for (const { to, id } of sent) {
    await session.send(directInvitation({ to, id, room: address, reason: args.reason, password }));
  }
  const settled = await session.settle();
  return sent.map(({ to, id }) => {
    const bounce = settled.bounce(id, to);
    return outcome(to.full, id, bounce ? 'failed' : 'acked', bounce && bounceError(to.full, bounce));
  });
}
