import { defineCommand, option, positional } from '../../grammar/command.ts';
import { text } from '../../grammar/values.ts';
import { change } from '../../session/change.ts';
import { setAffiliation } from '../../xmpp/xep0045-admin.ts';
import { checkText } from '../message-text.ts';
import { person, resolveRoom, room, serviceArgs } from './room-args.ts';

interface Banned {
  readonly room: string;
  readonly jid: string;
  readonly banned: true;
}

export const mucBan = defineCommand({
  name: 'muc ban',
  summary: 'keep somebody out of a room, and throw them out if they are there',
  description:
    'Only owners and admins may. "muc affiliation ROOM JID none" takes it back, "muc affiliation ROOM" shows who is banned.',
  args: {
    room: positional(room(), 'the room'),
    jid: positional(person(), 'whom: the real address'),
    reason: option(text(), 'what they and everybody there are told'),
    ...serviceArgs,
  },
  shared: 'connecting',
  yields: 'one',
  fields: [
    { key: 'room', summary: 'the room', type: 'string' },
    { key: 'jid', summary: 'who is banned', type: 'string' },
    { key: 'banned', summary: 'that it happened', type: 'boolean' },
  ],
  confirm: ({ room, jid }: Banned) => `banned ${jid} from ${room}`,
  examples: [['xmppctl muc ban ops@conference.example.org mallory@example.net', 'out, and not in again']],
  fails: ['nouser', 'unavailable', 'conflict', 'unconfirmed'],
  check: ({ reason }) => void checkText(reason ?? ''),
  async run(args, ctx): Promise<Banned> {
    await using session = await ctx.connect();
    const address = await resolveRoom(session, args.room, args.service);
    const what = `${address.bare} does not let us ban ${args.jid.bare}`;
    await change(session, setAffiliation(address, args.jid, 'outcast', args.reason), { what });
    return { room: address.bare, jid: args.jid.bare, banned: true };
  },
});
