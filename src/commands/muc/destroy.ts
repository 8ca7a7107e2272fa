import { XmppctlError } from '../../errors.ts';
import { defineCommand, flag, option, optionalPositional, positional } from '../../grammar/command.ts';
import { jid, text } from '../../grammar/values.ts';
import { change } from '../../session/change.ts';
import { lookUpRoom, noSuchRoom } from '../../session/occupancy.ts';
import { patientSession } from '../../session/patient-session.ts';
import type { Session } from '../../session/types.ts';
import type { Jid } from '../../xmpp/jid.ts';
import { destroyRoom } from '../../xmpp/xep0045-admin.ts';
import { resolveRoom, room, serviceArgs } from './room-args.ts';

interface Destroyed {
  readonly room: string;
  readonly destroyed: true;
}

export const mucDestroy = defineCommand({
  name: 'muc destroy',
  summary: 'destroy a room, with all in it',
  description: 'Only an owner can do this, and nobody can undo it. It checks afterwards that the room is gone.',
  args: {
    room: positional(room(), 'the room'),
    again: optionalPositional(room(), 'the room once more, for those who write it after --confirm'),
    confirm: flag('that it is meant; without it nothing is sent'),
    reason: option(text(), 'what those in the room are told'),
    alternate: option(jid('room', 'ROOM'), 'a room that they may go to instead'),
    ...serviceArgs,
  },
  shared: 'connecting',
  yields: 'one',
  fields: [
    { key: 'room', summary: 'the room', type: 'string' },
    { key: 'destroyed', summary: 'that it is gone', type: 'boolean' },
  ],
  confirm: ({ room }: Destroyed) => `destroyed ${room}`,
  examples: [
    ['xmppctl muc destroy quiz@conference.example.org --confirm', 'the room is gone'],
    ['xmppctl muc destroy quiz --confirm --alternate quiz2@conference.example.org', 'and where to go now'],
  ],
  fails: ['nouser', 'unavailable', 'noperm', 'unconfirmed'],
  check(args) {
    if (!args.confirm) throw new XmppctlError('usage', 'destroying a room cannot be undone; to do it, add --confirm');
  },
  async run(args, ctx): Promise<Destroyed> {
    await using session = await ctx.connect();
    const address = await resolveRoom(session, args.room, args.service);
    const again = args.again && (await resolveRoom(session, args.again, args.service));
    if (again && again.bare !== address.bare)
      throw new XmppctlError('usage', `${again.bare} is another room than ${address.bare}; nothing was destroyed`);
    if ((await lookUpRoom(session, address)) === null) throw noSuchRoom(address, 'See xmppctl muc list.');
    const what = `${address.bare} refuses to be destroyed`;
    await change(session, destroyRoom(address, args.reason, args.alternate), { what });
    if (await isGone(session, address)) return { room: address.bare, destroyed: true };
    throw new XmppctlError('unavailable', `${address.bare} said that it is destroyed, but it is still there`);
  },
});

/** A room that is just ending may lose the question; asked again, its service answers. */
async function isGone(session: Session, address: Jid): Promise<boolean> {
  const patient = patientSession(session, () => answerMs);
  for (let question = 1; ; question++) {
    try {
      return (await lookUpRoom(patient, address)) === null;
    } catch (error) {
      const isSilence = error instanceof XmppctlError && error.condition === 'remote-server-timeout';
      if (!isSilence || question === 3) throw error;
    }
  }
}
const answerMs = 2000;
