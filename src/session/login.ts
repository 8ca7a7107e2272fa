/** Logging in on a secured stream and binding a resource: by token, by SASL 2 or by SASL 1, early where the server is known. */
import { XmppctlError } from '../errors.ts';
import type { Jid } from '../xmpp/jid.ts';
import { nsSm, readH, resume } from '../xmpp/xep0198-stream-management.ts';
import { readSuccess } from '../xmpp/xep0388-sasl2.ts';
import type { Element } from '../xmpp/xml.ts';
import { type AfterLogin, type Bound, ownFullJid, readAfterLogin, readMaxBytes, startBinding } from './bind.ts';
import { OpenAgain } from './open-again.ts';
import { channelBinding } from './sasl/channel-binding.ts';
import { converse } from './sasl/converse.ts';
import { bestMechanism, type Credentials, chooseMechanism, type Mechanism, saslPrep } from './sasl/mechanism.ts';
import { readOffer, refuseDowngrade, type Sasl2Offer, type SaslOffer } from './sasl/offer.ts';
import { sasl1, startSasl1 } from './sasl/sasl1.ts';
import { sasl2, startSasl2 } from './sasl/sasl2.ts';
import { tokenLogin, tokenMechanism, usableToken } from './sasl/token.ts';
import type { OpenOptions, SecuredStream } from './secured-stream.ts';
import type { XmlStream } from './stream.ts';

/** A stream on which stanzas may be written, though its opening may not be over yet. */
export interface Opened {
  readonly stream: XmlStream;
  /** As far as it is known. */
  readonly jid: Jid;
  /** Whether stream management has been asked for. */
  readonly acknowledged: boolean;
  /** Reads what is left of the opening. Throws OpenAgain if nothing that was written has been handled. */
  finish(): Promise<Bound>;
}

/** One login on one stream. */
interface Login {
  readonly secured: SecuredStream;
  readonly account: Jid;
  readonly credentials: Credentials;
  readonly options: OpenOptions;
}

/** Logs in and starts the binding. Throws noperm, insecure, tempfail, protocol, config or OpenAgain. */
export async function logIn(given: Login): Promise<Opened> {
  const { secured } = given;
  // In clear everybody could read the token that comes.
  const inClear = secured.encryption === 'none';
  const login = inClear ? { ...given, options: { ...given.options, tokens: undefined } } : given;
  const { options } = login;
  const { known } = options;
  const token = await tokenMechanismOf(login);
  if (known && token) return logInByToken(login, token, known.offer);

  const early = known && (await start(login, known.offer));
  const offer = readOffer(await secured.stream.features());
  refuseWeaker(login, offer, mechanismsFor(login));
  // What was chosen by the old offer (mechanism, binding, flags) may be wrong now.
  if (known && !same(offer, known.offer)) throw new OpenAgain('memory');
  const started = early ?? (await start(login, offer));
  const success = await converse(secured.stream, started.sasl2 ? sasl2 : sasl1, started.mechanism);
  options.verbose(`logged in with ${started.mechanism.name}`);
  return started.sasl2 ? await boundInline(login, success, offer) : await bindNow(login, offer);
}

/** Logs in with SASL 1, as far as the features that follow: for those who bind nothing new. */
export async function logInOnly(login: Login): Promise<{ mechanism: string; features: Element }> {
  const { secured, account, options } = login;
  const { stream } = secured;
  const offer = readOffer(await stream.features());
  refuseWeaker(login, offer, ({ mechanisms }) => mechanisms);
  const mechanism = await choose(login, offer);
  startSasl1(stream, mechanism);
  await converse(stream, sasl1, mechanism);
  stream.restart();
  stream.begin(options.domain, account.bare);
  return { mechanism: mechanism.name, features: await stream.features() };
}

/** A stream that took up a session again, or was refused to. */
export interface Resumed {
  readonly stream: XmlStream;
  /** How many of our stanzas the server has handled; undefined if it does not say. */
  readonly h: number | undefined;
  readonly resumed: boolean;
}

