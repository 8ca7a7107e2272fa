/** From a domain to a stream under verified TLS: endpoint, TCP, STARTTLS or direct TLS, the server's features. */
import type { Socket } from 'node:net';
import { XmppctlError } from '../errors.ts';
import { type Element, ns, xml } from '../xmpp/xml.ts';
import { abortable, unlessAborted } from './abort.ts';
import { type Endpoint, findEndpoints, parseServer } from './endpoints.ts';
import { proxyDial } from './proxy.ts';
import type { Resolver } from './resolver.ts';
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

async function secureStream(
  raw: Socket,
  endpoint: Endpoint,
  options: OpenOptions,
  from?: string,
): Promise<SecuredStream> {
  const { domain, signal, trace, trust, verbose } = options;
  let socket: Socket = raw;
  if (!endpoint.directTls) {
    const plain = new XmlStream(raw, trace);
    const inClear = await abortable(plain, signal, async () => {
      const features = await startTls(plain, options);
      if (!features) socket = plain.detach();
      return features;
    });
    if (inClear) return { stream: plain, socket: raw, features: inClear };
  }
  const tls = await secure(socket, domain, trust, endpoint.directTls ? { alpn: 'xmpp-client' } : {}, signal);
  verbose(`${tls.getProtocol()} verified for ${domain}`);
  const stream = new XmlStream(tls, trace);
  const features = await abortable(stream, signal, () => openedFeatures(stream, domain, from));
  return { stream, socket: tls, features };
}

/**
 * Asks for TLS in clear; returns the features instead if --insecure-no-tls lets a server without TLS pass. Whatever else
 * the other side says here may come from anybody, so it is no reason to go elsewhere or to try again.
 */
async function startTls(plain: XmlStream, options: OpenOptions): Promise<Element | undefined> {
  try {
    const features = await openedFeatures(plain, options.domain);
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
    if (!(await proceeds(plain))) throw new XmppctlError('insecure', 'the server refuses to start encryption');
    return undefined;
  } catch (error) {
    if (error instanceof SeeOtherHost) {
      throw new XmppctlError('insecure', 'the server sends us elsewhere before encryption is on; not following');
    }
    throw error;
  }
}

async function proceeds(plain: XmlStream): Promise<boolean> {
  try {
    return (await plain.expectElement()).is('proceed', ns.tls);
  } catch (error) {
    if (error instanceof XmppctlError && error.kind === 'protocol') return false;
    throw error;
  }
}

/** Opens (or reopens) the stream and waits for its features. */
export async function openedFeatures(stream: XmlStream, domain: string, from?: string): Promise<Element> {
  const header = await stream.open(domain, from);
  if (!header.version?.startsWith('1.')) {
    throw new XmppctlError('protocol', 'the server speaks no XMPP 1.0', { condition: 'unsupported-version' });
  }
  const features = await stream.expectElement();
  if (features.is('features', ns.stream)) return features;
  throw new XmppctlError('protocol', `the server broke the protocol: <${features.getName()}/> instead of its features`);
}
