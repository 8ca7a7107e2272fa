import { XmppctlError } from '../../errors.ts';
import { defineCommand, option, optionalPositional, positional } from '../../grammar/command.ts';
import { choice, text } from '../../grammar/values.ts';
import { change } from '../../session/change.ts';
import type { Session } from '../../session/types.ts';
import type { Jid } from '../../xmpp/jid.ts';
import { type Affiliated, affiliationList, readAffiliationList, setAffiliation } from '../../xmpp/xep0045-admin.ts';
import { affiliations } from '../../xmpp/xep0045-muc.ts';
import type { Context } from '../context.ts';
import { checkText } from '../message-text.ts';
import { person, resolveRoom, room, serviceArgs } from './room-args.ts';

interface Row {
  readonly room: string;
  readonly jid: string;
  readonly affiliation: string;
  readonly nick: string | null;
  readonly reason: string | null;
}

export const mucAffiliation = defineCommand({
  name: 'muc affiliation',
  summary: 'show and set who is owner, admin, member or banned',
  description:
    'With ROOM alone it lists who is what, as far as we may know it; with a JID what that one is; with a third word it makes the JID that. ' +
    'Nobody needs to be in the room for this.',
  args: {
    room: positional(room(), 'the room'),
    jid: optionalPositional(person(), 'whom: the real address'),
    affiliation: optionalPositional(choice(affiliations, 'AFFILIATION'), 'what to make of them'),
    reason: option(text(), 'what is told as the reason'),
    ...serviceArgs,
  },
  shared: 'connecting',
  yields: 'list',
  fields: [
    { key: 'room', summary: 'the room', type: 'string', column: false },
    { key: 'jid', summary: 'the real address', type: 'string' },
    { key: 'affiliation', summary: 'owner, admin, member, outcast or none', type: 'string' },
    { key: 'nick', summary: 'the reserved nickname, if any', type: 'string' },
    { key: 'reason', summary: 'the reason given', type: 'string' },
  ],
  asks: ({ affiliation }) => affiliation === undefined,
  confirm: ({ room, jid, affiliation }: Row) => `${jid} is ${affiliation} in ${room}`,
  examples: [
    ['xmppctl muc affiliation ops@conference.example.org', 'who is what'],
    ['xmppctl muc affiliation ops bob@example.org member', 'bob may enter'],
    ['xmppctl muc affiliation ops mallory@example.net none', 'the ban is over'],
  ],
  fails: ['nouser', 'unavailable', 'conflict', 'unconfirmed'],
  check: ({ reason }) => void checkText(reason ?? ''),
  async run(args, ctx): Promise<readonly Row[]> {
    await using session = await ctx.connect();
    const address = await resolveRoom(session, args.room, args.service);
    const { jid: whom, affiliation, reason = null } = args;
    if (!whom) return (await allAffiliated(session, address, ctx)).map((one) => rowOf(address, one));
    if (affiliation === undefined) {
      const found = (await allAffiliated(session, address, ctx)).find((one) => one.jid.bare === whom.bare);
      return [rowOf(address, found ?? { jid: whom, affiliation: 'none', nick: null, reason: null })];
    }
    const what = `${address.bare} does not let us make ${whom.bare} ${affiliation}`;
    await change(session, setAffiliation(address, whom, affiliation, args.reason), { what });
    return [rowOf(address, { jid: whom, affiliation, nick: null, reason })];
  },
});

/** All lists that we may see; throws what the room says if that is none. */
async function allAffiliated(session: Session, address: Jid, ctx: Context): Promise<Affiliated[]> {
  const what = `${address.bare} does not tell who is what`;
  const kinds = affiliations.filter((affiliation) => affiliation !== 'none');
  const answers = await Promise.allSettled(
    kinds.map((kind) => session.request(affiliationList(address, kind), { what }).then(readAffiliationList)),
  );
  const refused = answers.flatMap((answer, index) =>
    answer.status === 'rejected' ? [{ kind: kinds[index], error: answer.reason as unknown }] : [],
  );
  const [first] = refused;
  if (first && (refused.length === kinds.length || !isRefusal(first.error))) throw first.error;
  if (first) ctx.notice(`not told to us: ${refused.map(({ kind }) => kind).join(', ')}`);
  return answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
}

const isRefusal = (error: unknown): boolean => error instanceof XmppctlError && error.kind === 'noperm';

const rowOf = (address: Jid, { jid: { bare }, affiliation, nick, reason }: Affiliated): Row => ({
  room: address.bare,
  jid: bare,
  affiliation,
  nick,
  reason,
});
