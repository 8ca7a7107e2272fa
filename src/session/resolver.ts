/** DNS as the session needs it, with every failure named. */
import { promises as dns, type LookupAddress, type SrvRecord, lookup as systemLookup } from 'node:dns';
import { XmppctlError } from '../errors.ts';

export interface SrvAnswer {
  /** undefined: there are none. */
  readonly records?: readonly SrvRecord[];
  /** DNS could not say; kind tempfail. */
  readonly failure?: XmppctlError;
}
export interface Resolver {
  srv(name: string): Promise<SrvAnswer>;
  /** Addresses of a host, or throws kind nohost or tempfail. */
  addresses(host: string): Promise<readonly LookupAddress[]>;
}

const absent = new Set(['ENOTFOUND', 'ENODATA', 'NOTFOUND', 'NODATA', 'ENONAME', 'EAI_NONAME']);
const timeoutMs = 3000;

/** `servers` (host:port) replaces the system's name servers, and with them /etc/hosts: XMPPCTL_RESOLVER. */
export function createResolver(servers?: string): Resolver {
  const resolver = new dns.Resolver({ timeout: timeoutMs, tries: 2 });
  if (servers) useServers(resolver, servers);
  return {
    async srv(name) {
      try {
        return { records: await resolver.resolveSrv(name) };
      } catch (error) {
        return isAbsent(error) ? {} : { failure: dnsFailure(name, error) };
      }
    },
    addresses: servers ? (host) => resolveBoth(resolver, host) : lookupAll,
  };
}

function useServers(resolver: dns.Resolver, servers: string): void {
  try {
    resolver.setServers(servers.split(','));
  } catch {
    throw new XmppctlError('usage', `XMPPCTL_RESOLVER: '${servers}' is not ADDRESS[:PORT], or several with commas`);
  }
}

async function resolveBoth(resolver: dns.Resolver, host: string): Promise<LookupAddress[]> {
  const found = await Promise.allSettled([resolver.resolve6(host), resolver.resolve4(host)]);
  const addresses = found.flatMap((result, index) =>
    result.status === 'fulfilled' ? result.value.map((address) => ({ address, family: index === 0 ? 6 : 4 })) : [],
  );
  if (addresses.length > 0) return addresses;
  const reasons = found.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
  // Both may be answered by aliases that lead to no address.
  throw hostFailure(host, reasons.find((reason) => !isAbsent(reason)) ?? { code: 'NODATA' });
}

function lookupAll(host: string): Promise<LookupAddress[]> {
  return new Promise((resolve, reject) => {
    systemLookup(host, { all: true }, (error, addresses) =>
      error ? reject(hostFailure(host, error)) : resolve(addresses),
    );
  });
}

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException | undefined)?.code ?? 'unknown';
const isAbsent = (error: unknown): boolean => absent.has(codeOf(error));

function hostFailure(host: string, error: unknown): XmppctlError {
  return isAbsent(error)
    ? new XmppctlError('nohost', `there is no host ${host}`, { cause: error })
    : dnsFailure(host, error);
}

function dnsFailure(name: string, error: unknown): XmppctlError {
  return new XmppctlError('tempfail', `DNS gives no answer for ${name} (${codeOf(error)})`, { cause: error });
}
