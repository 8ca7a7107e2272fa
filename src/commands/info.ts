import { asXmppctlError, type XmppctlError } from '../errors.ts';
import { defineCommand, positional } from '../grammar/command.ts';
import { jid } from '../grammar/values.ts';
import { discoInfo } from '../session/disco.ts';
import { type Survey, survey } from '../session/presence-survey.ts';
import { fetchRoster } from '../session/roster.ts';
import type { Session } from '../session/types.ts';
import { type Jid, sameBare } from '../xmpp/jid.ts';
import type { RosterItem } from '../xmpp/roster.ts';
import { mergeVcards, type Vcard } from '../xmpp/vcard.ts';
import { type LastActivity, lastActivityRequest, readLastActivity } from '../xmpp/xep0012-last-activity.ts';
import { readVcardTemp, vcardTempRequest } from '../xmpp/xep0054-vcard-temp.ts';
import { readVersion, type SoftwareVersion, versionRequest } from '../xmpp/xep0092-version.ts';
import { nickRequest, readNick } from '../xmpp/xep0172-nick.ts';
import { publishedVcard4Request, readVcard4, vcard4Request } from '../xmpp/xep0292-vcard4.ts';
import type { Element } from '../xmpp/xml.ts';
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

/** How long somebody else may take to answer a question. */
const answerMs = 5000;

interface ResourceKeys {
  readonly resource: string | null;
  readonly show: string;
  readonly status: string | null;
  readonly priority: number;
}

interface Info extends RosterKeys {
  readonly online: boolean | null;
  readonly presence: readonly ResourceKeys[];
  readonly vcard: Vcard | null;
  readonly lastActivity: LastActivity | null;
  readonly client: SoftwareVersion | null;
  readonly features: readonly string[];
}

const vcardKeys = {
  fullName: 'string',
  nickname: 'string',
  email: 'string',
  phone: 'string',
  organization: 'string',
  title: 'string',
  birthday: 'string',
  url: 'string',
  note: 'string',
  photo: 'string',
} as const;

export const info = defineCommand({
  name: 'info',
  summary: 'show what is known of one contact',
  description:
    'Asks everything at once: the entry on the list, the presence of every device, the business card, the last activity, and what ' +
    'the device with the highest priority (or the one that the JID names) is and can do. What somebody does not reveal is left out ' +
    '(null). For somebody who is no contact it shows what their server tells anybody. To see presence, the account goes online for a ' +
    'moment with a priority that leaves messages where they are; contacts see that.',
  args: { jid: positional(jid(), 'the contact'), wait: waitForPresence },
  shared: 'connecting',
  yields: 'one',
  fields: [
    jidField('the contact'),
    ...rosterFields,
    { key: 'online', summary: 'whether the contact is online; null: not known', type: 'boolean', show: yesOrNothing },
    {
      key: 'presence',
      summary: 'of each device: resource, show, status, priority',
      type: 'object[]',
      keys: { resource: 'string', show: 'string', status: 'string', priority: 'number' },
    },
    {
      key: 'vcard',
      summary: 'the business card: fullName nickname email phone organization title birthday url note photo',
      type: 'object',
      keys: vcardKeys,
    },
    {
      key: 'lastActivity',
      summary: 'seconds since the contact was last online, or used the device; status: the words then',
      type: 'object',
      keys: { seconds: 'number', status: 'string' },
    },
    {
      key: 'client',
      summary: 'what the device runs: name version os',
      type: 'object',
      keys: { name: 'string', version: 'string', os: 'string' },
    },
    {
      key: 'features',
      summary:
        'what the device (or, if none is online, the account) can do, by XML namespaces; a table only counts them',
      type: 'string[]',
      show: (value) => (Array.isArray(value) && value.length > 0 ? String(value.length) : ''),
    },
  ],
  examples: [
    ['xmppctl info bob@example.org', 'all there is'],
    ['xmppctl info bob@example.org --json | jq -r .vcard.email', 'one thing of it'],
  ],
  fails: ['nohost'],
  async run(args, ctx): Promise<Info> {
    await using session = await ctx.connect();
    const ask = new Questions(session, ctx);
    const { bare } = args.jid;
    const [[item, found], published, card4, card, nick, last] = await Promise.all([
      presenceOf(args.jid, session, ctx, args.wait),
      ask.for(publishedVcard4Request(bare), readVcard4),
      ask.for(vcard4Request(bare), readVcard4),
      ask.for(vcardTempRequest(bare), readVcardTemp),
      ask.for(nickRequest(bare), readNick),
      ask.for(lastActivityRequest(bare), readLastActivity),
    ]);
    const resources = found?.online.get(bare) ?? [];
    const resource = args.jid.resource ?? resources[0]?.from.resource;
    const device = resource === undefined ? undefined : `${bare}/${resource}`;
    const [client, features, idle] = await Promise.all([
      device === undefined ? null : ask.for(versionRequest(device), readVersion),
      ask.that(discoInfo(session, device ?? bare)),
      device === undefined ? null : ask.for(lastActivityRequest(device), readLastActivity),
    ]);
    ask.throwIfUnreachable();
    return {
      ...rosterKeys(args.jid, item),
      online: found ? resources.length > 0 : null,
      presence: resources.map(({ from, show, status, priority }) => ({
        ...{ resource: from.resource ?? null, show, status, priority },
      })),
      vcard: mergeVcards(published ?? undefined, card4 ?? undefined, card ?? undefined, { nickname: nick ?? null }),
      // COMPAT(Prosody 0.12): of somebody online it tells when they were offline before, and not 0 (XEP-0012 4).
      lastActivity: resources.length > 0 && last?.seconds !== 0 ? idle : (idle ?? last),
      client,
      features: [...(features?.features ?? [])].sort(),
    };
  },
});

