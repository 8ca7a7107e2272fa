/** XEP-0402: PEP Native Bookmarks. */
import { type Jid, readJid } from './jid.ts';
import { submitForm } from './xep0004-data-forms.ts';
import { childElements, childText, type Element, xml } from './xml.ts';

export const nsBookmarks = 'urn:xmpp:bookmarks:1';
const nsPubsub = 'http://jabber.org/protocol/pubsub';

export interface Bookmark {
  readonly room: Jid;
  readonly name: string | null;
  readonly nick: string | null;
  /** Clients join the room when they start, and leave it when this becomes false. */
  readonly autojoin: boolean;
  /** What other clients have put there, a password too: to be kept as it is. */
  readonly others: readonly Element[];
}

export const bookmarksRequest = (): Element =>
  xml('iq', { type: 'get' }, xml('pubsub', { xmlns: nsPubsub }, xml('items', { node: nsBookmarks })));

/** The bookmarks of the own account; items that name no room are passed over. */
export function readBookmarks(iq: Element): Bookmark[] {
  const items = iq.getChild('pubsub', nsPubsub)?.getChild('items', nsPubsub)?.getChildren('item', nsPubsub) ?? [];
  return items.flatMap((item) => {
    const room = readJid(item.attrs.id);
    const conference = item.getChild('conference', nsBookmarks);
    return room?.local !== undefined && conference ? [readConference(room, conference)] : [];
  });
}

/** A `<conference/>` of this XEP or of XEP-0048, which differ in namespace and in where the room stands. */
export const readConference = (room: Jid, conference: Element): Bookmark => ({
  room,
  name: conference.attrs.name ?? null,
  nick: childText(conference, 'nick'),
  autojoin: conference.attrs.autojoin === 'true' || conference.attrs.autojoin === '1',
  others: childElements(conference).filter((child) => !child.is('nick', conference.getNS())),
});

/** Stores a bookmark, if the node is as it has to be: for all of them, and for nobody else's eyes (section 3.3). */
export const publishBookmark = (bookmark: Bookmark): Element =>
  publish(bookmark, xml('publish-options', {}, nodeForm('publish-options')));

/** The same for services that know no such options: the node is to be created or configured before. */
export const publishBookmarkPlainly = (bookmark: Bookmark): Element => publish(bookmark);

const publish = ({ room, name, nick, autojoin, others }: Bookmark, options?: Element): Element =>
  xml(
    'iq',
    { type: 'set' },
    xml(
      'pubsub',
      { xmlns: nsPubsub },
      xml(
        'publish',
        { node: nsBookmarks },
        xml(
          'item',
          { id: room.bare },
          xml(
            'conference',
            { xmlns: nsBookmarks, name, autojoin: String(autojoin) },
            nick === null ? undefined : xml('nick', {}, nick),
            [...others],
          ),
        ),
      ),
      options,
    ),
  );

/** Creates the node as it has to be (XEP-0060 8.1.3). */
export const createNode = (): Element =>
  xml(
    'iq',
    { type: 'set' },
    xml(
      'pubsub',
      { xmlns: nsPubsub },
      xml('create', { node: nsBookmarks }),
      xml('configure', {}, nodeForm('node_config')),
    ),
  );

/** Makes a node that is there already what it has to be (XEP-0060 8.2). */
export const configureNode = (): Element =>
  xml(
    'iq',
    { type: 'set' },
    xml('pubsub', { xmlns: `${nsPubsub}#owner` }, xml('configure', { node: nsBookmarks }, nodeForm('node_config'))),
  );

const nodeForm = (type: 'publish-options' | 'node_config'): Element =>
  submitForm(
    new Map([
      ['FORM_TYPE', [`${nsPubsub}#${type}`]],
      ['pubsub#persist_items', ['true']],
      ['pubsub#max_items', ['max']],
      ['pubsub#send_last_published_item', ['never']],
      ['pubsub#access_model', ['whitelist']],
    ]),
  );

/** Forgets a bookmark; other clients are told (section 3.5). */
export const retractBookmark = (room: Jid): Element =>
  xml(
    'iq',
    { type: 'set' },
    xml(
      'pubsub',
      { xmlns: nsPubsub },
      xml('retract', { node: nsBookmarks, notify: 'true' }, xml('item', { id: room.bare })),
    ),
  );
