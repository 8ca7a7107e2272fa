/** From a JID to an open session: endpoint, TCP, TLS, login, bind, stream management. Each step or an error that says which. */
import type { Socket } from 'node:net';
import { XmppctlError } from '../errors.ts';
import { type Jid, readJid } from '../xmpp/jid.ts';
import { childText, type Element, ns, xml } from '../xmpp/xml.ts';
import { enable, nsSm } from '../xmpp/xep0198-stream-management.ts';
import { unlessAborted } from './abort.ts';
import { authenticate, type Credentials } from './sasl/authenticate.ts';
import { type Endpoint, findEndpoints, parseServer } from './endpoints.ts';
import { proxyDial } from './proxy.ts';
import type { Resolver } from './resolver.ts';
import { OpenSession } from './session.ts';
import { XmlStream } from './stream.ts';
import { SeeOtherHost } from './stream-error.ts';
import { connectFirst, directDial } from './tcp.ts';
import { secure, type Trust } from './tls.ts';
import type { Trace } from './trace.ts';

export interface OpenOptions {
  readonly domain: string;
  readonly trust: Trust;
  /** `[xmpp[s]://]HOST[:PORT]` instead of DNS. */
  readonly server?: string | undefined;
  readonly proxy?: string | undefined;
  readonly insecureNoTls: boolean;
  readonly resolver: Resolver;
  readonly trace?: Trace | undefined;
  /** Aborts the opening with its reason: the deadline, or the user. */
  readonly signal: AbortSignal;
  /** SIGINT or SIGTERM came. */
  readonly stopped: AbortSignal;
  verbose(line: string): void;
  warn(line: string): void;
  randomId(): string;
}

/** What a login that only proves the password has seen. */
export interface ProvedLogin {
  readonly jid: Jid;
  readonly mechanism: string;
  /** The key of the server's certificate, where --trust-on-first-use asked for it. */
  readonly pin: string | undefined;
}

/** A secured stream with its features, before login. */
export interface SecuredStream {
  readonly stream: XmlStream;
  readonly socket: Socket;
  readonly features: Element;
}

const redirectLimit = 5;

/** Opens a stream to the domain up to its features under TLS. Closed on every failure. */
export async function openStream(options: OpenOptions, from?: string): Promise<SecuredStream> {
  const { domain, proxy, server, resolver } = options;
  const dial = proxy === undefined ? directDial(resolver) : proxyDial(proxy);
  let endpoints: readonly Endpoint[];
  if (server !== undefined) endpoints = [parseServer(server)];
  // The proxy resolves names (socks5h), so DNS here would tell what the user wants kept.
  else if (proxy !== undefined) endpoints = [{ host: domain, port: 5222, directTls: false }];
  else endpoints = await unlessAborted(findEndpoints(domain, resolver), options.signal);

  for (let hop = 0; ; hop += 1) {
    options.signal.throwIfAborted();
    options.verbose(`connecting to ${endpoints.map(({ host, port }) => `${host}:${port}`).join(', ')}`);
    const { socket, endpoint } = await connectFirst(endpoints, dial, options.signal);
    try {
      return await secureStream(socket, endpoint, options, from);
    } catch (error) {
      if (!(error instanceof SeeOtherHost) || hop >= redirectLimit) throw error;
      // Only ever thrown after TLS was verified: the same rules hold for the other host, and the same name.
      options.verbose(`the server sends us on to ${error.host}`);
      endpoints = [{ ...parseServer(error.host), directTls: endpoint.directTls }];
    }
  }
}

async function secureStream(raw: Socket, endpoint: Endpoint, options: OpenOptions, from?: string): Promise<SecuredStream> {
  const { domain, signal, trace, trust, verbose } = options;
  let socket: Socket = raw;
  if (!endpoint.directTls) {
    const plain = new XmlStream(raw, trace);
    const inClear = await abortable(plain, signal, () => startTls(plain, options));
    if (inClear) return { stream: plain, socket: raw, features: inClear };
    socket = plain.detach();
  }
  const tls = await secure(socket, domain, trust, endpoint.directTls, signal);
  verbose(`${tls.getProtocol()} verified for ${domain}`);
  const stream = new XmlStream(tls, trace);
  const features = await abortable(stream, signal, () => openedFeatures(stream, domain, from));
  return { stream, socket: tls, features };
}

/** Asks for TLS in clear; returns the features instead if --insecure-no-tls lets a server without TLS pass. */
async function startTls(plain: XmlStream, options: OpenOptions): Promise<Element | undefined> {
  let features: Element;
  try {
    features = await openedFeatures(plain, options.domain);
  } catch (error) {
    if (error instanceof SeeOtherHost) {
      throw new XmppctlError('insecure', 'the server sends us elsewhere before encryption is on; not following');
    }
    throw error;
  }
  if (!features.getChild('starttls', ns.tls)) {
    if (!options.insecureNoTls) {
      throw new XmppctlError('insecure', 'the server offers no encryption; nothing was sent', {
        hint: 'Somebody on the way may have taken it out. If the server really has none: --insecure-no-tls.',
      });
    }
    options.warn('this connection is NOT ENCRYPTED: everybody on the way can read it');
    return features;
  }
  plain.writeElement(xml('starttls', { xmlns: ns.tls }));
  const reply = await plain.expectElement();
  if (!reply.is('proceed', ns.tls)) throw new XmppctlError('insecure', 'the server refuses to start encryption');
  return undefined;
}

