import { defineCommand, positionals } from '../grammar/command.ts';
import { jid } from '../grammar/values.ts';
import { type Survey, survey } from '../session/presence-survey.ts';
import { fetchRoster } from '../session/roster.ts';
import { type Jid, sameBare } from '../xmpp/jid.ts';
import { isSeen, jidField, timeToGather, waitForPresence, yesOrNothing } from './people.ts';

interface PresenceRow {
  readonly jid: string;
  readonly online: boolean | null;
  readonly show: string | null;
  readonly status: string | null;
  readonly resource: string | null;
  readonly priority: number | null;
}

export const presenceGet = defineCommand({
  name: 'presence get',
  summary: 'show whether contacts are online',
  description:
    'Prints a line for each device that is online, and one for a contact who is offline. What the server does not tell, because ' +
    'the JID is no contact whose presence you may see, is empty (null). The account goes online for a moment with a priority that ' +
    'leaves messages where they are; contacts see that.',
  args: { jid: positionals(jid(), 'the contacts'), wait: waitForPresence },
  shared: 'connecting',
  yields: 'list',
  fields: [
    jidField('the contact'),
    { key: 'online', summary: 'whether the contact is online; null: not known', type: 'boolean', show: yesOrNothing },
    { key: 'show', summary: 'available, chat, away, xa, dnd or offline; null: not known', type: 'string' },
    { key: 'status', summary: 'the words that go with it', type: 'string' },
    { key: 'resource', summary: 'the device', type: 'string' },
    { key: 'priority', summary: 'from -128 to 127; messages go to the highest', type: 'number' },
  ],
  examples: [
    ['xmppctl presence get bob@example.org', 'is Bob there?'],
    ["xmppctl presence get bob@example.org --json | jq -e 'any(.[]; .online)'", 'exit status 0 if he is'],
  ],
  async run(args, ctx) {
    await using session = await ctx.connect();
    const roster = await fetchRoster(session, ctx.cache);
    const isKnown = (who: Jid): boolean => sameBare(who, session.jid) || isSeen(roster.get(who.bare));
    const found = await survey(session, {
      contacts: args.jid.filter(isKnown),
      clock: ctx.clock,
      quietMs: args.wait,
      left: timeToGather(ctx),
    });
    return args.jid.flatMap((who) => rowsOf(who, found, isKnown(who)));
  },
});

function rowsOf(who: Jid, { online }: Survey, known: boolean): PresenceRow[] {
  const resources = online.get(who.bare) ?? [];
  const asked = resources.filter(({ from }) => who.resource === undefined || from.resource === who.resource);
  if (asked.length > 0) {
    return asked.map(({ from, show, status, priority }) => ({
      jid: who.bare,
      online: true,
      show,
      status,
      resource: from.resource ?? null,
      priority,
    }));
  }
  const resource = who.resource ?? null;
  const [isOnline, show] = known ? [false, 'offline'] : [null, null];
  return [{ jid: who.bare, online: isOnline, show, status: null, resource, priority: null }];
}
