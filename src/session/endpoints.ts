/** Where a domain's XMPP service is: --server, SRV (RFC 6120 3.2, XEP-0368), or the domain itself at 5222. */
import type { SrvRecord } from 'node:dns';
import { isIP } from 'node:net';
import { XmppctlError } from '../errors.ts';
import { asciiDomain } from '../xmpp/jid.ts';
import type { Resolver } from './resolver.ts';

export interface Endpoint {
  readonly host: string;
  readonly port: number;
  readonly directTls: boolean;
}

const defaultPort = 5222;
const defaultDirectTlsPort = 5223;

/** Reads `[xmpp[s]://]HOST[:PORT]`; throws kind usage. */
export function parseServer(text: string): Endpoint {
  const endpoint = readServer(text);
  if (endpoint) return endpoint;
  throw new XmppctlError('usage', `'${text}' is not a server; write [xmpp[s]://]HOST[:PORT]`);
}

/** Where a server sends us on to, `HOST[:PORT]` (RFC 6120 4.9.3.19), with TLS begun as there. Throws kind protocol. */
export function parseRedirect(text: string, directTls: boolean): Endpoint {
  const endpoint = readServer(`${directTls ? 'xmpps' : 'xmpp'}://${text}`);
  if (endpoint) return endpoint;
  throw new XmppctlError('protocol', `the server broke the protocol: it sends us on to '${text}'`);
}

function readServer(text: string): Endpoint | undefined {
  const match = /^(?:(xmpps?):\/\/)?(\[[0-9a-fA-F:.]+\]|[^\s:/[\]@]+)(?::(\d{1,5}))?\/?$/.exec(text);
  const port = match?.[3] === undefined ? undefined : Number(match[3]);
  if (!match?.[2] || port === 0 || (port ?? 1) > 65535) return undefined;
  const directTls = match[1] === 'xmpps';
  const name = match[2].replace(/^\[|\]$/g, '');
  const host = isIP(name) ? name : asciiDomain(name);
  if (!/^[\x21-\x7e]+$/.test(host)) return undefined;
  return { host, port: port ?? (directTls ? defaultDirectTlsPort : defaultPort), directTls };
}

/** Where a domain's service is if DNS says nothing else, or is not asked. */
export const domainItself = (domain: string): Endpoint => ({
  host: asciiDomain(domain).replace(/^\[|\]$/g, ''),
  port: defaultPort,
  directTls: false,
});

/**
 * The endpoints of a domain in the order to try them. Throws nohost, tempfail (DNS does not answer) or unavailable
 * (the domain says that it has no XMPP service).
 */
export async function findEndpoints(domain: string, resolver: Resolver, random = Math.random): Promise<Endpoint[]> {
  const itself = domainItself(domain);
  const { host } = itself;
  // RFC 6761 6.3: names under localhost are not for DNS.
  if (isIP(host) || host === 'localhost' || host.endsWith('.localhost')) return [itself];

  const [tls, plain] = await Promise.all([
    resolver.srv(`_xmpps-client._tcp.${host}`),
    resolver.srv(`_xmpp-client._tcp.${host}`),
  ]);
  const records = [
    ...(tls.records ?? []).map((record) => ({ ...record, directTls: true })),
    ...(plain.records ?? []).map((record) => ({ ...record, directTls: false })),
  ];
  const usable = records.filter((record) => record.name !== '' && record.name !== '.');
  if (usable.length > 0) return inOrder(usable, random);
  if (records.length > 0)
    throw new XmppctlError('unavailable', `${domain} offers no XMPP client service (its DNS says so)`);
  const failure = tls.failure ?? plain.failure;
  if (failure) throw failure;
  return [itself];
}

type Candidate = SrvRecord & { directTls: boolean };

/** RFC 2782: by priority, within one by weighted chance; direct TLS first where chance decides nothing. */
function inOrder(records: readonly Candidate[], random: () => number): Endpoint[] {
  const ordered: Candidate[] = [];
  const priorities = [...new Set(records.map((record) => record.priority))].sort((a, b) => a - b);
  for (const priority of priorities) {
    const left = records.filter((record) => record.priority === priority);
    while (left.length > 0) {
      const total = left.reduce((sum, record) => sum + record.weight, 0);
      const point = random() * total;
      let sum = 0;
      const chosen = left.findIndex(({ weight }) => {
        sum += weight;
        return sum > point;
      });
      ordered.push(...left.splice(Math.max(chosen, 0), 1));
    }
  }
  return ordered.map(({ name, port, directTls }) => ({ host: name, port, directTls }));
}