/** Opens (or reopens) the stream and waits for its features. */
async function openedFeatures(stream: XmlStream, domain: string, from?: string): Promise<Element> {
  const header = await stream.open(domain, from);
  if (!header.version?.startsWith('1.')) {
    throw new XmppctlError('protocol', 'the server speaks no XMPP 1.0', { condition: 'unsupported-version' });
  }
  const features = await stream.expectElement();
  if (features.is('features', ns.stream)) return features;
  throw new XmppctlError('protocol', `the server broke the protocol: <${features.getName()}/> instead of its features`);
}

/** Opens a session as `jid`: logged in, bound to a random resource, with stream management where the server has it. */
export async function openSession(jid: Jid, credentials: Credentials, options: OpenOptions): Promise<OpenSession> {
  const secured = await openStream(options, jid.local === undefined ? undefined : jid.bare);
  const { stream } = secured;
  return await abortable(stream, options.signal, async () => {
    const features = await login(secured, jid, credentials, options);
    return await bind(stream, features, jid, options);
  });
}

/** Logs in, and out again. */
export async function proveLogin(jid: Jid, credentials: Credentials, options: OpenOptions): Promise<ProvedLogin> {
  let pin: string | undefined;
  const trust = options.trust.onFirstUse
    ? { ...options.trust, onFirstUse: (seen: string) => void (pin = seen) }
    : options.trust;
  const secured = await openStream({ ...options, trust }, jid.bare);
  const mechanism = await abortable(secured.stream, options.signal, () =>
    authenticate(secured.stream, secured.socket, secured.features, credentials),
  );
  secured.stream.restart();
  await abortable(secured.stream, options.signal, () => openedFeatures(secured.stream, options.domain, jid.bare));
  await secured.stream.close();
  return { jid, mechanism, pin };
}

async function login(secured: SecuredStream, jid: Jid, credentials: Credentials, options: OpenOptions): Promise<Element> {
  const { stream, socket, features } = secured;
  const mechanism = await authenticate(stream, socket, features, credentials);
  options.verbose(`logged in with ${mechanism}`);
  stream.restart();
  return await openedFeatures(stream, options.domain, jid.local === undefined ? undefined : jid.bare);
}

async function bind(stream: XmlStream, features: Element, account: Jid, options: OpenOptions): Promise<OpenSession> {
  if (!features.getChild('bind', ns.bind)) throw new XmppctlError('protocol', 'the server offers no resource binding');
  const id = options.randomId();
  const resource = `xmppctl-${options.randomId().slice(0, 8)}`;
  const legacy = features.getChild('session', nsSession);
  const needsSession = legacy !== undefined && legacy.getChild('optional') === undefined;
  const hasSm = features.getChild('sm', nsSm) !== undefined;
  stream.writeElement(xml('iq', { type: 'set', id }, xml('bind', { xmlns: ns.bind }, xml('resource', {}, resource))));
  // Stanzas are handled in order, so what needs the binding may leave with it.
  if (needsSession) stream.writeElement(xml('iq', { type: 'set', id: `${id}-s` }, xml('session', { xmlns: nsSession })));
  if (hasSm) stream.writeElement(enable(false));

  const jid = readBound(await answerTo(stream, id), account);
  if (needsSession) await answerTo(stream, `${id}-s`);
  const acknowledged = hasSm && (await answerToEnable(stream));
  options.verbose(`bound to ${jid.full}${acknowledged ? ', stream management on' : ''}`);
  return new OpenSession(stream, {
    jid,
    domain: options.domain,
    acknowledged,
    maxStanzaBytes: readMaxBytes(features),
    stopped: options.stopped,
    randomId: options.randomId,
  });
}

const nsSession = 'urn:ietf:params:xml:ns:xmpp-session';

/** The answer to an IQ of the opening; anything else that comes before is dropped (X2). */
async function answerTo(stream: XmlStream, id: string): Promise<Element> {
  for (;;) {
    const element = await stream.expectElement();
    if (element.getName() !== 'iq' || element.attrs.id !== id) continue;
    if (element.attrs.type === 'result') return element;
    throw new XmppctlError('tempfail', 'the server refuses to bind a resource to this connection');
  }
}

async function answerToEnable(stream: XmlStream): Promise<boolean> {
  for (;;) {
    const element = await stream.expectElement();
    if (element.is('enabled', nsSm)) return true;
    if (element.is('failed', nsSm)) return false;
  }
}

function readBound(result: Element, account: Jid): Jid {
  const bind = result.getChild('bind', ns.bind);
  const jid = readJid(bind && childText(bind, 'jid', ns.bind));
  const own = account.local === undefined ? jid?.domain === account.domain : jid?.bare === account.bare;
  if (jid?.resource !== undefined && own) return jid;
  throw new XmppctlError('protocol', `the server bound us to ${jid?.full ?? 'nothing'} instead of ${account.bare}`);
}

/** XEP-0478: Stream Limits Advertisement. */
function readMaxBytes(features: Element): number | undefined {
  const limits = features.getChild('limits', 'urn:xmpp:stream-limits:0');
  const bytes = Number(limits ? childText(limits, 'max-bytes') : Number.NaN);
  return Number.isInteger(bytes) && bytes >= 10_000 ? bytes : undefined;
}

/** Runs `step`; breaks the stream off when the signal aborts or the step fails. */
async function abortable<T>(stream: XmlStream, signal: AbortSignal, step: () => Promise<T>): Promise<T> {
  const onAbort = (): void => stream.fail(signal.reason);
  if (signal.aborted) onAbort();
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await step();
  } catch (error) {
    stream.fail(error);
    throw error;
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
