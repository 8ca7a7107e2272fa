import { defineCommand, positional } from '../../grammar/command.ts';
import { leaveRoom } from '../../session/occupancy.ts';
import type { Session } from '../../session/types.ts';
import type { Jid } from '../../xmpp/jid.ts';
import { discoItemsRequest, readDiscoItems } from '../../xmpp/xep0030-disco.ts';
import { nickOf, type OccupantPresence } from '../../xmpp/xep0045-muc.ts';
import { callRoll, enterRoom, entryFor } from './enter.ts';
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
    const roll = callRoll(session, address, (presence) => memberOf(presence, address));
    const { occupant, presence } = await enterRoom(session, address, entry, ctx);
    await roll.close();
    const wasThere = presence.connections > 1 || (await before).has(nickOf(occupant));
    await leaveRoom(session, occupant);
    const members = [...roll.present].filter(([nick]) => wasThere || nick !== nickOf(occupant));
    if (members.length === 0) ctx.verbose(`nobody else is in ${address.bare}`);
    for (const [, member] of members) yield member;
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
