import { defineCommand, positional, positionals } from '../../grammar/command.ts';
import { text } from '../../grammar/values.ts';
import { lookUpRoom, noSuchRoom } from '../../session/occupancy.ts';
import { askedFields, type DataForm } from '../../xmpp/xep0004-data-forms.ts';
import { resolveRoom, room, roomPassword, roomPasswordArgs, serviceArgs } from './room-args.ts';
import {
  configField,
  configure,
  fetchConfig,
  passwordSettings,
  readSettings,
  shortName,
  shownValues,
} from './room-config.ts';

interface Setting {
  readonly name: string;
  readonly values: readonly string[];
  readonly type: string;
  readonly label: string | null;
  readonly options: readonly string[];
}

export const mucConfig = defineCommand({
  name: 'muc config',
  summary: 'show and change the configuration of a room',
  description:
    'Without settings it shows them all, and what each may be; with NAME=VALUE it changes those, and checks that the room took them. Each service has settings of its own; ' +
    'names may be written with or without "muc#roomconfig_". A NAME that is repeated has several values. The password of a room is never shown, and is set from a file, ' +
    'standard input or a command; "roomsecret=" takes it away. Only owners may do this.',
  args: {
    room: positional(room(), 'the room'),
    settings: positionals(text('NAME=VALUE'), 'what to change', false),
    ...serviceArgs,
    ...roomPasswordArgs,
  },
  shared: 'connecting',
  yields: 'list',
  fields: [
    { key: 'name', summary: 'the name of the setting', type: 'string' },
    { key: 'values', summary: 'its values; true or false for a switch', type: 'string[]', column: 'VALUE' },
    { key: 'type', summary: 'boolean, text-single, list-single and the like', type: 'string' },
    { key: 'options', summary: 'what it may be', type: 'string[]' },
    { key: 'label', summary: 'what the service says that it is', type: 'string' },
  ],
  asks: ({ settings, roomPasswordFile, roomPasswordStdin, roomPasswordCommand }) =>
    settings.length === 0 && roomPasswordFile === undefined && !roomPasswordStdin && roomPasswordCommand === undefined,
  confirm: ({ name, values }: Setting) => `${name} is ${values.join(', ') || 'empty'}`,
  examples: [
    ['xmppctl muc config ops@conference.example.org', 'all settings'],
    ['xmppctl muc config ops membersonly=yes roomname="Operations"', 'changes two'],
    ['xmppctl muc config ops --room-password-file room.txt', 'a password to enter'],
  ],
  fails: ['data', 'nouser', 'unavailable', 'unconfirmed'],
  check: ({ settings }) => void readSettings(settings),
  async run(args, ctx): Promise<readonly Setting[]> {
    const wanted = new Map([...readSettings(args.settings), ...passwordSettings(await roomPassword(args, ctx))]);
    await using session = await ctx.connect();
    const address = await resolveRoom(session, args.room, args.service);
    // Some services create a room for whoever asks for its configuration.
    if ((await lookUpRoom(session, address)) === null) throw noSuchRoom(address);
    if (wanted.size === 0) return settingsOf(await fetchConfig(session, address));
    const after = await configure(session, address, wanted, new Map());
    const changed = new Set([...wanted.keys()].map((name) => configField(after, name)?.name));
    return settingsOf({ ...after, fields: after.fields.filter(({ name }) => changed.has(name)) });
  },
});

const settingsOf = (form: DataForm): Setting[] =>
  askedFields(form).map((field) => ({
    name: shortName(field.name),
    values: shownValues(field),
    type: field.type,
    label: field.label,
    options: field.options,
  }));
