import { XmppctlError } from '../../errors.ts';
import { defineCommand, positional } from '../../grammar/command.ts';
import { leaveRoom } from '../../session/occupancy.ts';
import type { Session } from '../../session/types.ts';
import type { Jid } from '../../xmpp/jid.ts';
import { discoItemsRequest, readDiscoItems } from '../../xmpp/xep0030-disco.ts';
import { nickOf, type OccupantPresence, readOccupant } from '../../xmpp/xep0045-muc.ts';
import { enterRoom, entryFor } from './enter.ts';
import { entryArgs, resolveRoom, room, roomPassword } from './room-args.ts';

interface Member {
  readonly room: string;
  readonly nick: string;
  readonly role: string;
  readonly affiliation: string;
  readonly jid: string | null;
  readonly show: string | null;
  readonly status: string | null;
}

/** More than any room has; a room that sends more before it lets us in does not mean well. */
const mostOccupants = 100_000;

export const mucMembers = defineCommand({
  name: 'muc members',
  summary: 'list who is in a room',
  description:
    'Goes into the room for a moment, because only those in it are told who is there. We ourselves are listed only if we were there before, ' +
    'with another client. "muc affiliation" lists who may be there.',
  args: { room: positional(room(), 'the room'), ...entryArgs },
  shared: 'connecting',
  yields: 'list',
  fields: [
    { key: 'room', summary: 'the room', type: 'string', column: false },
    { key: 'nick', summary: 'the nickname', type: 'string' },
    { key: 'role', summary: 'what they may do now: moderator, participant or visitor', type: 'string' },
    { key: 'affiliation', summary: 'what they are to the room: owner, admin, member or none', type: 'string' },
    { key: 'jid', summary: 'the real address, where the room shows it', type: 'string' },
    { key: 'show', summary: 'available, chat, away, xa or dnd', type: 'string' },
    { key: 'status', summary: 'the words that go with it', type: 'string' },
  ],
  examples: [
    ['xmppctl muc members ops@conference.example.org', 'who is there'],
    ['xmppctl muc members ops --json | jq length', 'how many'],
  ],
  fails: ['nouser', 'unavailable', 'conflict'],
  async *run(args, ctx): AsyncGenerator<Member> {
    const entry = await entryFor(args, await roomPassword(args, ctx), ctx);
    await using session = await ctx.connect();
    const address = await resolveRoom(session, args.room, args.service);
    const before = nicksBefore(session, address);
    const members = new Map<string, Member>();
    const overflow = session.expect((stanza) => {
      const presence = readOccupant(stanza, address);
      if (presence?.present) members.set(nickOf(presence.occupant), memberOf(presence, address));
      else if (presence) members.delete(nickOf(presence.occupant));
      if (members.size <= mostOccupants) return undefined;
      throw new XmppctlError('protocol', `${address.bare} has more than ${mostOccupants} occupants`);
    });
    const { occupant, presence } = await enterRoom(session, address, entry, ctx);
    overflow.cancel();
    await overflow.within(0);
    if (presence.connections < 2 && !(await before).has(nickOf(occupant))) members.delete(nickOf(occupant));
    await leaveRoom(session, occupant);
    yield* members.values();
  },
});

/** Who was there before us, as far as the room tells those outside. */
async function nicksBefore(session: Session, address: Jid): Promise<ReadonlySet<string>> {
  const items = await session.request(discoItemsRequest(address.bare)).then(readDiscoItems, () => []);
  return new Set(items.filter(({ jid }) => jid.bare === address.bare).map(({ jid }) => nickOf(jid)));
}

const memberOf = (presence: OccupantPresence, address: Jid): Member => ({
  room: address.bare,
  nick: nickOf(presence.occupant),
  role: presence.role,
  affiliation: presence.affiliation,
  jid: presence.jid?.bare ?? null,
  show: presence.show,
  status: presence.status,
});
