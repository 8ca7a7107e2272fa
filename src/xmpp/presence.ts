/** Presence (RFC 6121 4) and subscription requests (RFC 6121 3). */
import { type Jid, readJid } from './jid.ts';
import { childText, type Element, ns, xml } from './xml.ts';

export const shows = ['available', 'chat', 'away', 'xa', 'dnd'] as const;
export type Show = (typeof shows)[number];

export interface Presence {
  readonly from: Jid;
  readonly show: Show | 'offline';
  readonly status: string | null;
  readonly priority: number;
}

/** Our own available presence. */
export function buildPresence(show: Show = 'available', status?: string, priority?: number): Element {
  return xml(
    'presence',
    {},
    show === 'available' ? undefined : xml('show', {}, show),
    status === undefined ? undefined : xml('status', {}, status),
    priority === undefined ? undefined : xml('priority', {}, String(priority)),
  );
}

/** A subscription stanza: to ask, to accept, to take back (RFC 6121 3). */
export const buildSubscription = (
  type: 'subscribe' | 'subscribed' | 'unsubscribe' | 'unsubscribed',
  to: Jid,
  id: string,
  status?: string,
): Element => xml('presence', { type, to: to.bare, id }, status === undefined ? undefined : xml('status', {}, status));

/** An available or unavailable presence; undefined for anything else. No `<show/>` means available (RFC 6121 4.7.2.1). */
export function readPresence(stanza: Element): Presence | undefined {
  if (!stanza.is('presence', ns.client)) return undefined;
  const { type } = stanza.attrs;
  const from = readJid(stanza.attrs.from);
  if (!from || (type !== undefined && type !== 'unavailable')) return undefined;
  const show = shows.find((known) => known === childText(stanza, 'show')) ?? 'available';
  const priority = Number(childText(stanza, 'priority') ?? 0);
  return {
    from,
    show: type === 'unavailable' ? 'offline' : show,
    status: childText(stanza, 'status'),
    priority: Number.isInteger(priority) && Math.abs(priority) <= 128 ? priority : 0,
  };
}

export type SubscriptionAction = 'request' | 'accepted' | 'denied' | 'cancelled';
const actions = new Map<string, SubscriptionAction>([
  ['subscribe', 'request'],
  ['subscribed', 'accepted'],
  ['unsubscribed', 'denied'],
  ['unsubscribe', 'cancelled'],
]);

export interface SubscriptionEvent {
  readonly from: Jid;
  readonly action: SubscriptionAction;
  readonly status: string | null;
}

export function readSubscription(stanza: Element): SubscriptionEvent | undefined {
  if (!stanza.is('presence', ns.client)) return undefined;
  const action = actions.get(stanza.attrs.type ?? '');
  const from = readJid(stanza.attrs.from);
  return action && from ? { from, action, status: childText(stanza, 'status') } : undefined;
}
