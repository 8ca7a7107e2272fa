/** What the commands about contacts share: the keys of a JID, and how much time asking others may take. */
import { XmppctlError } from '../errors.ts';
import { type Field, option } from '../grammar/command.ts';
import { duration } from '../grammar/values.ts';
import { unanswered } from '../session/change.ts';
import type { FollowedContact } from '../session/roster.ts';
import type { Session } from '../session/types.ts';
import { type Jid, sameBare } from '../xmpp/jid.ts';
import type { RosterItem } from '../xmpp/roster.ts';
import type { Context } from './context.ts';

/** The JID of a row. */
export const jidField = (summary: string) => ({ key: 'jid', summary, type: 'string' }) as const;

/** The roster keys of `contacts` and `info`. */
export interface RosterKeys {
  readonly jid: string;
  readonly name: string | null;
  readonly groups: readonly string[];
  readonly subscription: string | null;
  readonly ask: boolean | null;
  readonly approved: boolean | null;
}
export const rosterKeys = (jid: Jid, item: RosterItem | undefined): RosterKeys => ({
  jid: jid.bare,
  name: item?.name ?? null,
  groups: item?.groups.toSorted() ?? [],
  subscription: item?.subscription ?? null,
  ask: item?.ask ?? null,
  approved: item?.approved ?? null,
});

/** Throws kind usage if the contact is the account itself: servers answer that each in their own way. */
export function refuseOwn(contact: Jid, { jid }: Session): void {
  if (sameBare(contact, jid)) throw new XmppctlError('usage', `${jid.bare} is the account itself, not a contact`);
}

/** Whether we see the contact's presence, and the contact ours. */
export const isSeen = (item: RosterItem | undefined): boolean =>
  item?.subscription === 'to' || item?.subscription === 'both';
export const seesUs = (item: RosterItem | undefined): boolean =>
  item?.subscription === 'from' || item?.subscription === 'both';

/** How long a server may take to push a change that it has been asked for. */
const pushMs = 5000;
/** Waits until the contact is as wanted. Throws kinds protocol (the server does not make it so) and unconfirmed. */
export async function changed(
  contact: FollowedContact,
  isAsWanted: (item: RosterItem | undefined) => boolean,
  ctx: Context,
): Promise<void> {
  const until = contact.until(isAsWanted, Math.min(pushMs, timeToGather(ctx)));
  const isDone = await until.catch((error) => {
    throw unanswered(error);
  });
  if (isDone) return;
  throw new XmppctlError('protocol', 'the server took the request but did not change the contact list');
}

/** A boolean in a table. */
export const yesOrNothing = (value: unknown): string => (value === true ? 'yes' : '');

/** The columns of the roster keys. */
export const rosterFields = [
  { key: 'name', summary: 'the name that you gave', type: 'string' },
  { key: 'groups', summary: 'the groups that the contact is in', type: 'string[]' },
  { key: 'subscription', summary: 'none, to, from or both; null for somebody who is no contact', type: 'string' },
  { key: 'ask', summary: 'whether your request waits for an answer', type: 'boolean', show: yesOrNothing },
  { key: 'approved', summary: 'whether the contact may subscribe without asking', type: 'boolean', show: yesOrNothing },
] as const satisfies readonly Field<RosterKeys>[];

/** --wait, of the commands that gather presence. */
export const waitForPresence = option(duration(), 'how long to wait for more after the last presence that came', {
  presetText: '250ms; 1s with contacts on other servers',
});

/** Kept of --timeout for closing the stream. */
const closingMs = 500;
export const timeToGather = (ctx: Context): number => Math.max(0, ctx.left() - closingMs);
