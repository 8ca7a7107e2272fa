/** Files without an upload service: offered to a device of the recipient that is online, and sent to it directly. */
import { asXmppctlError, XmppctlError } from '../errors.ts';
import type { Https } from '../session/https.ts';
import { survey } from '../session/presence-survey.ts';
import type { Session } from '../session/types.ts';
import { findTaker, offerFile, type Taker } from '../transfer/jingle-offer.ts';
import { Meter } from '../transfer/meter.ts';
import type { Upload } from '../transfer/upload.ts';
import type { Jid } from '../xmpp/jid.ts';
import type { Context } from './context.ts';
import { type Outcome, outcome, throwUnlessAllWell } from './delivery.ts';
import { fatesOf } from './send-together.ts';
import { type FileRow, noFile, type ShareArgs, tell } from './share-files.ts';

export interface OfferArgs extends ShareArgs {
  readonly inBand: boolean;
}

/** Each file to each recipient, one after the other, and then the caption to whom something has reached. Throws at the end unless all went well. */
export async function* offerFiles(
  files: readonly Upload[],
  recipients: readonly Jid[],
  session: Session,
  args: OfferArgs,
  ctx: Context,
): AsyncGenerator<FileRow> {
  const https = await ctx.https();
  const online = await devicesOf(recipients, session, ctx);
  const outcomes: Outcome[] = [];
  const reached = new Set<Jid>();
  for (const to of recipients) {
    const taker = await findTaker(session, to.resource === undefined ? (online.get(to.bare) ?? []) : [to]);
    for (const file of files) {
      const { fate, sha256 } = await offerTo(to, taker, file, { session, https }, args, ctx);
      outcomes.push(fate);
      if (!fate.error) reached.add(to);
      const { source, mediaType } = file;
      const described = { file: source.path, url: null, size: source.size, mediaType, sha256, encrypted: false };
      yield { ...fate.delivery, ...described };
    }
  }
  for (const fate of await sendCaption([...reached], session, args, ctx)) {
    outcomes.push(fate);
    yield { ...fate.delivery, ...noFile };
  }
  throwUnlessAllWell(outcomes);
}

async function sendCaption(
  recipients: readonly Jid[],
  session: Session,
  args: OfferArgs,
  ctx: Context,
): Promise<readonly Outcome[]> {
  if (args.caption === undefined) return [];
  const caption = { body: args.caption, payload: [] };
  const messages = [];
  for (const jid of recipients) {
    const { message } = await tell({ jid }, ctx.randomId(), caption, noFile, session, args, ctx);
    messages.push(message);
  }
  return await fatesOf(session, messages, args, ctx);
}

/** Who is online is only told to who is online too, in the way that moves no messages. */
async function devicesOf(recipients: readonly Jid[], session: Session, ctx: Context): Promise<Map<string, Jid[]>> {
  const contacts = recipients.filter(({ resource }) => resource === undefined);
  if (contacts.length === 0) return new Map();
  const { online } = await survey(session, { contacts, clock: ctx.clock, left: ctx.left() });
  return new Map([...online].map(([bare, devices]) => [bare, devices.map(({ from }) => from)]));
}

async function offerTo(
  to: Jid,
  taker: Taker | undefined,
  { source, name, mediaType }: Upload,
  connections: { session: Session; https: Https },
  { caption, inBand, id: givenId }: OfferArgs,
  ctx: Context,
): Promise<{ fate: Outcome; sha256: string | null }> {
  const id = givenId ?? ctx.randomId();
  if (!taker) return { fate: outcome(to.full, id, 'failed', nobodyTakes(to, connections.session)), sha256: null };
  const meter = new Meter(source.name, source.size, ctx.clock.monotonic);
  const progress = await ctx.progress(`${source.name}  waiting for ${taker.jid.full}`);
  try {
    const { sha256 } = await offerFile(
      { source, name, mediaType, description: caption },
      inBand && taker.inBand ? { ...taker, socks5: false } : taker,
      { ...connections, randomId: ctx.randomId, verbose: ctx.verbose },
      (bytes) => progress.update(meter.line(bytes)),
    );
    return { fate: outcome(to.full, id, 'delivered'), sha256 };
  } catch (thrown) {
    const error = asXmppctlError(thrown);
    const status = error.kind === 'unconfirmed' ? 'unknown' : 'failed';
    return { fate: outcome(to.full, id, status, error), sha256: null };
  } finally {
    progress.stop();
  }
}

const nobodyTakes = ({ full, bare }: Jid, { jid }: Session): XmppctlError =>
  new XmppctlError(
    'unavailable',
    `${jid.domain} has no upload service, and no device of ${full} that is online takes files directly; nothing was sent`,
    {
      hint:
        `A listener takes them with: xmppctl listen --download DIR --accept-from ${jid.bare}. ` +
        `Whether it is online is seen by contacts only: xmppctl add ${bare}`,
    },
  );
