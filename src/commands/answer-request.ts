/** The answers to subscription requests: `accept` and `deny`. */
import { XmppctlError } from '../errors.ts';
import { defineCommand, positional } from '../grammar/command.ts';
import { jid } from '../grammar/values.ts';
import { changeFence } from '../session/change.ts';
import { survey } from '../session/presence-survey.ts';
import { type FollowedContact, fetchRoster, followContact } from '../session/roster.ts';
import type { Session } from '../session/types.ts';
import type { Jid } from '../xmpp/jid.ts';
import { buildSubscription } from '../xmpp/presence.ts';
import type { Context } from './context.ts';
import { changed, jidField, refuseOwn, seesUs, timeToGather } from './people.ts';

interface Answered {
  readonly jid: string;
  readonly subscription: string | null;
  readonly status: 'accepted' | 'denied';
}

const fields = [
  jidField('who asked'),
  { key: 'subscription', summary: 'none, to, from or both; null if they are no contact', type: 'string' },
  { key: 'status', summary: 'accepted, or denied', type: 'string' },
] as const;

export const accept = defineCommand({
  name: 'accept',
  summary: 'let somebody who asked see your presence',
  description:
    'Answers a waiting request with yes. Whoever sees you already needs no answer, and that is no error. ' +
    'To find the request, the account goes online for a moment with a priority that leaves messages where they are.',
  args: { jid: positional(jid(), 'who asked') },
  shared: 'connecting',
  yields: 'one',
  fields,
  confirm: (row: Answered) => `${row.jid} sees when you are online`,
  examples: [
    ['xmppctl accept bob@example.org', 'yes'],
    ["xmppctl contacts --pending --json | jq -r '.[].jid' | xargs -n1 xmppctl accept", 'everybody who has asked'],
  ],
  fails: ['nouser', 'unconfirmed'],
  async run(args, ctx): Promise<Answered> {
    await using session = await ctx.connect();
    using found = await findRequest(session, args.jid, ctx);
    const { asked, contact } = found;
    if (!asked && !seesUs(contact.current)) {
      throw new XmppctlError('nouser', `${args.jid.bare} has not asked to see you`, {
        hint: `To let them in when they ask: xmppctl add ${args.jid.bare} --approve`,
      });
    }
    if (asked) {
      await session.send(buildSubscription('subscribed', args.jid, ctx.randomId()));
      await changeFence(session);
      await changed(contact, seesUs, ctx);
    }
    return { jid: args.jid.bare, subscription: contact.current?.subscription ?? null, status: 'accepted' };
  },
});

export const deny = defineCommand({
  name: 'deny',
  summary: 'refuse to let somebody see your presence',
  description:
    'Answers a waiting request with no. For somebody who sees you already, or may without asking, it takes that back; ' +
    'the contact stays on the list.',
  args: { jid: positional(jid(), 'who asked') },
  shared: 'connecting',
  yields: 'one',
  fields,
  confirm: (row: Answered) => `${row.jid} does not see when you are online`,
  examples: [['xmppctl deny mallory@example.org', 'no']],
  fails: ['nouser', 'unconfirmed'],
  async run(args, ctx): Promise<Answered> {
    await using session = await ctx.connect();
    using found = await findRequest(session, args.jid, ctx);
    const { asked, contact } = found;
    // Servers need not say what they have approved, so for a contact it is taken back in any case.
    if (!asked && !contact.current) throw new XmppctlError('nouser', `${args.jid.bare} has not asked to see you`);
    await session.send(buildSubscription('unsubscribed', args.jid, ctx.randomId()));
    await changeFence(session);
    await changed(contact, (item) => !seesUs(item) && item?.approved !== true, ctx);
    return { jid: args.jid.bare, subscription: contact.current?.subscription ?? null, status: 'denied' };
  },
});

interface Found extends Disposable {
  readonly asked: boolean;
  readonly contact: FollowedContact;
}

/** The roster and the waiting requests, asked for in one flight. */
async function findRequest(session: Session, from: Jid, ctx: Context): Promise<Found> {
  refuseOwn(from, session);
  const [roster, { requests }] = await Promise.all([
    fetchRoster(session, ctx.cache),
    survey(session, { requests: true, clock: ctx.clock, left: timeToGather(ctx) }),
  ]);
  const contact = followContact(session, from, roster.get(from.bare));
  return { asked: requests.has(from.bare), contact, [Symbol.dispose]: () => contact[Symbol.dispose]() };
}