/** Logs in and takes up the session `previd` (XEP-0198 5). */
export async function resumeOn(login: Login, previd: string, handled: number): Promise<Resumed> {
  const { stream } = login.secured;
  await logInOnly(login);
  stream.writeElement(resume(previd, handled));
  for (;;) {
    const answer = await stream.expectElement();
    if (answer.getNS() !== nsSm) continue;
    if (answer.getName() === 'resumed' && answer.attrs.previd === previd) {
      const h = readH(answer);
      // Without it nobody knows what to write again.
      if (h === undefined)
        throw new XmppctlError('protocol', 'the server broke the protocol: it resumes without a count');
      return { stream, h, resumed: true };
    }
    if (answer.getName() === 'failed') return { stream, h: readH(answer), resumed: false };
  }
}

/** What of an offer a login uses: SASL 2 where that pays, else SASL 1. */
const sasl2For = ({ credentials, options }: Login, { sasl2: offered }: SaslOffer): Sasl2Offer | undefined =>
  options.tokens && offered?.bind && credentials.username !== undefined ? offered : undefined;
const mechanismsFor =
  (login: Login) =>
  (offer: SaslOffer): readonly string[] =>
    (sasl2For(login, offer) ?? offer).mechanisms;

/** Throws insecure if what this login would use is weaker than what it would have used the last time. */
function refuseWeaker(
  { secured, options: { baseline } }: Login,
  offer: SaslOffer,
  mechanismsIn: (offer: SaslOffer) => readonly string[],
): void {
  if (!baseline) return;
  const before = bestMechanism(mechanismsIn(baseline.offer), baseline.canBind);
  refuseDowngrade(before, bestMechanism(mechanismsIn(offer), canBind(secured, offer)));
}

const canBind = ({ socket }: SecuredStream, { bindings }: SaslOffer): boolean =>
  channelBinding(socket, bindings) !== undefined;

/** Chooses SASL 1 or 2 and a mechanism, and writes the first step. */
async function start(login: Login, offer: SaslOffer): Promise<{ mechanism: Mechanism; sasl2: boolean }> {
  const { secured, options } = login;
  const { tokens } = options;
  const mechanism = await choose(login, { ...offer, mechanisms: mechanismsFor(login)(offer) });
  const offered = sasl2For(login, offer);
  if (!tokens || !offered) {
    startSasl1(secured.stream, mechanism);
    return { mechanism, sasl2: false };
  }
  const { sm } = offered;
  const requestToken = tokenMechanism(secured.socket, offer);
  startSasl2(secured.stream, { mechanism, withToken: false, sm, userAgentId: tokens.userAgentId, requestToken });
  return { mechanism, sasl2: true };
}

/** PLAIN shows the password to whoever is there: never in clear, and to nobody whose key may be anybody's. */
function choose(
  { secured: { socket, encryption }, credentials, options }: Login,
  offer: Pick<SaslOffer, 'mechanisms' | 'bindings'>,
): Promise<Mechanism> {
  const anyKey = 'Not with --trust-on-first-use: ask the operator for the key, and use --pin with --allow-plain.';
  const noPlain = encryption === 'none' ? 'Not without encryption.' : options.trust.onFirstUse && anyKey;
  return chooseMechanism(socket, offer, credentials, noPlain);
}

async function tokenMechanismOf({ secured, account, options }: Login): Promise<Mechanism | undefined> {
  const token = usableToken(options.tokens, options.known?.offer);
  if (!token || account.local === undefined) return undefined;
  return tokenLogin(secured.socket, await saslPrep(account.local), token);
}

