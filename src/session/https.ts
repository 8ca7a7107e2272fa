/** HTTPS by the rules of the XMPP connection: the same proxy, authorities and pin (SPEC 2, Trust). */
import { isIP, type Socket } from 'node:net';
import { rootCertificates } from 'node:tls';
import { XmppctlError } from '../errors.ts';
import { proxyDial } from './proxy.ts';
import { isPublicAddress } from './public-address.ts';
import type { Resolver } from './resolver.ts';
import { type Dial, directDial } from './tcp.ts';
import { secure, type Trust } from './tls.ts';

/**
 * COMPAT(Prosody 13.0): it reads 4096 bytes at a time, and after each read that leaves a part of a TLS record it pauses for
 * a millisecond: 3 MB/s. Records of this size, in a stream that begins with one, it takes ten times as fast.
 */
export const recordBytes = 8192;

export interface Https {
  /**
   * A connection to `host` (as URLs write it), verified for that name. The pin of the XMPP server counts where that key
   * is shown; any other key needs a CA. Throws kinds insecure, nohost, tempfail.
   */
  connect(host: string, port: number, rules: ConnectRules): Promise<Socket>;
  /** A connection as it is, for bytestreams: nothing is verified. Throws kinds insecure, nohost, tempfail. */
  dial(host: string, port: number, rules: ConnectRules): Promise<Socket>;
  /** Everything goes through a proxy, so that nobody learns where we are. */
  readonly proxied: boolean;
  /** Aborted when the command has to end. */
  readonly signal: AbortSignal;
  /** How long a transfer may stand still, in milliseconds (--timeout). */
  readonly silenceMs: number;
  /** Bytes moved: --timeout counts from now. */
  moved(): void;
}

export interface ConnectRules {
  /** The host was named by a stranger: no private or loopback address, and the system's authorities count as well. */
  readonly stranger: boolean;
  readonly signal: AbortSignal;
}

export interface HttpsOptions extends Pick<Https, 'signal' | 'silenceMs' | 'moved'> {
  readonly trust: Trust;
  readonly proxy: string | undefined;
  readonly resolver: Resolver;
}

export function createHttps({ trust, proxy, resolver, ...rest }: HttpsOptions): Https {
  const dial: Https['dial'] = async (host, port, { stranger, signal }) => {
    const connect = stranger ? publicDial(proxy, resolver) : anyDial(proxy, resolver);
    return await connect({ host: bareHost(host), port, directTls: true }, signal);
  };
  return {
    ...rest,
    dial,
    proxied: proxy !== undefined,
    async connect(host, port, rules) {
      const raw = await dial(host, port, rules);
      const { ca, pin } = trust;
      const authorities = rules.stranger && ca !== undefined ? [...rootCertificates, ...[ca].flat()] : ca;
      const handshake = { alpn: 'http/1.1', pinOrCa: true };
      const socket = await secure(raw, bareHost(host), { ca: authorities, pin }, handshake, rules.signal);
      socket.setMaxSendFragment(recordBytes);
      return socket;
    },
  };
}

/** An IPv6 address without its brackets. */
const bareHost = (host: string): string => host.replace(/^\[|\]$/g, '');

const anyDial = (proxy: string | undefined, resolver: Resolver): Dial =>
  proxy === undefined ? directDial(resolver) : proxyDial(proxy);

/**
 * Dials public addresses only. The rule is applied to the addresses that are then connected to, so a name whose answer
 * changes between two questions gets nowhere. What a proxy resolves cannot be seen from here: names pass.
 */
function publicDial(proxy: string | undefined, resolver: Resolver): Dial {
  const dial = anyDial(proxy, {
    ...resolver,
    async addresses(host) {
      const found = (await resolver.addresses(host)).filter(({ address }) => isPublicAddress(address));
      if (found.length === 0) throw notPublic(host);
      return found;
    },
  });
  return async (endpoint, signal) => {
    const { host } = endpoint;
    if (isIP(host) ? !isPublicAddress(host) : /(^|\.)localhost\.?$/i.test(host)) throw notPublic(host);
    return await dial(endpoint, signal);
  };
}

const notPublic = (host: string): XmppctlError =>
  new XmppctlError('insecure', `${host} is a private or loopback address; nothing was fetched`, {
    hint: 'If the file is really meant to come from your own network: --allow-private.',
  });
