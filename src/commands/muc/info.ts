import { defineCommand, positional } from '../../grammar/command.ts';
import { lookUpRoom, noSuchRoom } from '../../session/occupancy.ts';
import { formOfType, formValues } from '../../xmpp/xep0004-data-forms.ts';
import type { DiscoInfo } from '../../xmpp/xep0030-disco.ts';
import { nsMam } from '../../xmpp/xep0313-mam.ts';
import { resolveRoom, room, serviceArgs } from './room-args.ts';

export interface RoomInfo {
  readonly room: string;
  readonly name: string | null;
  readonly description: string | null;
  readonly subject: string | null;
  readonly occupants: number | null;
  readonly language: string | null;
  readonly public: boolean | null;
  readonly membersOnly: boolean | null;
  readonly moderated: boolean | null;
  readonly password: boolean | null;
  readonly persistent: boolean | null;
  readonly anonymous: boolean | null;
  readonly archive: boolean;
  readonly features: readonly string[];
}

export const mucInfo = defineCommand({
  name: 'muc info',
  summary: 'show what a room says of itself',
  description: 'Asks the room without entering it (XEP-0030). What the room does not say is null in JSON.',
  args: { room: positional(room(), 'the room'), ...serviceArgs },
  shared: 'connecting',
  yields: 'one',
  fields: [
    { key: 'room', summary: 'the room', type: 'string' },
    { key: 'name', summary: 'its name for people', type: 'string' },
    { key: 'description', summary: 'what it is for', type: 'string' },
    { key: 'subject', summary: 'what is being talked about', type: 'string' },
    { key: 'occupants', summary: 'how many are in it', type: 'number' },
    { key: 'language', summary: 'the language spoken', type: 'string' },
    { key: 'public', summary: 'whether its service lists it', type: 'boolean' },
    { key: 'membersOnly', summary: 'whether only members may enter', type: 'boolean' },
    { key: 'moderated', summary: 'whether only those with a voice may speak', type: 'boolean' },
    { key: 'password', summary: 'whether it wants a password', type: 'boolean' },
    { key: 'persistent', summary: 'whether it stays when nobody is in it', type: 'boolean' },
    { key: 'anonymous', summary: 'whether real addresses are hidden from most', type: 'boolean' },
    { key: 'archive', summary: 'whether "muc history" can read its past', type: 'boolean' },
    { key: 'features', summary: 'all that it announces', type: 'string[]', column: false },
  ],
  examples: [['xmppctl muc info ops@conference.example.org', 'name, subject, how many are there']],
  fails: ['nouser', 'unavailable'],
  async run(args, ctx): Promise<RoomInfo> {
    await using session = await ctx.connect();
    const address = await resolveRoom(session, args.room, args.service);
    const info = await lookUpRoom(session, address);
    if (!info) throw noSuchRoom(address, 'See xmppctl muc list.');
    return { room: address.bare, ...describeRoom(info) };
  },
});

/** Features and form of a room as facts; null for what it does not say. */
export function describeRoom(info: DiscoInfo): Omit<RoomInfo, 'room'> {
  const { features, identities } = info;
  const form = formOfType(info.forms, 'http://jabber.org/protocol/muc#roominfo');
  const text = (name: string): string | null => formValues(form, `muc#roominfo_${name}`)[0] || null;
  const either = (yes: string, no: string): boolean | null =>
    features.has(yes) ? true : features.has(no) ? false : null;
  const occupants = text('occupants');
  return {
    name: identities.find(({ category }) => category === 'conference')?.name || null,
    description: text('description'),
    subject: text('subject'),
    occupants: occupants !== null && /^\d{1,9}$/.test(occupants) ? Number(occupants) : null,
    language: text('lang'),
    public: either('muc_public', 'muc_hidden'),
    membersOnly: either('muc_membersonly', 'muc_open'),
    moderated: either('muc_moderated', 'muc_unmoderated'),
    password: either('muc_passwordprotected', 'muc_unsecured'),
    persistent: either('muc_persistent', 'muc_temporary'),
    anonymous: either('muc_semianonymous', 'muc_nonanonymous'),
    archive: features.has(nsMam),
    features: [...features],
  };
}
