/** From a domain to a stream under verified TLS: endpoint, TCP, STARTTLS or direct TLS, the server's features. */
import type { Socket } from 'node:net';
import { XmppctlError } from '../errors.ts';
import { ns, xml } from '../xmpp/xml.ts';
import { abortable, unlessAborted } from './abort.ts';
import { domainItself, type Endpoint, findEndpoints, parseRedirect, parseServer } from './endpoints.ts';
import type { KnownServer } from './known-server.ts';
import { proxyDial } from './proxy.ts';
import type { Resolver } from './resolver.ts';
import type { Tokens } from './sasl/token.ts';
import { XmlStream } from './stream.ts';
import { SeeOtherHost, StreamError } from './stream-error.ts';
import { connectFirst, directDial, summary } from './tcp.ts';
import { OtherService, secure, type Trust } from './tls.ts';
import type { Trace } from './trace.ts';

export interface OpenOptions {
  readonly domain: string;
  readonly trust: Trust;
  /** `[xmpp[s]://]HOST[:PORT]` instead of DNS. */
  readonly server?: string | undefined;
  readonly proxy?: string | undefined;
  readonly insecureNoTls: boolean;
  /** It is about the password itself, so not even `insecureNoTls` lets it pass in clear. */
  readonly neverInClear?: boolean | undefined;
  /** What is remembered of the server; undefined: nothing, so nothing is taken for granted. */
  readonly known?: KnownServer | undefined;
  /** What it offered at the last login, which it must not fall below; undefined: whatever it offers will do. */
  readonly baseline?: KnownServer | undefined;
  /** Keeps what was seen of the server for the next time. */
  remember?(known: KnownServer): Promise<void>;
  /** Tokens for logging in without the password (XEP-0484); undefined: not for this account. */
  readonly tokens?: Tokens | undefined;
  readonly resolver: Resolver;
  readonly trace?: Trace | undefined;
  /** Aborts the opening with its reason: the deadline, or the user. */
  readonly signal: AbortSignal;
  /** How long to try to take up the session again when the connection is lost; 0: not at all. */
  readonly patienceMs?: number | undefined;
  /** How long the server may take to tell the fate of what was sent; undefined: the usual. */
  readonly limitMs?: number | undefined;
  /** Told when the connection is lost and when the session goes on. */
  readonly onLink?: ((state: 'lost' | 'resumed') => void) | undefined;
  /** SIGINT or SIGTERM came. */
  readonly stopped: AbortSignal;
  verbose(line: string): void;
  warn(line: string): void;
  randomId(): string;
}

/** A stream under verified TLS whose header has been written but not answered yet. */
export interface SecuredStream {
  readonly stream: XmlStream;
  readonly socket: Socket;
  /** How it came to be encrypted; 'none' only with --insecure-no-tls. */
  readonly encryption: 'direct' | 'starttls' | 'none';
}

const redirectLimit = 5;
/** How long one of several servers may keep silent. */
const patienceMs = 5000;

/**
 * Runs `step` on a secured stream to the domain; on one to the next server where one fails before it has told its
 * features, and on another where the server sends us on (RFC 6120 4.9.3.19). The stream is broken off when the step fails.
 */
export async function onSecuredStream<T>(
  options: OpenOptions,
  from: string | undefined,
  step: (secured: SecuredStream) => Promise<T>,
): Promise<T> {
  const dial = options.proxy === undefined ? directDial(options.resolver) : proxyDial(options.proxy);
  let endpoints = await endpointsOf(options);
  const failures: unknown[] = [];
  for (let redirects = 0; ; ) {
    options.signal.throwIfAborted();
    options.verbose(`connecting to ${endpoints.map(({ host, port }) => `${host}:${port}`).join(', ')}`);
    const { socket, endpoint } = await connectFirst(endpoints, dial, options.signal).catch((error) => {
      throw options.signal.aborted ? error : summary([...failures, error]);
    });
    const others = endpoints.filter((other) => other !== endpoint);
    let secured: SecuredStream | undefined;
    const impatience = new AbortController();
    const timer = setTimeout(() => {
      if (others.length > 0 && !secured?.stream.welcomed)
        impatience.abort(new XmppctlError('tempfail', 'the server keeps silent'));
    }, patienceMs);
    const signal = AbortSignal.any([options.signal, impatience.signal]);
    try {
      const stream = await secureStream(socket, endpoint, { ...options, signal }, from);
      secured = stream;
      return await abortable(stream.stream, signal, () => step(stream));
    } catch (error) {
      if (error instanceof SeeOtherHost && redirects < redirectLimit) {
        if (secured?.encryption === 'none') throw sentElsewhereInClear();
        // The same rules hold for the other host, and the same name.
        options.verbose(`the server sends us on to ${error.host}`);
        endpoints = [parseRedirect(error.host, endpoint.directTls)];
        redirects += 1;
      } else if (!secured?.stream.welcomed && isOnlyHere(error, endpoint)) {
        failures.push(error);
        if (others.length === 0) throw summary(failures);
        options.verbose(error.message);
        endpoints = others;
      } else throw error;
    } finally {
      clearTimeout(timer);
    }
  }
}

