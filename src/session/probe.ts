/** The way to a server one step at a time, with what each step saw: for `doctor`. No password comes near it. */
import { isIP } from 'node:net';
import { checkServerIdentity, type TLSSocket } from 'node:tls';
import { XmppctlError } from '../errors.ts';
import { asciiDomain } from '../xmpp/jid.ts';
import { abortable, unlessAborted } from './abort.ts';
import { type Endpoint, findEndpoints, parseServer } from './endpoints.ts';
import { proxyDial } from './proxy.ts';
import { channelBinding } from './sasl/channel-binding.ts';
import { readOffer } from './sasl/offer.ts';
import { type OpenOptions, onSecuredStream, startTls } from './secured-stream.ts';
import { XmlStream } from './stream.ts';
import { directDial } from './tcp.ts';
import { peerCertificate, pinOf, reasonOfDistrust, secure } from './tls.ts';

export interface FoundEndpoints {
  readonly endpoints: readonly Endpoint[];
  /** Who named them: --server, DNS (SRV), the proxy setting, or nobody, so that it is the domain itself. */
  readonly by: 'option' | 'dns' | 'proxy' | 'domain';
}
export interface Address {
  readonly address: string;
  readonly family: number;
}
/** What a server shows at the TLS handshake, trusted or not. */
export interface SeenTls {
  readonly protocol: string;
  readonly certificate: {
    /** Why no CA here vouches for it; undefined: one does. */
    readonly distrust: string | undefined;
    /** Whether it is the date alone that is distrusted, which no other authority mends. */
    readonly untimely: boolean;
    /** Why it is not for the domain; undefined: it is. */
    readonly otherName: string | undefined;
    readonly issuer: string;
    readonly validTo: Date;
  };
  /** `sha256:BASE64` of its key. */
  readonly pin: string;
}
/** What a server offers before login. */
export interface SeenFeatures {
  readonly mechanisms: readonly string[];
  /** The type of channel binding that a login would use. */
  readonly binding: string | undefined;
}

export interface Probe {
  readonly domain: string;
  readonly usesProxy: boolean;
  readonly allowsPlain: boolean;
  /** The key that is trusted instead of any CA. */
  readonly pin: string | undefined;
  endpoints(): Promise<FoundEndpoints>;
  addresses(host: string): Promise<readonly Address[]>;
  /** Makes a TCP connection, through the proxy if there is one, and closes it. */
  reach(endpoint: Endpoint, limitMs: number): Promise<void>;
  /** Shakes hands and hangs up; undefined if the server has no TLS and that is allowed. Throws if there is no TLS at all. */
  tls(endpoint: Endpoint, limitMs: number): Promise<SeenTls | undefined>;
  /** Opens a stream as a command would, and stops before login. */
  features(): Promise<SeenFeatures>;
}

export function createProbe(options: OpenOptions, allowsPlain: boolean): Probe {
  const { domain, proxy, resolver, server, signal, trust } = options;
  const dial = proxy === undefined ? directDial(resolver) : proxyDial(proxy);
  return {
    domain,
    usesProxy: proxy !== undefined,
    allowsPlain,
    pin: trust.pin,
    async endpoints() {
      if (server !== undefined) return { endpoints: [parseServer(server)], by: 'option' };
      if (proxy !== undefined) {
        return { endpoints: [{ host: asciiDomain(domain), port: 5222, directTls: false }], by: 'proxy' };
      }
      let records = 0;
      const srv = async (name: string) => {
        const answer = await resolver.srv(name);
        records += answer.records?.length ?? 0;
        return answer;
      };
      const endpoints = await unlessAborted(findEndpoints(domain, { ...resolver, srv }), signal);
      return { endpoints, by: records > 0 ? 'dns' : 'domain' };
    },
    async addresses(host) {
      const family = isIP(host);
      return family ? [{ address: host, family }] : await unlessAborted(resolver.addresses(host), signal);
    },
    reach: (endpoint, limitMs) =>
      inTime(signal, limitMs, async (ending) => {
        (await dial(endpoint, ending)).destroy();
      }),
    tls: (endpoint, limitMs) =>
      inTime(signal, limitMs, async (ending) => {
        const limited = { ...options, signal: ending, warn: () => {} };
        const raw = await dial(endpoint, ending);
        const plain = endpoint.directTls ? undefined : new XmlStream(raw, options.trace);
        if (plain && !(await abortable(plain, ending, () => startTls(plain, limited)))) {
          await plain.close();
          return undefined;
        }
        // Nothing is sent over it, so it need not be trusted to be looked at.
        const anyKey = { ca: trust.ca, onFirstUse: () => {} };
        const alpn = endpoint.directTls ? { alpn: 'xmpp-client' } : {};
        const socket = await secure(plain?.detach() ?? raw, domain, anyKey, alpn, ending);
        const seen = seenOn(socket, domain);
        socket.destroy();
        return seen;
      }),
    features: () =>
      onSecuredStream(options, undefined, async ({ stream, socket }) => {
        const { mechanisms, bindings, sasl2 } = readOffer(await stream.features());
        await stream.close();
        return {
          mechanisms: [...new Set([...mechanisms, ...(sasl2?.mechanisms ?? [])])],
          binding: channelBinding(socket, bindings)?.type,
        };
      }),
  };
}

function seenOn(socket: TLSSocket, domain: string): SeenTls {
  const certificate = peerCertificate(socket);
  if (!certificate) throw new XmppctlError('insecure', 'the server shows no certificate');
  const name = asciiDomain(domain).replace(/^\[|\]$/g, '');
  const notItsName = checkServerIdentity(name, socket.getPeerCertificate(true));
  const code = socket.authorized ? undefined : String(socket.authorizationError);
  return {
    protocol: socket.getProtocol() ?? 'TLS',
    certificate: {
      // Node looks at the name last, so that this code says that a CA vouches for the rest.
      distrust: code === undefined || code === 'ERR_TLS_CERT_ALTNAME_INVALID' ? undefined : reasonOfDistrust(code),
      untimely: code === 'CERT_HAS_EXPIRED' || code === 'CERT_NOT_YET_VALID',
      otherName: notItsName && (certificate.subjectAltName ?? certificate.subject),
      issuer: /^(?:O|CN)=(.*)$/m.exec(certificate.issuer)?.[1] ?? certificate.issuer.replaceAll('\n', ', '),
      validTo: new Date(certificate.validTo),
    },
    pin: pinOf(certificate),
  };
}

/** Runs a step that is told to stop after `ms`, or with the command. */
async function inTime<T>(signal: AbortSignal, ms: number, step: (ending: AbortSignal) => Promise<T>): Promise<T> {
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(new XmppctlError('tempfail', `no answer within ${ms / 1000} s`)), ms);
  try {
    return await step(AbortSignal.any([signal, late.signal]));
  } finally {
    clearTimeout(timer);
  }
}