/** The contact's entry, and the presence of those whom we may see. */
async function presenceOf(
  who: Jid,
  session: Session,
  ctx: Context,
  quietMs: number | undefined,
): Promise<[RosterItem | undefined, Survey | undefined]> {
  const item = (await fetchRoster(session, ctx.cache)).get(who.bare);
  if (!isSeen(item) && !sameBare(who, session.jid)) return [item, undefined];
  return [item, await survey(session, { contacts: [who], clock: ctx.clock, quietMs, left: timeToGather(ctx) })];
}

/** Questions that may stay without an answer. */
class Questions {
  readonly #session: Session;
  readonly #ctx: Context;
  readonly #failures: XmppctlError[] = [];
  #answers = 0;

  constructor(session: Session, ctx: Context) {
    this.#session = session;
    this.#ctx = ctx;
  }

  /** What `read` makes of the answer; null if there is none in time, or none that can be read. */
  for<T>(iq: Element, read: (answer: Element) => T | undefined): Promise<T | null> {
    return this.that(this.#session.request(iq).then(read));
  }

  /** The same for any request. */
  async that<T>(answer: Promise<T | undefined>): Promise<T | null> {
    const over = new AbortController();
    const late = this.#ctx.clock.after(Math.min(answerMs, timeToGather(this.#ctx)), over.signal).then(() => undefined);
    try {
      const value = await Promise.race([answer, late]);
      if (value !== undefined) this.#answers += 1;
      return value ?? null;
    } catch (thrown) {
      const error = asXmppctlError(thrown);
      if (error.kind === 'software') throw error;
      this.#failures.push(error);
      return null;
    } finally {
      over.abort();
    }
  }

  /** Throws if nothing was answered because the contact's server cannot be found, or because the stream broke. */
  throwIfUnreachable(): void {
    const fatal = this.#failures.find(
      ({ kind, condition }) => kind === 'nohost' || (kind === 'tempfail' && condition === undefined),
    );
    if (this.#answers === 0 && fatal) throw fatal;
  }
}
