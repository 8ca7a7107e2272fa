/** XEP-0048: Bookmarks, in the private storage of XEP-0049: one element holds all of them. */
import { readJid } from './jid.ts';
import { type Bookmark, readConference } from './xep0402-bookmarks.ts';
import { childElements, type Element, xml } from './xml.ts';

const nsPrivate = 'jabber:iq:private';
const nsStorage = 'storage:bookmarks';

export const privateBookmarksRequest = (): Element =>
  xml('iq', { type: 'get' }, xml('query', { xmlns: nsPrivate }, xml('storage', { xmlns: nsStorage })));

export interface PrivateBookmarks {
  readonly bookmarks: readonly Bookmark[];
  /** What else is stored there (links to web pages): to be kept as it is. */
  readonly others: readonly Element[];
}

export function readPrivateBookmarks(iq: Element): PrivateBookmarks {
  const storage = iq.getChild('query', nsPrivate)?.getChild('storage', nsStorage);
  const children = storage ? childElements(storage) : [];
  const bookmarks: Bookmark[] = [];
  const others: Element[] = [];
  for (const child of children) {
    const room = child.is('conference', nsStorage) ? readJid(child.attrs.jid) : undefined;
    if (room?.local !== undefined) bookmarks.push(readConference(room, child));
    else others.push(child);
  }
  return { bookmarks, others };
}

/** Stores all of them anew. */
export const storePrivateBookmarks = ({ bookmarks, others }: PrivateBookmarks): Element =>
  xml(
    'iq',
    { type: 'set' },
    xml(
      'query',
      { xmlns: nsPrivate },
      xml('storage', { xmlns: nsStorage }, [...bookmarks.map(conferenceOf), ...others]),
    ),
  );

const conferenceOf = ({ room, name, nick, autojoin, others }: Bookmark): Element =>
  xml(
    'conference',
    { jid: room.bare, name, autojoin: String(autojoin) },
    nick === null ? undefined : xml('nick', {}, nick),
    [...others],
  );
