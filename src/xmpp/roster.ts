/** The roster (RFC 6121 2). */
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

export const rosterRequest = (): Element => xml('iq', { type: 'get' }, xml('query', { xmlns: ns.roster }));

/** The items of a roster result; items without a JID are passed over. */
export function readRoster(iq: Element): RosterItem[] {
  const items = iq.getChild('query', ns.roster)?.getChildren('item', ns.roster) ?? [];
  return items.flatMap((item) => {
    const jid = readJid(item.attrs.jid);
    if (!jid) return [];
    return [
      {
        jid,
        name: item.attrs.name ?? null,
        groups: item.getChildren('group', ns.roster).map((group) => group.text()),
        subscription: subscriptions.find((known) => known === item.attrs.subscription) ?? 'none',
        ask: item.attrs.ask === 'subscribe',
        approved: item.attrs.approved === 'true',
      },
    ];
  });
}
