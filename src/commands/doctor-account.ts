/** What `doctor` finds out about an account: its password, the login, and what the server has for it. */
import { XmppctlError } from '../errors.ts';
import { discoInfo, discoverServices, type Service } from '../session/disco.ts';
import type { Session } from '../session/types.ts';
import type { Jid } from '../xmpp/jid.ts';
import type { DiscoInfo } from '../xmpp/xep0030-disco.ts';
import { ping } from '../xmpp/xep0199-ping.ts';
import { readTime, timeRequest } from '../xmpp/xep0202-time.ts';
import { isUploadService, maxFileSize } from '../xmpp/xep0363-http-upload.ts';
import { bytesText } from './bytes-text.ts';
import { type Check, examine, type Finding, skipped } from './checks.ts';
import type { Context } from './context.ts';

/** Beyond this, delays and archives look wrong to people. */
const clockToleranceMs = 60_000;

/** The password where commands look for it, the keychain, and on request all of that as cron sees it. */
export async function* secretChecks(jid: Jid, inCron: boolean, ctx: Context): AsyncGenerator<Check, boolean> {
  const { diagnosis } = ctx;
  const keychain = await examine('keychain', ctx, async () => {
    const has = await diagnosis.inKeychain(jid);
    return has
      ? { detail: `has the password of ${jid.bare}` }
      : { status: 'skip', detail: `has nothing of ${jid.bare}` };
  });
  const credentials =
    jid.local === undefined
      ? undefined
      : await examine('credentials', ctx, async () => {
          const source = await diagnosis.passwordSource(jid);
          const hint = source.startsWith('prompt')
            ? 'Commands in cron cannot ask. Store it: xmppctl login.'
            : undefined;
          return { status: hint === undefined ? 'ok' : 'warn', detail: `password from ${source}`, hint, value: true };
        });
  // Without a keychain all is well as long as the password comes from elsewhere.
  yield keychain.row.status === 'fail' && credentials?.value ? { ...keychain.row, status: 'skip' } : keychain.row;
  if (credentials) yield credentials.row;
  if (inCron) yield (await examine('cron', ctx, () => cron(jid, ctx))).row;
  return credentials === undefined || credentials.value === true;
}

async function cron(jid: Jid, ctx: Context): Promise<Finding> {
  const { line, passwordSource } = ctx.diagnosis.cron(jid);
  return { detail: `password from ${await passwordSource()}; a line for crontab`, hint: line };
}

/** Logs in and asks what there is. */
export async function* loginChecks(ctx: Context): AsyncGenerator<Check> {
  const { row, value: session } = await examine('login', ctx, async () => {
    const opened = await ctx.connect();
    await opened.request(ping(opened.jid.domain)).catch(unlessAnswered);
    return { detail: `as ${opened.jid.full}`, value: opened };
  });
  yield row;
  if (!session) return yield* skipped(afterLogin, 'no login');
  await using _closing = session;
  yield (await examine('acknowledgements', ctx, async () => acknowledgements(session))).row;
  const { row: disco, value: found } = await examine('discovery', ctx, () => discover(session));
  yield disco;
  if (!found) yield* skipped(['upload', 'archive', 'carbons', 'rooms'], 'the server does not say what it has');
  else
    for (const [check, finding] of features(found, session)) yield (await examine(check, ctx, async () => finding)).row;
  yield (await examine('limits', ctx, async () => limits(session))).row;
  yield (await examine('clock', ctx, () => clock(session, ctx))).row;
}

/** The session can be used before the server has let us in: that it answers, be it with a refusal, says that it has. */
function unlessAnswered(error: unknown): void {
  if (!(error instanceof XmppctlError) || error.kind !== 'unavailable') throw error;
}

const afterLogin = ['acknowledgements', 'discovery', 'upload', 'archive', 'carbons', 'rooms', 'limits', 'clock'];

function acknowledgements(session: Session): Finding {
  if (session.acknowledged) return { detail: 'stream management (XEP-0198)' };
  const hint = 'Each message is confirmed by a ping in its place; what is lost with a connection is not resumed.';
  return { status: 'warn', detail: 'the server has no stream management (XEP-0198)', hint };
}

interface Found {
  readonly services: readonly Service[];
  readonly account: DiscoInfo;
}

async function discover(session: Session): Promise<Finding<Found>> {
  const [services, account] = await Promise.all([discoverServices(session), discoInfo(session, session.jid.bare)]);
  return { detail: `${services.length} services answer`, value: { services, account } };
}

function features({ services, account }: Found, session: Session): [check: string, finding: Finding][] {
  const own = services.find(({ jid }) => jid === session.jid.domain)?.info;
  const upload = services.find(({ info }) => isUploadService(info));
  const rooms = services.find(({ info }) => info.features.has('http://jabber.org/protocol/muc'));
  const limit = upload && maxFileSize(upload.info);
  return [
    [
      'upload',
      upload
        ? { detail: `${upload.jid}${limit === undefined ? '' : `, files up to ${bytesText(limit)}`}` }
        : lacks('upload service (XEP-0363)', 'sendfile works only with contacts who are online.'),
    ],
    [
      'archive',
      account.features.has('urn:xmpp:mam:2')
        ? { detail: 'of messages (XEP-0313)' }
        : lacks('message archive (XEP-0313)', 'history has nothing to show, and listen --durable cannot catch up.'),
    ],
    [
      'carbons',
      own?.features.has('urn:xmpp:carbons:2')
        ? { detail: 'copies from other devices (XEP-0280)' }
        : lacks('carbons (XEP-0280)', 'listen does not see what goes to other devices.'),
    ],
    [
      'rooms',
      rooms
        ? { detail: rooms.jid }
        : lacks('room service (XEP-0045)', 'Rooms of other servers can be used by their full JID.'),
    ],
  ];
}

const lacks = (what: string, hint: string): Finding => ({ status: 'warn', detail: `the server has no ${what}`, hint });

function limits({ maxStanzaBytes }: Session): Finding {
  if (maxStanzaBytes === null) return { status: 'skip', detail: 'the server does not say what it takes (XEP-0478)' };
  return { detail: `stanzas up to ${bytesText(maxStanzaBytes)}` };
}

/** The answer has been on its way for some time, half of which is a fair guess. */
async function clock(session: Session, ctx: Context): Promise<Finding> {
  const { domain } = session.jid;
  const info = await discoInfo(session, domain);
  if (!info.features.has('urn:xmpp:time'))
    return { status: 'skip', detail: 'the server does not tell the time (XEP-0202)' };
  const asked = ctx.clock.now().getTime();
  const theirs = readTime(await session.request(timeRequest(domain))).getTime();
  const ours = (asked + ctx.clock.now().getTime()) / 2;
  const seconds = Math.round((ours - theirs) / 1000);
  if (Math.abs(ours - theirs) <= clockToleranceMs) return { detail: 'agrees with the server' };
  const hint = 'Certificates, delays and archives go by the clock. Let it be set by NTP.';
  return { status: 'warn', detail: `${Math.abs(seconds)} s ${seconds > 0 ? 'ahead of' : 'behind'} the server`, hint };
}
