/** The roster (RFC 6121 2), its versions (2.6) and approval in advance (3.4). */
import { type Jid, readJid } from './jid.ts';
import { type Element, ns, xml } from './xml.ts';

export const subscriptions = ['none', 'to', 'from', 'both'] as const;
export type Subscription = (typeof subscriptions)[number];

export interface RosterItem {
  readonly jid: Jid;
  readonly name: string | null;
  readonly groups: readonly string[];
  readonly subscription: Subscription;
  /** A request to the contact waits for an answer. */
  readonly ask: boolean;
  /** The contact may subscribe without asking (RFC 6121 3.4). */
  readonly approved: boolean;
}

/** `ver`: the version that is known; '' asks for one. Only where the server offers versions. */
export const rosterRequest = (ver?: string): Element =>
  xml('iq', { type: 'get' }, xml('query', { xmlns: ns.roster, ver }));

/** Adds a contact, or gives the one that is there another name and other groups. */
export const rosterSet = (jid: Jid, name: string | null, groups: readonly string[]): Element =>
  rosterChange(
    xml(
      'item',
      { jid: jid.bare, name: name ?? undefined },
      groups.map((group) => xml('group', {}, group)),
    ),
  );

/** Removes a contact, and with it both subscriptions (RFC 6121 2.5). */
export const rosterRemove = (jid: Jid): Element => rosterChange(xml('item', { jid: jid.bare, subscription: 'remove' }));

const rosterChange = (item: Element): Element => xml('iq', { type: 'set' }, xml('query', { xmlns: ns.roster }, item));

export const offersRosterVersions = (features: Element): boolean =>
  features.getChild('ver', 'urn:xmpp:features:rosterver') !== undefined;
export const offersApprovalInAdvance = (features: Element): boolean =>
  features.getChild('sub', 'urn:xmpp:features:pre-approval') !== undefined;

/** One `<item/>`; undefined if it is something else or has no valid JID. */
export function readRosterItem(item: Element): RosterItem | undefined {
  const jid = item.is('item', ns.roster) ? readJid(item.attrs.jid) : undefined;
  if (!jid) return undefined;
  return {
    jid,
    name: item.attrs.name ?? null,
    groups: item.getChildren('group', ns.roster).map((group) => group.text()),
    subscription: subscriptions.find((known) => known === item.attrs.subscription) ?? 'none',
    ask: item.attrs.ask === 'subscribe',
    approved: item.attrs.approved === 'true',
  };
}

/** The version of a roster result or push; undefined where the server keeps none. */
export const rosterVersion = (iq: Element): string | undefined => iq.getChild('query', ns.roster)?.attrs.ver;

/** Whether the result holds a roster; one without says that the known version is current (RFC 6121 2.6.3). */
export const hasRoster = (iq: Element): boolean => iq.getChild('query', ns.roster) !== undefined;

export type RosterPush = { readonly item: RosterItem; readonly removed: boolean };

/** Whether somebody wants to change our idea of the roster. Only the own account may: see isOwnRosterPush. */
export const isRosterPush = (stanza: Element): boolean =>
  stanza.is('iq', ns.client) && stanza.attrs.type === 'set' && stanza.getChild('query', ns.roster) !== undefined;

/** RFC 6121 2.1.6: a push without `from`, or from the own bare JID; any other is forged (CVE-2015-8688). */
export const isOwnRosterPush = (stanza: Element, account: Jid): boolean =>
  isRosterPush(stanza) && (stanza.attrs.from === undefined || readJid(stanza.attrs.from)?.full === account.bare);

/** Whether that contact may see our presence. */
export const mayKnow = ({ subscription }: RosterItem): boolean => subscription === 'both' || subscription === 'from';

/** What changed in the roster. Sessions deliver no push but those of the own account. */
export function readRosterPush(stanza: Element): RosterPush | undefined {
  if (!isRosterPush(stanza)) return undefined;
  const element = stanza.getChild('query', ns.roster)?.getChild('item', ns.roster);
  const item = element && readRosterItem(element);
  return item && { item, removed: element.attrs.subscription === 'remove' };
}
