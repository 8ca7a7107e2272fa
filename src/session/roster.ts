/** The roster of the account, from what is kept of it and what the server says has changed (RFC 6121 2.6). */
import { XmppctlError } from '../errors.ts';
import { type Jid, readJid } from '../xmpp/jid.ts';
import {
  hasRoster,
  offersRosterVersions,
  type RosterItem,
  readRosterItem,
  readRosterPush,
  rosterRequest,
  rosterVersion,
  subscriptions,
} from '../xmpp/roster.ts';
import type { Element } from '../xmpp/xml.ts';
import { fence } from './fence.ts';
import type { Session } from './types.ts';

/** Where a roster is kept between runs; it may come back damaged or not at all. */
interface Store {
  get(name: string): Promise<unknown>;
  put(name: string, value: unknown): Promise<void>;
}

/** By bare JID. */
export type Roster = Map<string, RosterItem>;

/** More contacts than any account has: a server that sends more is broken, or means harm. */
const mostItems = 500_000;
const kept = 'roster';

/**
 * The roster, in one round trip. The server learns which version is kept here, and sends all of it only if it has another. Throws
 * what the server refuses with.
 */
export async function fetchRoster(session: Session, store: Store): Promise<Roster> {
  const old = readKept(await store.get(kept));
  // What is kept has a version because the server has given it one.
  if (!old && !offersRosterVersions(await session.features())) return (await requestRoster(session)).roster;
  const changed = new Map<string, RosterItem | undefined>();
  const pushes = session.expect<never>((stanza) => {
    const push = readRosterPush(stanza);
    if (push) changed.set(push.item.jid.bare, push.removed ? undefined : push.item);
    return undefined;
  });
  // A server may answer with nothing and push what has changed: all of that comes before the answer to the ping.
  const [{ roster, answer }] = await Promise.all([requestRoster(session, old?.ver ?? ''), fence(session)]);
  pushes.cancel();

  const isCurrent = !hasRoster(answer) && old !== undefined;
  const current: Roster = isCurrent ? old.roster : roster;
  for (const [bare, item] of changed) {
    if (item) current.set(bare, item);
    else current.delete(bare);
  }
  // Without pushes nothing is new; with them the version that is kept still brings them again next time.
  const ver = rosterVersion(answer);
  if (!isCurrent && ver !== undefined) await store.put(kept, { ver, items: [...roster.values()].map(keep) });
  return current;
}

async function requestRoster(
  session: Session,
  ver?: string,
): Promise<{ roster: Roster; answer: Awaited<ReturnType<Session['request']>> }> {
  const roster: Roster = new Map();
  const answer = await session.request(
    rosterRequest(ver),
    { what: 'the server does not give the contact list' },
    (part) => {
      const item = readRosterItem(part);
      if (item) roster.set(item.jid.bare, item);
      if (roster.size > mostItems) throw new XmppctlError('protocol', 'the server sends a contact list without end');
    },
  );
  return { roster, answer };
}

type KeptItem = readonly [
  jid: string,
  name: string | null,
  groups: readonly string[],
  subscription: string,
  flags: string,
];

const keep = ({ jid, name, groups, subscription, ask, approved }: RosterItem): KeptItem => [
  jid.full,
  name,
  groups,
  subscription,
  `${ask ? 'a' : ''}${approved ? 'p' : ''}`,
];

/** Only a roster that is whole counts: one contact missing would be missing until the next change. */
function readKept(value: unknown): { ver: string; roster: Roster } | undefined {
  const { ver, items } = (value ?? {}) as { ver?: unknown; items?: unknown };
  if (typeof ver !== 'string' || !Array.isArray(items)) return undefined;
  const roster: Roster = new Map();
  for (const entry of items) {
    const item = readKeptItem(entry);
    if (!item) return undefined;
    roster.set(item.jid.bare, item);
  }
  return { ver, roster };
}

function readKeptItem(entry: unknown): RosterItem | undefined {
  if (!Array.isArray(entry) || entry.length !== 5) return undefined;
  const [address, name, groups, subscription, flags] = entry as unknown[];
  const jid = typeof address === 'string' ? readJid(address) : undefined;
  const known = subscriptions.find((candidate) => candidate === subscription);
  if (!jid || !known || (name !== null && typeof name !== 'string') || typeof flags !== 'string') return undefined;
  if (!Array.isArray(groups) || !groups.every((group) => typeof group === 'string')) return undefined;
  return { jid, name, groups, subscription: known, ask: flags.includes('a'), approved: flags.includes('p') };
}

/** One contact as the roster has it, kept up to date by what the server pushes. */
export interface FollowedContact extends Disposable {
  /** Undefined: not on the roster. */
  readonly current: RosterItem | undefined;
  /** Waits until the contact is as wanted; false if that takes longer than `ms`. */
  until(isAsWanted: (item: RosterItem | undefined) => boolean, ms: number): Promise<boolean>;
}

/** Follows a contact from now on; servers push changes to whoever has asked for the roster. */
export function followContact(session: Session, jid: Jid, item: RosterItem | undefined): FollowedContact {
  let current = item;
  const take = (stanza: Element): boolean => {
    const push = readRosterPush(stanza);
    if (!push || push.item.jid.bare !== jid.bare) return false;
    current = push.removed ? undefined : push.item;
    return true;
  };
  const listening = session.expect<never>((stanza) => {
    take(stanza);
    return undefined;
  });
  return {
    get current() {
      return current;
    },
    async until(isAsWanted, ms) {
      if (isAsWanted(current)) return true;
      const change = session.expect((stanza) => (take(stanza) && isAsWanted(current) ? true : undefined));
      return (await change.within(ms)) ?? false;
    },
    [Symbol.dispose]: () => listening.cancel(),
  };
}
