import { XmppctlError } from '../../errors.ts';
import { defineCommand, flag, option, options, positional, type Values } from '../../grammar/command.ts';
import { file, text } from '../../grammar/values.ts';
import { leaveRoom, lookUpRoom } from '../../session/occupancy.ts';
import type { Context } from '../context.ts';
import { createRoom, entryFor } from './enter.ts';
import { entryArgs, resolveRoom, room, roomPassword } from './room-args.ts';
import { configName, passwordSettings, readSettings } from './room-config.ts';

const args = {
  room: positional(room(), 'the room to create'),
  public: flag('list the room among those of its service'),
  membersOnly: flag('only members may enter'),
  persistent: flag('keep the room when nobody is in it; this is always so'),
  name: option(text('NAME'), 'the name of the room, for people'),
  description: option(text(), 'what the room is for'),
  config: options(text('NAME=VALUE'), 'another setting; "muc config" shows which there are'),
  ...entryArgs,
  passwordFile: option(file(), 'the password of the room (not of the account) from the first line of FILE'),
};
type CreateArgs = Values<typeof args>;

interface Created {
  readonly room: string;
  readonly created: true;
}

export const mucCreate = defineCommand({
  name: 'muc create',
  summary: 'create a room',
  description:
    'Creates a room, fills in the form of its configuration, and checks that each setting was taken; if anything goes wrong, no ' +
    'room is left. The room stays when nobody is in it. The account is its owner.\n\nHere --password-file is about the room; the ' +
    'password of the account comes from its other sources.',
  args,
  shared: 'connecting',
  yields: 'one',
  fields: [
    { key: 'room', summary: 'the room', type: 'string' },
    { key: 'created', summary: 'that it was created', type: 'boolean' },
  ],
  confirm: ({ room }: Created) => `created ${room}`,
  examples: [
    ['xmppctl muc create ops@conference.example.org --members-only --name Operations', 'a room for members'],
    ['xmppctl muc create quiz --public --config moderatedroom=yes', 'a listed room of the own server'],
    ['xmppctl muc create vault --password-file room.txt', 'a room with a password'],
  ],
  fails: ['data', 'unavailable', 'noperm', 'conflict', 'unconfirmed'],
  check: ({ config }) => void readSettings(config),
  async run(args, ctx): Promise<Created> {
    const password = await passwordOf(args, ctx);
    const entry = await entryFor(args, password, ctx);
    await using session = await ctx.connect();
    const address = await resolveRoom(session, args.room, args.service);
    if ((await lookUpRoom(session, address)) !== null) {
      throw new XmppctlError('conflict', `the room ${address.bare} exists already`);
    }
    const joined = await createRoom(session, address, entry, settingsOf(args, password), ctx);
    await leaveRoom(session, joined.occupant);
    await session.settle();
    await ctx.remember('room', [{ value: address.bare, description: args.name }]);
    return { room: address.bare, created: true };
  },
});

/** SPEC 6 calls it --password-file; the other ways have names of their own, because the account has them too. */
async function passwordOf(args: CreateArgs, ctx: Context): Promise<string | undefined> {
  const { passwordFile, roomPasswordFile, roomPasswordStdin, roomPasswordCommand } = args;
  if (passwordFile === undefined) return await roomPassword(args, ctx);
  if (roomPasswordFile !== undefined || roomPasswordStdin || roomPasswordCommand !== undefined) {
    throw new XmppctlError('usage', '--password-file and --room-password-… cannot be given together');
  }
  return await ctx.secret('password', { file: passwordFile });
}

function settingsOf(args: CreateArgs, password: string | undefined): Map<string, readonly string[]> {
  const settings = new Map<string, readonly string[]>([[configName('publicroom'), [args.public ? '1' : '0']]]);
  if (args.membersOnly) settings.set(configName('membersonly'), ['1']);
  if (args.name !== undefined) settings.set(configName('roomname'), [args.name]);
  if (args.description !== undefined) settings.set(configName('roomdesc'), [args.description]);
  for (const [name, values] of passwordSettings(password)) settings.set(name, values);
  for (const [name, values] of readSettings(args.config)) settings.set(name, values);
  return settings;
}
