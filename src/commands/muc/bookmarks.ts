import { XmppctlError } from '../../errors.ts';
import { defineCommand, flag, option, type Values } from '../../grammar/command.ts';
import { text } from '../../grammar/values.ts';
import { type Bookmarks, openBookmarks } from '../../session/bookmarks.ts';
import { occupantJid } from '../../session/occupancy.ts';
import type { Jid } from '../../xmpp/jid.ts';
import type { Bookmark } from '../../xmpp/xep0402-bookmarks.ts';
import { checkText } from '../message-text.ts';
import { resolveRoom, room, serviceArgs } from './room-args.ts';

const args = {
  add: option(room(), 'bookmark this room, or change its bookmark'),
  remove: option(room(), 'forget the bookmark of this room'),
  name: option(text('NAME'), 'with --add: the name of the bookmark'),
  nick: option(text('NICK'), 'with --add: the nickname to use there'),
  autojoin: flag('with --add: clients go there when they start'),
  ...serviceArgs,
};
type BookmarkArgs = Values<typeof args>;

export interface BookmarkRow {
  readonly room: string;
  readonly name: string | null;
  readonly nick: string | null;
  readonly autojoin: boolean;
}

export const bookmarkFields = [
  { key: 'room', summary: 'the room', type: 'string' },
  { key: 'name', summary: 'the name of the bookmark', type: 'string' },
  { key: 'nick', summary: 'the nickname to use there', type: 'string' },
  { key: 'autojoin', summary: 'whether clients go there when they start', type: 'boolean' },
] as const;

export const mucBookmarks = defineCommand({
  name: 'muc bookmarks',
  summary: 'show and change the bookmarked rooms of the account',
  description:
    'Bookmarks are kept on the server, for all clients of the account (XEP-0402; XEP-0048 where the server has only that). What other clients have ' +
    'stored in a bookmark stays in it.',
  args,
  shared: 'connecting',
  yields: 'list',
  fields: bookmarkFields,
  asks: ({ add, remove }) => add === undefined && remove === undefined,
  confirm: ({ room }: BookmarkRow) => `bookmarks: ${room}`,
  examples: [
    ['xmppctl muc bookmarks', 'all of them'],
    ['xmppctl muc bookmarks --add ops@conference.example.org --autojoin', 'one more'],
    ['xmppctl muc bookmarks --remove ops@conference.example.org', 'one less'],
  ],
  fails: ['nouser', 'unavailable', 'unconfirmed'],
  check({ add, remove, name, nick, autojoin }) {
    if (add && remove) throw new XmppctlError('usage', '--add and --remove cannot be given together');
    if (!add && (name !== undefined || nick !== undefined || autojoin)) {
      throw new XmppctlError('usage', '--name, --nick and --autojoin go with --add');
    }
    checkText(name ?? '');
  },
  async run(args, ctx): Promise<readonly BookmarkRow[]> {
    await using session = await ctx.connect();
    const changed = args.add ?? args.remove;
    const address = changed && (await resolveRoom(session, changed, args.service));
    const bookmarks = await openBookmarks(session);
    if (!address) {
      const rows = bookmarks.all.map(bookmarkRow);
      await ctx.remember(
        'room',
        rows.map((row) => ({ value: row.room, description: row.name })),
      );
      return rows;
    }
    const known = bookmarkOf(bookmarks, address);
    if (args.remove) {
      if (!known) throw noBookmark(address);
      await bookmarks.remove(address);
      return [bookmarkRow(known)];
    }
    const bookmark = changedBookmark(known, address, args);
    await bookmarks.put(bookmark);
    return [bookmarkRow(bookmark)];
  },
});

export const bookmarkOf = ({ all }: Bookmarks, address: Jid): Bookmark | undefined =>
  all.find(({ room: { bare } }) => bare === address.bare);

export const noBookmark = (address: Jid): XmppctlError =>
  new XmppctlError('nouser', `${address.bare} is not bookmarked`);

export const bookmarkRow = ({ room: { bare }, name, nick, autojoin }: Bookmark): BookmarkRow => ({
  room: bare,
  name,
  nick,
  autojoin,
});

function changedBookmark(known: Bookmark | undefined, address: Jid, args: BookmarkArgs): Bookmark {
  if (args.nick !== undefined) occupantJid(address, args.nick);
  return {
    room: address,
    name: args.name ?? known?.name ?? null,
    nick: args.nick ?? known?.nick ?? null,
    autojoin: args.autojoin || (known?.autojoin ?? false),
    others: known?.others ?? [],
  };
}
