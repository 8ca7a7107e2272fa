import { XmppctlError } from '../errors.ts';
import { defineCommand, flag, option, options, positional, type Values } from '../grammar/command.ts';
import { jid, text } from '../grammar/values.ts';
import { change, changeFence } from '../session/change.ts';
import { fetchRoster, followContact } from '../session/roster.ts';
import type { Session } from '../session/types.ts';
import { type Jid, readJid } from '../xmpp/jid.ts';
import { buildSubscription, readSubscription } from '../xmpp/presence.ts';
import { offersApprovalInAdvance, type RosterItem, rosterRemove, rosterSet } from '../xmpp/roster.ts';
import { readStanzaError, stanzaErrorToError } from '../xmpp/stanza-error.ts';
import { ping } from '../xmpp/xep0199-ping.ts';
import { type Element, ns } from '../xmpp/xml.ts';
import type { Context } from './context.ts';
import { checkText } from './message-text.ts';
import {
  isSeen,
  jidField,
  type RosterKeys,
  refuseOwn,
  rosterFields,
  rosterKeys,
  seesUs,
  timeToGather,
} from './people.ts';

/** How long the server of a contact may take to send a request back before it counts as taken. */
const remoteFenceMs = 2000;

interface Added extends RosterKeys {
  readonly status: 'requested' | 'accepted';
}

const args = {
  jid: positional(jid(), 'the contact'),
  name: option(text('NAME'), 'the name to show for the contact'),
  group: options(
    text('GROUP'),
    'a group to put the contact in; with any given the contact is in no others, and with "" in none',
  ),
  message: option(text(), 'words that go with the request'),
  approve: flag('let the contact see you without asking, where the server keeps such approvals'),
};

export const add = defineCommand({
  name: 'add',
  summary: 'add a contact and ask to see their presence',
  description:
    'Puts the contact on the list and sends a subscription request. The status tells whether the contact has accepted already, ' +
    'as one does who approved you before, or whether the answer is still to come: "xmppctl contacts" shows it. A contact who is ' +
    'on the list gets the new name and groups; a request that was not accepted is sent again. If the request comes back, ' +
    'a new contact is taken off the list again.',
  args,
  shared: 'connecting',
  yields: 'one',
  fields: [
    jidField('the contact'),
    ...rosterFields,
    { key: 'status', summary: 'requested, or accepted', type: 'string' },
  ],
  confirm: (row: Added) =>
    row.status === 'accepted' ? `${row.jid} has accepted` : `${row.jid} is added and asked; the answer is to come`,
  examples: [
    ['xmppctl add bob@example.org', 'asks Bob'],
    ['xmppctl add bob@example.org --name Bob --group Friends --message "It is me, Alice"', 'with a name and a word'],
  ],
  fails: ['data', 'nouser', 'unavailable', 'unconfirmed'],
  async run(args, ctx): Promise<Added> {
    for (const given of [args.name, args.message, ...args.group]) checkText(given ?? '');
    await using session = await ctx.connect();
    refuseOwn(args.jid, session);
    if (args.approve && !offersApprovalInAdvance(await session.features())) {
      throw new XmppctlError('unavailable', 'the server keeps no approvals in advance; nothing was done', {
        hint: `Without --approve; when ${args.jid.bare} asks: xmppctl accept ${args.jid.bare}`,
      });
    }
    const old = (await fetchRoster(session, ctx.cache)).get(args.jid.bare);
    using contact = followContact(session, args.jid, old);
    await setItem(session, old, args);
    if (args.approve) await session.send(buildSubscription('subscribed', args.jid, ctx.randomId()));
    const refused = isSeen(old) ? undefined : await ask(session, args, ctx);
    if (refused) {
      if (!old) await change(session, rosterRemove(args.jid));
      throw refused;
    }
    await changeFence(session);
    await ctx.remember('jid', [{ value: args.jid.bare, description: contact.current?.name }]);
    // Servers need not say what they have approved.
    const approved = contact.current?.approved || (args.approve && !seesUs(contact.current));
    return {
      ...rosterKeys(args.jid, contact.current),
      approved,
      status: isSeen(contact.current) ? 'accepted' : 'requested',
    };
  },
});
type AddArgs = Values<typeof args>;

/** Puts the contact on the roster; what is not given stays as it is. */
async function setItem(session: Session, old: RosterItem | undefined, args: AddArgs): Promise<void> {
  const name = args.name ?? old?.name ?? null;
  const groups = args.group.length > 0 ? args.group.filter((group) => group !== '') : (old?.groups ?? []);
  const isAsBefore = name === old?.name && JSON.stringify(groups.toSorted()) === JSON.stringify(old.groups.toSorted());
  if (isAsBefore) return;
  await change(session, rosterSet(args.jid, name, groups), { what: 'the server does not add the contact' });
}

/** Sends the request; resolves to what came back if it was refused at once, which is how servers say that there is nobody. */
async function ask(session: Session, args: AddArgs, ctx: Context): Promise<XmppctlError | undefined> {
  const id = ctx.randomId();
  const refusal = session.expect((stanza) => readRefusal(stanza, args.jid, id));
  await session.send(buildSubscription('subscribe', args.jid, id, args.message));
  await changeFence(session);
  const isRemote = args.jid.domain !== session.jid.domain;
  const unreachable = isRemote ? await reach(session, args.jid.domain, ctx) : undefined;
  return (await refusal.within(0)) ?? unreachable;
}

/** A ping to the other server, behind the request; resolves to why there is none, as far as that is known soon. */
async function reach(session: Session, domain: string, ctx: Context): Promise<XmppctlError | undefined> {
  const answer = session.request(ping(domain), { what: `${domain} cannot be reached` }).then(
    () => undefined,
    (error) => (error instanceof XmppctlError && error.condition?.startsWith('remote-server-') ? error : undefined),
  );
  return await Promise.race([
    answer,
    ctx.clock.after(Math.min(remoteFenceMs, timeToGather(ctx))).then(() => undefined),
  ]);
}

function readRefusal(stanza: Element, contact: Jid, id: string): XmppctlError | undefined {
  if (!stanza.is('presence', ns.client) || readJid(stanza.attrs.from)?.bare !== contact.bare) return undefined;
  if (stanza.attrs.type === 'error' && stanza.attrs.id === id) {
    const kinds = { 'service-unavailable': 'nouser' } as const;
    return stanzaErrorToError(`the request to ${contact.bare} came back`, readStanzaError(stanza), kinds);
  }
  if (readSubscription(stanza)?.action !== 'denied') return undefined;
  return new XmppctlError('nouser', `${contact.bare} refuses the request, or there is no such account`);
}
