import { defineCommand, option, optionalPositional, positional } from '../grammar/command.ts';
import { choice, duration, integer, text } from '../grammar/values.ts';
import { fence } from '../session/fence.ts';
import { readPresenceRefusal } from '../session/own-presence.ts';
import { patientSession } from '../session/patient-session.ts';
import type { Session } from '../session/types.ts';
import { buildPresence, shows } from '../xmpp/presence.ts';
import type { Context } from './context.ts';
import { checkText } from './message-text.ts';
import { jidField } from './people.ts';

/** How often the server is asked whether it is still there. */
const probeMs = 60_000;

interface Held {
  readonly jid: string;
  readonly resource: string | null;
  readonly show: string;
  readonly status: string | null;
  readonly priority: number;
}

export const presenceSet = defineCommand({
  name: 'presence set',
  summary: 'show contacts that you are available, away or busy',
  description:
    'Presence lives as long as its connection, so the command holds it until it is stopped or --for has passed, and then ' +
    'you are offline again. The priority is negative, so that messages go to your other devices or wait on the server.',
  args: {
    show: positional(choice(shows, 'SHOW'), 'available, chat, away, xa (for long) or dnd (do not disturb)'),
    status: optionalPositional(text('STATUS'), 'the words that go with it'),
    for: option(duration(), 'how long to hold it', { presetText: 'until stopped' }),
    priority: option(integer(-128, -1), 'the priority of this presence', { presetText: '-1' }),
  },
  shared: 'connecting',
  openEnded: true,
  yields: 'stream',
  fields: [
    jidField('the account'),
    { key: 'resource', summary: 'the name of this connection', type: 'string' },
    { key: 'show', summary: 'available, chat, away, xa or dnd', type: 'string' },
    { key: 'status', summary: 'the words that go with it', type: 'string' },
    { key: 'priority', summary: 'from -128 to -1', type: 'number' },
  ],
  confirm: (row: Held) => `${row.jid} is ${row.show} until this command ends (Ctrl-C)`,
  examples: [
    ['xmppctl presence set dnd "in a meeting" --for 1h', 'for one hour'],
    ['xmppctl presence set available', 'until Ctrl-C'],
  ],
  fails: ['data'],
  async *run(args, ctx): AsyncIterable<Held> {
    checkText(args.status ?? '');
    await using session = await ctx.connect();
    const priority = args.priority ?? -1;
    const refusals = session.stanzas((stanza) => readPresenceRefusal(stanza, session.jid));
    const refused = session.expect((stanza) => readPresenceRefusal(stanza, session.jid));
    await session.send(buildPresence(args.show, args.status, priority));
    await fence(patientSession(session, ctx.timeout));
    const refusal = await refused.within(0);
    if (refusal) throw refusal;
    ctx.verbose(`online as ${session.jid.full}`);
    const { resource = null } = session.jid;
    const over = new AbortController();
    const held = hold(session, args.for, ctx, over.signal);
    held.catch(() => {}); // thrown below
    yield { jid: session.jid.bare, resource, show: args.show, status: args.status ?? null, priority };
    void probe(session, ctx, over.signal);
    try {
      for await (const late of refusals) throw late;
      over.abort();
      await held;
    } catch (error) {
      if (!ctx.stopped.aborted) throw error;
    } finally {
      over.abort();
    }
  },
});

/** Ends the session after `ms`. Throws if the server is not there any more: contacts saw us for less than that. */
async function hold(session: Session, ms: number | undefined, ctx: Context, over: AbortSignal): Promise<void> {
  if (ms === undefined) return;
  await ctx.clock.after(ms, over);
  if (over.aborted) return;
  try {
    await fence(patientSession(session, ctx.timeout));
  } finally {
    await session.close();
  }
}

/** A connection that is gone without a word holds nothing: settle() notices, and the session ends. */
async function probe(session: Session, { clock }: Context, over: AbortSignal): Promise<void> {
  while (!over.aborted) {
    await clock.after(probeMs, over);
    if (!over.aborted) await session.settle().catch(() => undefined);
  }
}
