/** The rooms that the account has bookmarked: where the server keeps them, and changing one of them. */
import { XmppctlError } from '../errors.ts';
import type { Jid } from '../xmpp/jid.ts';
import {
  type PrivateBookmarks,
  privateBookmarksRequest,
  readPrivateBookmarks,
  storePrivateBookmarks,
} from '../xmpp/xep0048-bookmarks.ts';
import {
  type Bookmark,
  bookmarksRequest,
  configureNode,
  createNode,
  publishBookmark,
  publishBookmarkPlainly,
  readBookmarks,
  retractBookmark,
} from '../xmpp/xep0402-bookmarks.ts';
import { change } from './change.ts';
import type { Session } from './types.ts';

export interface Bookmarks {
  readonly all: readonly Bookmark[];
  put(bookmark: Bookmark): Promise<void>;
  remove(room: Jid): Promise<void>;
}

const what = 'the server does not keep bookmarks';

/**
 * XEP-0402; or XEP-0048 where the server has nothing else, or where the account has bookmarks only there. Throws kind
 * unavailable if the server has neither.
 */
export async function openBookmarks(session: Session): Promise<Bookmarks> {
  const native = await session.request(bookmarksRequest()).then(readBookmarks, absence);
  if (Array.isArray(native)) return nativeBookmarks(session, native);
  const stored = await session.request(privateBookmarksRequest(), { what }).then(readPrivateBookmarks, (error) => {
    if (native === 'no node' && isStanzaError(error)) return undefined;
    throw error;
  });
  if (native === 'no node' && (stored?.bookmarks.length ?? 0) === 0) return nativeBookmarks(session, []);
  return privateBookmarks(session, stored ?? { bookmarks: [], others: [] });
}

const isStanzaError = (error: unknown): error is XmppctlError =>
  error instanceof XmppctlError && error.condition !== undefined;

/** No node yet: nothing was bookmarked that way. Any other refusal: the server does not know that way. */
function absence(error: unknown): 'no node' | 'no service' {
  if (!isStanzaError(error)) throw error;
  return error.condition === 'item-not-found' ? 'no node' : 'no service';
}

/** Throws what is no answer of the server. */
function isRefused(error: unknown): true {
  if (isStanzaError(error)) return true;
  throw error;
}

const nativeBookmarks = (session: Session, all: readonly Bookmark[]): Bookmarks => ({
  all,
  async put(bookmark) {
    const refused = await change(session, publishBookmark(bookmark)).then(() => false, isRefused);
    if (!refused) return;
    // A node that a service makes on its own may hold one item only, and be open to contacts.
    const exists = await session.request(createNode()).then(() => false, isRefused);
    if (exists) await session.request(configureNode(), { what });
    await change(session, publishBookmarkPlainly(bookmark), { what });
  },
  remove: async (room) => void (await change(session, retractBookmark(room), { what })),
});

function privateBookmarks(session: Session, stored: PrivateBookmarks): Bookmarks {
  const without = (room: Jid): Bookmark[] => stored.bookmarks.filter((bookmark) => bookmark.room.bare !== room.bare);
  const store = async (bookmarks: readonly Bookmark[]): Promise<void> =>
    void (await change(session, storePrivateBookmarks({ ...stored, bookmarks }), { what }));
  return {
    all: stored.bookmarks,
    put: (bookmark) => store([...without(bookmark.room), bookmark]),
    remove: (room) => store(without(room)),
  };
}
