import { XmppctlError } from '../errors.ts';
import { defineCommand, flag, positional } from '../grammar/command.ts';
import { jid } from '../grammar/values.ts';
import { change } from '../session/change.ts';
import { fetchRoster, followContact } from '../session/roster.ts';
import { buildSubscription } from '../xmpp/presence.ts';
import { rosterRemove, rosterSet } from '../xmpp/roster.ts';
import { changed, isSeen, jidField, refuseOwn, seesUs } from './people.ts';

interface Removed {
  readonly jid: string;
  readonly subscription: string | null;
}

export const remove = defineCommand({
  name: 'remove',
  summary: 'remove a contact',
  description:
    'Takes the contact off the list. Neither of you sees the other any more. With --keep-subscription the contact goes on seeing ' +
    'you: then only your own subscription, the name and the groups are removed, and the entry stays on the list as long as the contact sees you.',
  args: {
    jid: positional(jid(), 'the contact'),
    keepSubscription: flag('let the contact go on seeing you'),
  },
  shared: 'connecting',
  yields: 'one',
  fields: [
    jidField('the contact'),
    { key: 'subscription', summary: 'null: removed; from: the contact still sees you', type: 'string' },
  ],
  confirm: (row: Removed) =>
    row.subscription === null ? `${row.jid} is removed` : `you do not follow ${row.jid} any more`,
  examples: [['xmppctl remove bob@example.org', 'off the list']],
  fails: ['nouser', 'unconfirmed'],
  async run(args, ctx): Promise<Removed> {
    await using session = await ctx.connect();
    refuseOwn(args.jid, session);
    const old = (await fetchRoster(session, ctx.cache)).get(args.jid.bare);
    if (!old) throw new XmppctlError('nouser', `${args.jid.bare} is no contact`);
    using contact = followContact(session, args.jid, old);
    if (!args.keepSubscription || !seesUs(old)) {
      await change(session, rosterRemove(args.jid), { what: 'the server does not remove the contact' });
      return { jid: args.jid.bare, subscription: null };
    }
    await change(session, rosterSet(args.jid, null, []), { what: 'the server does not change the contact' });
    await session.send(buildSubscription('unsubscribe', args.jid, ctx.randomId()));
    await changed(contact, (item) => !isSeen(item) && item?.ask !== true, ctx);
    return { jid: args.jid.bare, subscription: contact.current?.subscription ?? null };
  },
});
