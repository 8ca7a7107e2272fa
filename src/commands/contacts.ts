import { XmppctlError } from '../errors.ts';
import { defineCommand, flag, option, options, type Values } from '../grammar/command.ts';
import { choice, text } from '../grammar/values.ts';
import { type Survey, survey } from '../session/presence-survey.ts';
import { fetchRoster, type Roster } from '../session/roster.ts';
import { parseJid } from '../xmpp/jid.ts';
import { type RosterItem, subscriptions } from '../xmpp/roster.ts';
import type { Context } from './context.ts';
import {
  isSeen,
  jidField,
  type RosterKeys,
  rosterFields,
  rosterKeys,
  timeToGather,
  waitForPresence,
  yesOrNothing,
} from './people.ts';

interface ContactRow extends RosterKeys {
  readonly online?: boolean | null;
  readonly show?: string | null;
  readonly status?: string | null;
  readonly resources?: readonly string[];
}

const args = {
  presence: flag('also who is online, which shows you as online for that moment'),
  group: options(text('GROUP'), 'only contacts in this group'),
  subscription: option(choice(subscriptions, 'STATE'), 'only contacts with this subscription'),
  pending: flag('instead, the requests that wait for an answer'),
  wait: waitForPresence,
};

export const contacts = defineCommand({
  name: 'contacts',
  summary: 'list the contacts',
  description:
    'Prints the roster. The subscription says who sees whom: "to" means that you see the contact, "from" that the contact sees you. ' +
    'With --presence and --pending the account goes online for a moment with a priority that leaves messages where they ' +
    'are; contacts see that. The list is kept in the cache, so that servers with versions of it send only what has changed.',
  args,
  shared: 'connecting',
  yields: 'list',
  fields: [
    jidField('the contact'),
    ...rosterFields,
    {
      key: 'online',
      summary: 'with --presence: whether the contact is online; null: not known',
      type: 'boolean',
      show: yesOrNothing,
    },
    {
      key: 'show',
      summary: 'with --presence: available, chat, away, xa, dnd or offline; null: not known',
      type: 'string',
    },
    { key: 'status', summary: 'the words that go with it; with --pending those of the request', type: 'string' },
    { key: 'resources', summary: 'with --presence: the devices that are online', type: 'string[]' },
  ],
  examples: [
    ['xmppctl contacts', 'all contacts'],
    ['xmppctl contacts --presence --group Friends', 'which friends are online'],
    ["xmppctl contacts --json | jq -r '.[].jid'", 'for a script'],
    ['xmppctl contacts --pending', 'who wants to see you'],
  ],
  fails: ['unavailable'],
  check(args) {
    const filters = args.presence || args.group.length > 0 || args.subscription !== undefined;
    if (args.pending && filters) throw new XmppctlError('usage', '--pending goes with no other choice of contacts');
  },
  async run(args, ctx) {
    await using session = await ctx.connect();
    const roster = await fetchRoster(session, ctx.cache);
    await rememberContacts(roster, ctx);
    const gather = { clock: ctx.clock, quietMs: args.wait, left: timeToGather(ctx) };
    if (args.pending) return requestsOf(await survey(session, { ...gather, requests: true }), roster);
    const chosen = [...roster.values()].filter((item) => isChosen(item, args));
    if (!args.presence) return chosen.map((item): ContactRow => rosterKeys(item.jid, item)).sort(byJid);
    const seen = chosen.filter(isSeen);
    const found = await survey(session, { ...gather, contacts: seen.map(({ jid }) => jid) });
    return chosen.map((item) => withPresence(item, found)).sort(byJid);
  },
});

/** Tells the shell who can be named. */
async function rememberContacts(roster: Roster, ctx: Context): Promise<void> {
  const entries = Array.from(roster.values(), ({ jid, name }) => ({ value: jid.bare, description: name }));
  await ctx.remember('jid', entries, { replace: true });
}

function isChosen({ groups, subscription }: RosterItem, wanted: Values<typeof args>): boolean {
  if (wanted.subscription !== undefined && subscription !== wanted.subscription) return false;
  return wanted.group.length === 0 || wanted.group.some((group) => groups.includes(group));
}

function withPresence(item: RosterItem, { online }: Survey): ContactRow {
  const resources = online.get(item.jid.bare) ?? [];
  const [first] = resources;
  const isKnown = first !== undefined || isSeen(item);
  return {
    ...rosterKeys(item.jid, item),
    online: isKnown ? first !== undefined : null,
    show: isKnown ? (first?.show ?? 'offline') : null,
    status: first?.status ?? null,
    resources: resources.flatMap(({ from }) => from.resource ?? []),
  };
}

function requestsOf({ requests }: Survey, roster: Roster): ContactRow[] {
  const rows = Array.from(requests.values(), ({ from, status }) => {
    const jid = parseJid(from.bare);
    return { ...rosterKeys(jid, roster.get(jid.bare)), status };
  });
  return rows.sort(byJid);
}

const byJid = (a: ContactRow, b: ContactRow): number => (a.jid < b.jid ? -1 : Number(a.jid > b.jid));
