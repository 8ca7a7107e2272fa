/** Whose stanzas the server keeps away: `block` and `unblock` (XEP-0191). */
import { XmppctlError } from '../errors.ts';
import { defineCommand, optionalPositional, positional } from '../grammar/command.ts';
import { jid } from '../grammar/values.ts';
import { change } from '../session/change.ts';
import type { Session } from '../session/types.ts';
import type { Jid } from '../xmpp/jid.ts';
import { blocklistRequest, blockRequest, readBlocklist, unblockRequest } from '../xmpp/xep0191-blocking.ts';
import { jidField, refuseOwn } from './people.ts';

interface Blocked {
  readonly jid: string;
  readonly blocked: boolean;
}

const row = (who: Jid, blocked: boolean): Blocked => ({ jid: who.full, blocked });

const blockedField = {
  key: 'blocked',
  summary: 'whether their stanzas are kept away',
  type: 'boolean',
  column: false,
} as const;

export const block = defineCommand({
  name: 'block',
  summary: 'block somebody, or list who is blocked',
  description:
    'The server then lets nothing through from that JID, and you look offline to them. A domain blocks everybody there, a ' +
    'resource only that device. Without a JID it lists who is blocked.',
  args: { jid: optionalPositional(jid(), 'whom to block; without it, the list') },
  shared: 'connecting',
  yields: 'list',
  fields: [jidField('who is blocked'), blockedField],
  asks: (args) => args.jid === undefined,
  confirm: ({ jid: who }: Blocked) => `${who} is blocked`,
  examples: [
    ['xmppctl block mallory@example.net', 'nothing more from Mallory'],
    ['xmppctl block spam.example', 'nothing more from that server'],
    ['xmppctl block', 'who is blocked'],
  ],
  fails: ['unavailable', 'unconfirmed'],
  async run(args, ctx) {
    await using session = await ctx.connect();
    if (args.jid === undefined)
      return (await blockedBy(session)).map((who) => row(who, true)).sort((a, b) => (a.jid < b.jid ? -1 : 1));
    refuseOwn(args.jid, session);
    if (args.jid.full === session.jid.domain) {
      throw new XmppctlError('usage', `${args.jid.full} is your own server; blocked, it could answer nothing more`);
    }
    await change(session, blockRequest(args.jid), refusals);
    return [row(args.jid, true)];
  },
});

export const unblock = defineCommand({
  name: 'unblock',
  summary: 'let somebody through again who was blocked',
  args: { jid: positional(jid(), 'who was blocked') },
  shared: 'connecting',
  yields: 'one',
  fields: [jidField('who was blocked'), blockedField],
  confirm: ({ jid: who }: Blocked) => `${who} is not blocked any more`,
  examples: [['xmppctl unblock mallory@example.net', 'Mallory again']],
  fails: ['nouser', 'unavailable', 'unconfirmed'],
  async run(args, ctx) {
    await using session = await ctx.connect();
    const isBlocked = (await blockedBy(session)).some((who) => who.full === args.jid.full);
    if (!isBlocked) throw new XmppctlError('nouser', `${args.jid.full} is not blocked`, { hint: 'See: xmppctl block' });
    await change(session, unblockRequest(args.jid), refusals);
    return row(args.jid, false);
  },
});

const refusals = { what: 'the server does not block for you' };

const blockedBy = async (session: Session): Promise<Jid[]> =>
  readBlocklist(await session.request(blocklistRequest(), refusals));
