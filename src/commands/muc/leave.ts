import { defineCommand, flag, positional } from '../../grammar/command.ts';
import { openBookmarks } from '../../session/bookmarks.ts';
import { type BookmarkRow, bookmarkFields, bookmarkOf, bookmarkRow, noBookmark } from './bookmarks.ts';
import { resolveRoom, room, serviceArgs } from './room-args.ts';

export const mucLeave = defineCommand({
  name: 'muc leave',
  summary: 'leave a room with all clients of the account',
  description:
    'Being in a room belongs to a connection, and those of this program end with each command. What keeps an account in a room is its bookmark: this one makes clients ' +
    'no longer go there when they start, and those that follow bookmarks (XEP-0402) leave at once. A running "muc join" is ended by Ctrl-C.',
  args: {
    room: positional(room(), 'the room'),
    forget: flag('forget the bookmark as well'),
    ...serviceArgs,
  },
  shared: 'connecting',
  yields: 'one',
  fields: bookmarkFields,
  confirm: ({ room: left }: BookmarkRow) => `clients no longer go to ${left}`,
  examples: [['xmppctl muc leave ops@conference.example.org', 'keeps the bookmark, but nobody goes there']],
  fails: ['nouser', 'unavailable', 'unconfirmed'],
  async run(args, ctx): Promise<BookmarkRow> {
    await using session = await ctx.connect();
    const address = await resolveRoom(session, args.room, args.service);
    const bookmarks = await openBookmarks(session);
    const known = bookmarkOf(bookmarks, address);
    if (!known) throw noBookmark(address);
    const left = { ...known, autojoin: false };
    if (args.forget) await bookmarks.remove(address);
    else await bookmarks.put(left);
    return bookmarkRow(left);
  },
});
