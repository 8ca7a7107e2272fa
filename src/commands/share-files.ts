/** Uploads files and tells the recipients where they are; each step only if the one before it happened. */
import { asXmppctlError, type XmppctlError } from '../errors.ts';
import type { Session } from '../session/types.ts';
import type { HttpClient } from '../transfer/http-client.ts';
import { Meter } from '../transfer/meter.ts';
import { type Upload, type Uploaded, type UploadService, upload } from '../transfer/upload.ts';
import type { Jid } from '../xmpp/jid.ts';
import { buildMessage } from '../xmpp/message.ts';
import { announcement, type Content, confirmationRequests } from './announcement.ts';
import type { Context, Progress } from './context.ts';
import { type DeliveryArgs, type Outcome, outcome, type Sent, throwUnlessAllWell } from './delivery.ts';
import { type Place, speak } from './muc/speak.ts';
import { fatesOf, write } from './send-together.ts';

/** One file for one recipient; without a recipient where it was only uploaded, without a file for the caption. */
export interface FileRow {
  readonly to: string | null;
  readonly id: string | null;
  readonly status: string;
  readonly stanzaId: string | null;
  readonly error: Record<string, unknown> | null;
  readonly file: string | null;
  readonly url: string | null;
  readonly size: number | null;
  readonly mediaType: string | null;
  readonly sha256: string | null;
  readonly encrypted: boolean;
}

/** Who gets the files: somebody, or everybody in a room that we are in. */
export type Destination = { readonly jid: Jid } | { readonly place: Place };

/** What the files go through. */
export interface Ways {
  readonly session: Session;
  readonly client: HttpClient;
  readonly service: UploadService;
}
export interface ShareArgs extends DeliveryArgs {
  readonly caption: string | undefined;
  readonly id: string | undefined;
}

/** Small files under way at once: each spends most of its time waiting for the service. */
const atOnce = 4;
/** In bytes; a larger file has the line, on the network and on the terminal, to itself. */
const smallFile = 256 * 1024;

/** Only uploads. */
export async function* uploadFiles(uploads: readonly Upload[], ways: Ways, ctx: Context): AsyncGenerator<FileRow> {
  for await (const [one, uploaded] of uploadAll(uploads, ways, ctx)) {
    if (uploaded instanceof Error) throw uploaded;
    yield { to: null, id: null, status: 'uploaded', stanzaId: null, error: null, ...described(one, uploaded) };
  }
}

/** A message that was written, or an outcome that is known already, and what it says of which file. */
interface Step {
  readonly file: ReturnType<typeof described>;
  readonly message: Sent | Outcome;
}

/** Uploads each file once and announces it to everybody. Throws at the end unless all went well. */
export async function* shareFiles(
  uploads: readonly Upload[],
  destinations: readonly Destination[],
  ways: Ways,
  args: ShareArgs,
  ctx: Context,
): AsyncGenerator<FileRow> {
  const steps: Step[] = [];
  let complete = true;
  for await (const [one, uploaded] of uploadAll(uploads, ways, ctx)) {
    if (uploaded instanceof Error && uploaded.kind !== 'data') complete = false;
    for (const to of destinations) steps.push(await announceTo(to, one, uploaded, ways.session, args, ctx));
  }
  if (args.caption !== undefined && complete) {
    const caption = { body: args.caption, payload: [] };
    for (const to of destinations) steps.push(await tell(to, ctx.randomId(), caption, noFile, ways.session, args, ctx));
  }
  const messages = steps.map(({ message }) => message);
  const outcomes = await fatesOf(ways.session, messages, args, ctx);
  for (const [index, { delivery, error }] of outcomes.entries()) {
    const file = steps[index]?.file ?? noFile;
    if (error && file.url !== null) {
      ctx.warn(`${file.file} was uploaded to ${withoutKey(file.url)}, but ${delivery.to} may not know`);
    }
    yield { ...delivery, ...file };
  }
  throwUnlessAllWell(outcomes);
}

/** Each file and what became of it, in their order. After a failure nothing more is begun, unless it was the file's own. */
async function* uploadAll(
  uploads: readonly Upload[],
  ways: Ways,
  ctx: Context,
): AsyncGenerator<readonly [Upload, Uploaded | XmppctlError]> {
  const begun: Begun[] = [];
  let gaveUp: XmppctlError | undefined;
  for (const [index, one] of uploads.entries()) {
    for (let next = uploads[begun.length]; next && !gaveUp; next = uploads[begun.length]) {
      const ahead = begun.length - index;
      if (ahead > 0 && (ahead >= atOnce || !isSmall(one) || !isSmall(next))) break;
      begun.push(begin(next, ways, ctx));
    }
    const uploaded = (await begun[index]?.shown()) ?? gaveUp;
    if (!uploaded) return;
    // What is wrong with one file says nothing of the next; anything else would only be repeated.
    if (uploaded instanceof Error && uploaded.kind !== 'data') gaveUp ??= uploaded;
    yield [one, uploaded];
  }
}

const isSmall = ({ source }: Upload): boolean => source.size <= smallFile;

interface Begun {
  /** What becomes of it; until then the terminal shows how far it is. */
  shown(): Promise<Uploaded | XmppctlError>;
}

function begin(one: Upload, { session, client, service }: Ways, ctx: Context): Begun {
  const meter = new Meter(one.source.name, one.source.size, ctx.clock.monotonic);
  const tools = { session, client, after: ctx.clock.after, verbose: ctx.verbose };
  let line = meter.line(0);
  let progress: Progress | undefined;
  const uploaded = upload(one, service, tools, (bytes) => {
    line = meter.line(bytes);
    progress?.update(line);
  }).catch(asXmppctlError);
  return {
    async shown() {
      progress = await ctx.progress(line);
      return await uploaded.finally(() => progress?.stop());
    },
  };
}

async function announceTo(
  to: Destination,
  one: Upload,
  uploaded: Uploaded | XmppctlError,
  session: Session,
  args: ShareArgs,
  ctx: Context,
): Promise<Step> {
  const id = args.id ?? ctx.randomId();
  if (uploaded instanceof Error) {
    const address = 'place' in to ? to.place.room : to.jid;
    return { message: outcome(address.full, id, 'failed', uploaded), file: described(one) };
  }
  const { name, mediaType } = one;
  const file = { name, mediaType, size: one.source.size, sha256: uploaded.sha256, description: args.caption };
  return await tell(to, id, announcement(uploaded.url, file), described(one, uploaded), session, args, ctx);
}

/** Says it; in a room, until the room has shown it. */
export async function tell(
  to: Destination,
  id: string,
  { body, payload }: Content,
  file: Step['file'],
  session: Session,
  { wait }: ShareArgs,
  ctx: Context,
): Promise<Step> {
  if ('place' in to) return { message: await speak(session, to.place, { id, body, payload }, ctx), file };
  const asked = [...payload, ...confirmationRequests(wait)];
  const stanza = buildMessage({ to: to.jid.full, id, type: 'chat', body, payload: asked });
  return { message: await write(session, { to: to.jid, id, stanza }, { wait }), file };
}

function described({ source, mediaType, encrypt }: Upload, uploaded?: Uploaded) {
  const { path, size } = source;
  const { url = null, sha256 = null } = uploaded ?? {};
  return {
    file: path as string | null,
    url,
    size: size as number | null,
    mediaType: mediaType as string | null,
    sha256,
    encrypted: encrypt,
  };
}
export const noFile = { file: null, url: null, size: null, mediaType: null, sha256: null, encrypted: false };

/** The key is for the result, which the user asked for, not for logs. */
const withoutKey = (url: string): string => url.replace(/#.*/, '');
