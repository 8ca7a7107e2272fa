/** XEP-0045: Multi-User Chat, for those who run a room: roles and affiliations, configuration, the end of a room. */
import { XmppctlError } from '../errors.ts';
import { type Jid, readJid } from './jid.ts';
import { type DataForm, nsForms, readForm, submitForm } from './xep0004-data-forms.ts';
import { type Affiliation, affiliations, type Role } from './xep0045-muc.ts';
import { childText, type Element, xml } from './xml.ts';

const nsAdmin = 'http://jabber.org/protocol/muc#admin';
const nsOwner = 'http://jabber.org/protocol/muc#owner';

const adminSet = (room: Jid, item: Element): Element =>
  xml('iq', { type: 'set', to: room.bare }, xml('query', { xmlns: nsAdmin }, item));
const reasonOf = (reason: string | undefined): Element | undefined =>
  reason === undefined ? undefined : xml('reason', {}, reason);

/** Changes what an occupant may do; 'none' kicks (section 8.2). */
export const setRole = (room: Jid, nick: string, role: Role, reason?: string): Element =>
  adminSet(room, xml('item', { nick, role }, reasonOf(reason)));

/** Changes the lasting relation of a bare JID to the room; 'outcast' bans (section 9.1). */
export const setAffiliation = (room: Jid, jid: Jid, affiliation: Affiliation, reason?: string): Element =>
  adminSet(room, xml('item', { jid: jid.bare, affiliation }, reasonOf(reason)));

export interface Affiliated {
  readonly jid: Jid;
  readonly affiliation: Affiliation;
  readonly nick: string | null;
  readonly reason: string | null;
}

/** Asks who has that affiliation (sections 9.2, 9.5, 10.5, 10.8). */
export const affiliationList = (room: Jid, affiliation: Affiliation): Element =>
  xml('iq', { type: 'get', to: room.bare }, xml('query', { xmlns: nsAdmin }, xml('item', { affiliation })));

/** The answer; items without a valid JID are passed over. */
export function readAffiliationList(iq: Element): Affiliated[] {
  const items = iq.getChild('query', nsAdmin)?.getChildren('item', nsAdmin) ?? [];
  return items.flatMap((item) => {
    const jid = readJid(item.attrs.jid);
    const affiliation = affiliations.find((known) => known === item.attrs.affiliation);
    if (!jid || !affiliation) return [];
    return [{ jid, affiliation, nick: item.attrs.nick ?? null, reason: childText(item, 'reason') }];
  });
}

export const configRequest = (room: Jid): Element =>
  xml('iq', { type: 'get', to: room.bare }, xml('query', { xmlns: nsOwner }));

/** The form of the room's configuration (section 10.2). Throws kind protocol if there is none in the answer. */
export function readConfigForm(iq: Element): DataForm {
  const query = iq.getChild('query', nsOwner);
  const form = query && readForm(query);
  if (form) return form;
  throw new XmppctlError('protocol', 'the room broke the protocol: its configuration form is missing');
}

export const submitConfig = (room: Jid, values: ReadonlyMap<string, readonly string[]>): Element =>
  xml('iq', { type: 'set', to: room.bare }, xml('query', { xmlns: nsOwner }, submitForm(values)));

/** Gives a new room up, before it was configured (section 10.1.3). */
export const cancelConfig = (room: Jid): Element =>
  xml(
    'iq',
    { type: 'set', to: room.bare },
    xml('query', { xmlns: nsOwner }, xml('x', { xmlns: nsForms, type: 'cancel' })),
  );

/** Destroys a room (section 10.9). */
export const destroyRoom = (room: Jid, reason?: string, alternate?: Jid): Element =>
  xml(
    'iq',
    { type: 'set', to: room.bare },
    xml('query', { xmlns: nsOwner }, xml('destroy', { jid: alternate?.bare }, reasonOf(reason))),
  );
