/** Who is online and who asks to see us: what a server tells only to somebody who is online too. */

import { XmppctlError } from '../errors.ts';
import { type Jid, readJid } from '../xmpp/jid.ts';
import {
  buildPresence,
  type Presence,
  readPresence,
  readSubscription,
  type SubscriptionEvent,
} from '../xmpp/presence.ts';
import { hasMessageNode, messageNodeRequest } from '../xmpp/xep0013-offline-messages.ts';
import { ns } from '../xmpp/xml.ts';
import { fence } from './fence.ts';
import type { Session } from './types.ts';

/** With it the server keeps stored messages and routes no chats here (RFC 6121 4.7.2.3, 8.5.2.1). */
const unseen = -1;
const present = 0;

export interface Survey {
  /** The resources that are online, by bare JID, the highest priority first. */
  readonly online: ReadonlyMap<string, readonly Presence[]>;
  /** Requests that wait for an answer, by bare JID. */
  readonly requests: ReadonlyMap<string, SubscriptionEvent>;
}

export interface SurveyOptions {
  /** Whether all requests are wanted. */
  readonly requests?: boolean;
  /** Whose presence is wanted; the survey ends when all of them have answered. */
  readonly contacts?: readonly Jid[] | undefined;
  /** How long to wait after the last presence, in milliseconds: those who are offline may never answer. */
  readonly quietMs?: number | undefined;
  readonly clock: { monotonic(): number; after(ms: number, signal?: AbortSignal): Promise<void> };
  /** Milliseconds left for all of it. */
  readonly left: number;
}

const longestMs = 5000;
/** Contacts of the own server answer at once; those of others when their servers have been reached. */
const quietMs = { own: 250, others: 1000 } as const;

/**
 * Goes online in the way that moves no messages, and gathers what comes: requests are complete, presence is what came until
 * it was quiet. Contacts see the account online while the session lasts.
 */
export async function survey(session: Session, { contacts = [], clock, ...options }: SurveyOptions): Promise<Survey> {
  const resources = new Map<string, Presence>();
  const requests = new Map<string, SubscriptionEvent>();
  const silent = new Set(contacts.map(({ bare }) => bare).filter((bare) => bare !== session.jid.bare));
  const complete = new AbortController();
  let last = clock.monotonic();
  const listening = session.expect<never>((stanza) => {
    const from = stanza.is('presence', ns.client) ? readJid(stanza.attrs.from) : undefined;
    if (!from) return undefined;
    const request = readSubscription(stanza);
    if (request?.action === 'request') requests.set(from.bare, request);
    const presence = readPresence(stanza);
    if (presence) resources.set(from.full, presence);
    if (presence || stanza.attrs.type === 'error') {
      last = clock.monotonic();
      silent.delete(from.bare);
      if (silent.size === 0) complete.abort();
    }
    return undefined;
  });
  // COMPAT(ejabberd): it tells of requests only a session whose first presence has a priority that messages go to. The
  // stored ones stay all the same where the server lets them be held back, and live ones come for the blink of an eye
  // only: those the session does not acknowledge.
  if (options.requests && (await holdStoredMessages(session))) {
    await session.send(buildPresence('available', undefined, present));
  }
  await session.send(buildPresence('available', undefined, unseen));
  await fence(session);
  last = clock.monotonic();

  const quiet =
    options.quietMs ?? (contacts.some(({ domain }) => domain !== session.jid.domain) ? quietMs.others : quietMs.own);
  const end = clock.monotonic() + Math.min(options.left, Math.max(quiet, longestMs));
  const wait = (): number => Math.min(last + quiet, end) - clock.monotonic();
  while (silent.size > 0 && wait() > 0) await clock.after(wait(), complete.signal);
  await listening.within(0); // throws if the stream broke in the meantime
  return { online: byContact(resources, session), requests };
}

/** Asks the server to keep what it has stored; false if it cannot. */
async function holdStoredMessages(session: Session): Promise<boolean> {
  try {
    return hasMessageNode(await session.request(messageNodeRequest(session.jid)));
  } catch (error) {
    if (error instanceof XmppctlError && error.condition !== undefined) return false;
    throw error;
  }
}

function byContact(resources: ReadonlyMap<string, Presence>, session: Session): Map<string, Presence[]> {
  const online = new Map<string, Presence[]>();
  for (const presence of resources.values()) {
    if (presence.show === 'offline' || presence.from.full === session.jid.full) continue;
    const others = online.get(presence.from.bare) ?? [];
    online.set(
      presence.from.bare,
      [...others, presence].sort((a, b) => b.priority - a.priority),
    );
  }
  return online;
}