/** Whether another server of the domain may do better. What casts doubt on the security of one ends it. */
const isOnlyHere = (error: unknown, { directTls }: Endpoint): error is XmppctlError =>
  error instanceof XmppctlError &&
  (['tempfail', 'protocol', 'nohost'].includes(error.kind) || (directTls && error instanceof OtherService));

async function endpointsOf({ domain, proxy, server, resolver, signal }: OpenOptions): Promise<readonly Endpoint[]> {
  if (server !== undefined) return [parseServer(server)];
  // The proxy resolves names (socks5h), so DNS here would tell what the user wants kept.
  if (proxy !== undefined) return [domainItself(domain)];
  return await unlessAborted(findEndpoints(domain, resolver), signal);
}

async function secureStream(
  raw: Socket,
  endpoint: Endpoint,
  options: OpenOptions,
  from: string | undefined,
): Promise<SecuredStream> {
  const { domain, signal, trace, trust, verbose } = options;
  let socket: Socket = raw;
  if (!endpoint.directTls) {
    const plain = new XmlStream(raw, trace);
    const encrypted = await abortable(plain, signal, async () => {
      const goesOn = await startTls(plain, options);
      if (goesOn) socket = plain.detach();
      return goesOn;
    });
    if (!encrypted) return { stream: plain, socket: raw, encryption: 'none' };
  }
  const tls = await secure(socket, domain, trust, endpoint.directTls ? { alpn: 'xmpp-client' } : {}, signal);
  verbose(`${tls.getProtocol()} verified for ${domain}`);
  const stream = new XmlStream(tls, trace);
  stream.begin(domain, from);
  return { stream, socket: tls, encryption: endpoint.directTls ? 'direct' : 'starttls' };
}

/**
 * Asks for TLS in clear; false if the server has none and --insecure-no-tls lets it pass. Whatever else the other side
 * says here may come from anybody, so it means no more than a connection that breaks.
 */
export async function startTls(plain: XmlStream, options: OpenOptions): Promise<boolean> {
  const ask = (): void => plain.writeElement(xml('starttls', { xmlns: ns.tls }));
  plain.begin(options.domain);
  // A server known to have STARTTLS is asked at once: nothing in that depends on its features.
  const early = options.known?.starttls === true && !options.insecureNoTls;
  if (early) ask();
  try {
    const features = await plain.features();
    if (!features.getChild('starttls', ns.tls)) {
      refuseClear(options);
      options.warn('this connection is NOT ENCRYPTED: everybody on the way can read it');
      plain.unread(features); // whoever logs in asks for them again
      return false;
    }
    if (!early) ask();
    if (!(await proceeds(plain))) throw new XmppctlError('insecure', 'the server refuses to start encryption');
    return true;
  } catch (error) {
    if (error instanceof SeeOtherHost) throw sentElsewhereInClear();
    throw error instanceof StreamError
      ? new XmppctlError('tempfail', `before encryption was on, ${error.message}`)
      : error;
  }
}

/** Throws insecure unless the user has allowed a server without encryption, and it is no reason for suspicion. */
function refuseClear({ insecureNoTls, neverInClear, baseline }: OpenOptions): void {
  const what = 'the server offers no encryption';
  const suspicion = 'Somebody on the way may have taken it out.';
  if (!insecureNoTls) {
    const hint = `${suspicion} If the server really has none: --insecure-no-tls.`;
    throw new XmppctlError('insecure', `${what}; nothing was sent`, { hint });
  }
  if (baseline) {
    const hint = `${suspicion} If its operator says that this is right, log in again: xmppctl login JID`;
    throw new XmppctlError('insecure', `${what}, though it did before; nothing was sent`, { hint });
  }
  if (neverInClear) {
    const hint = 'A new password could be read on the way, and an answer forged. Let the operator of the server do it.';
    throw new XmppctlError('insecure', `${what}, and without it this is not done even with --insecure-no-tls`, {
      hint,
    });
  }
}

async function proceeds(plain: XmlStream): Promise<boolean> {
  try {
    return (await plain.expectElement()).is('proceed', ns.tls);
  } catch (error) {
    if (error instanceof StreamError || !(error instanceof XmppctlError && error.kind === 'protocol')) throw error;
    return false;
  }
}

const sentElsewhereInClear = (): XmppctlError =>
  new XmppctlError('insecure', 'the server sends us elsewhere before encryption is on; not following');
