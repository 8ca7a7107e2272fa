import { XmppctlError } from '../../errors.ts';
import { defineCommand, option, positional } from '../../grammar/command.ts';
import { text } from '../../grammar/values.ts';
import { change } from '../../session/change.ts';
import { setRole } from '../../xmpp/xep0045-admin.ts';
import { checkText } from '../message-text.ts';
import { callRoll, entryFor, visitRoom } from './enter.ts';
import { entryArgs, resolveRoom, room, roomPassword } from './room-args.ts';

interface Kicked {
  readonly room: string;
  readonly nick: string;
  readonly kicked: true;
}

export const mucKick = defineCommand({
  name: 'muc kick',
  summary: 'throw somebody out of a room, who may come again',
  description:
    'Goes into the room for a moment, because only a moderator who is there may do this. "muc ban" keeps somebody out.',
  args: {
    room: positional(room(), 'the room'),
    nickname: positional(text('NICK'), 'the nickname of the occupant'),
    reason: option(text(), 'what everybody there is told'),
    ...entryArgs,
  },
  shared: 'connecting',
  yields: 'one',
  fields: [
    { key: 'room', summary: 'the room', type: 'string' },
    { key: 'nick', summary: 'who was thrown out', type: 'string' },
    { key: 'kicked', summary: 'that it happened', type: 'boolean' },
  ],
  confirm: ({ room, nick }: Kicked) => `kicked ${nick} out of ${room}`,
  examples: [['xmppctl muc kick ops@conference.example.org spammer --reason "no advertising"', 'out of the room']],
  fails: ['nouser', 'unavailable', 'conflict', 'unconfirmed'],
  check: ({ reason }) => void checkText(reason ?? ''),
  async run(args, ctx): Promise<Kicked> {
    const entry = await entryFor(args, await roomPassword(args, ctx), ctx);
    await using session = await ctx.connect();
    const address = await resolveRoom(session, args.room, args.service);
    const nick = args.nickname;
    const roll = callRoll(session, address, () => true);
    return await visitRoom(session, address, entry, ctx, async () => {
      await roll.close();
      if (!roll.present.has(nick)) throw new XmppctlError('nouser', `nobody in ${address.bare} is called ${nick}`);
      const what = `${address.bare} does not let us kick ${nick}`;
      await change(session, setRole(address, nick, 'none', args.reason), { what });
      return { room: address.bare, nick, kicked: true };
    });
  },
});