/** A token takes one message each way, so stanzas leave with it; they count only if the server accepts it. */
function logInByToken(login: Login, mechanism: Mechanism, before: SaslOffer): Opened {
  const { secured, account, options } = login;
  const { stream } = secured;
  const sm = before.sasl2?.sm ?? false;
  const userAgentId = options.tokens?.userAgentId ?? '';
  startSasl2(stream, { mechanism, withToken: true, sm, userAgentId, requestToken: undefined });
  return {
    stream,
    jid: account,
    acknowledged: sm,
    async finish() {
      const offer = readOffer(await stream.features());
      refuseWeaker(login, offer, mechanismsFor(login));
      if (!offer.sasl2?.fast.includes(mechanism.name)) throw new OpenAgain('memory');
      const success = await converse(stream, sasl2, mechanism).catch((error) => {
        // A refusal comes before anything that was sent behind the token could be handled.
        throw error instanceof XmppctlError && error.condition !== undefined ? new OpenAgain('token') : error;
      });
      options.verbose(`logged in with ${mechanism.name}`);
      return await readInlineBinding(login, success, offer);
    },
  };
}

/** After SASL 2 everything is known but the features that follow. */
async function boundInline(login: Login, success: Element, offer: SaslOffer): Promise<Opened> {
  const { stream } = login.secured;
  const { jid, acknowledged } = readBound(success, login.account);
  return { stream, jid, acknowledged, finish: () => readInlineBinding(login, success, offer) };
}

/** Bind 2 (XEP-0386): resource and stream management came with success; then come new features, and maybe a token. */
async function readInlineBinding(
  { secured, account, options }: Login,
  success: Element,
  offer: SaslOffer,
): Promise<Bound> {
  const bound = readBound(success, account);
  const { token } = readSuccess(success);
  const kind = token && (options.tokens?.current?.mechanism ?? tokenMechanism(secured.socket, offer));
  if (token && kind) await options.tokens?.put({ ...token, mechanism: kind });
  const features = await secured.stream.expectElement();
  await rememberIfNew(secured, options, offer, null);
  return { ...bound, maxStanzaBytes: readMaxBytes(features), features };
}

function readBound(success: Element, account: Jid): Omit<Bound, 'maxStanzaBytes' | 'features'> {
  const { identifier, bound, smEnabled, resumption } = readSuccess(success);
  if (!bound) throw new XmppctlError('protocol', 'the server logged us in without binding a resource');
  return { jid: ownFullJid(identifier, account), acknowledged: smEnabled, resumption };
}

/** After SASL 1 the stream begins anew; where it is known what it will offer, nobody waits to hear it. */
async function bindNow({ secured, account, options }: Login, offer: SaslOffer): Promise<Opened> {
  const { stream } = secured;
  stream.restart();
  stream.begin(options.domain, account.local === undefined ? undefined : account.bare);
  const early = options.known?.afterLogin ? undefined : await stream.features();
  const expected = options.known?.afterLogin ?? readAfterLogin(early ?? (await stream.features()));
  const { jid, finish } = startBinding(stream, account, expected, options.randomId);
  const rest = async (): Promise<Bound> => {
    const features = early ?? (await stream.features());
    const live = readAfterLogin(features);
    const bound = { ...(await finish(live)), features };
    options.verbose(`bound to ${bound.jid.full}${bound.acknowledged ? ', stream management on' : ''}`);
    await rememberIfNew(secured, options, offer, live);
    return bound;
  };
  return { stream, jid, acknowledged: expected.sm, finish: rest };
}

async function rememberIfNew(
  secured: SecuredStream,
  { known, server = '', remember }: OpenOptions,
  offer: SaslOffer,
  afterLogin: AfterLogin | null,
): Promise<void> {
  const { encryption } = secured;
  if (encryption === 'none') return; // what was heard in clear is no measure for the next time
  const place = { version: 2, server, starttls: encryption === 'starttls' } as const;
  const seen = { ...place, offer, canBind: canBind(secured, offer), afterLogin };
  if (!same(seen, known)) await remember?.(seen);
}

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);
