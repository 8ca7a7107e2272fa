/** How `doctor` finds a server and connects to it: names, addresses, TCP. */
import type { Endpoint } from '../session/endpoints.ts';
import type { Probe } from '../session/probe.ts';
import { type Check, examine, type Finding, skipped } from './checks.ts';
import type { Context } from './context.ts';
import { named, type TlsOptions, tlsChecks } from './doctor-tls.ts';

/** How long one address may take to answer. */
const connectMs = 5000;
/** More endpoints are named but not tried. */
const endpointLimit = 6;
const advice = {
  srv: 'See whether the domain is right and this machine can ask DNS; --server HOST[:PORT] does without SRV records.',
  tcp: 'See whether the domain or --server is right, the server runs, and no firewall is in between.',
};
const all = (endpoints: readonly Endpoint[]): string => endpoints.map(named).join(', ');

/** Ends with whether a login can be tried. */
export async function* networkChecks(probe: Probe, options: TlsOptions, ctx: Context): AsyncGenerator<Check, boolean> {
  const { row, value: endpoints } = await examine('srv', ctx, () => findEndpoints(probe), advice.srv);
  yield row;
  if (!endpoints) {
    yield* skipped(['ipv4', 'ipv6', 'tcp', 'tls', 'sasl'], 'no server to connect to');
    return false;
  }
  if (probe.usesProxy) yield* skipped(['ipv4', 'ipv6'], 'the proxy looks up names');
  else
    for (const family of [4, 6])
      yield (await examine(`ipv${family}`, ctx, () => family4or6(probe, endpoints, family))).row;
  const reached = await examine('tcp', ctx, () => reachAll(probe, endpoints), advice.tcp);
  yield reached.row;
  if (!reached.value) {
    yield* skipped(['tls', 'sasl'], 'no connection');
    return false;
  }
  return yield* tlsChecks(probe, reached.value, options, ctx);
}

async function findEndpoints(probe: Probe): Promise<Finding<readonly Endpoint[]>> {
  const { endpoints, by } = await probe.endpoints();
  const value = endpoints.slice(0, endpointLimit);
  const left = endpoints.length - value.length;
  const names = all(value) + (left > 0 ? ` and ${left} more, not tried` : '');
  if (by === 'dns') return { detail: names, value };
  if (by !== 'domain')
    return { status: 'skip', detail: `${names}, as the ${by === 'proxy' ? 'proxy' : 'server'} setting says`, value };
  return { detail: `no SRV records: ${names}`, value };
}

/** Whether each address of one family answers. */
async function family4or6(probe: Probe, endpoints: readonly Endpoint[], family: number): Promise<Finding> {
  const targets = await addressesOf(probe, endpoints, family);
  if (targets.length === 0) return { status: 'skip', detail: `no IPv${family} address` };
  const outcomes = await Promise.allSettled(targets.map((target) => probe.reach(target, connectMs)));
  const failures = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []));
  const addresses = targets.map(({ host, port }) => (host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`));
  if (failures.length === 0) return { detail: addresses.join(', ') };
  const [first] = failures;
  return {
    status: 'warn',
    detail: `${failures.length} of ${targets.length} do not answer: ${first instanceof Error ? first.message : String(first)}`,
    hint: `If this machine has no IPv${family}, that is all right as long as IPv${family === 4 ? 6 : 4} answers.`,
  };
}

async function addressesOf(probe: Probe, endpoints: readonly Endpoint[], family: number): Promise<Endpoint[]> {
  const found = await Promise.allSettled(endpoints.map(({ host }) => probe.addresses(host)));
  return endpoints.flatMap((endpoint, index) => {
    const outcome = found[index];
    const addresses = outcome?.status === 'fulfilled' ? outcome.value : [];
    return addresses.filter((one) => one.family === family).map(({ address }) => ({ ...endpoint, host: address }));
  });
}

/** The endpoints that can be connected to; the error of the first one if there are none. */
async function reachAll(probe: Probe, endpoints: readonly Endpoint[]): Promise<Finding<readonly Endpoint[]>> {
  const outcomes = await Promise.allSettled(endpoints.map((endpoint) => probe.reach(endpoint, connectMs)));
  const value = endpoints.filter((_, index) => outcomes[index]?.status === 'fulfilled');
  const lost = endpoints.filter((_, index) => outcomes[index]?.status === 'rejected');
  if (value.length === 0) throw outcomes.find((outcome) => outcome.status === 'rejected')?.reason;
  if (lost.length === 0) return { detail: all(value), value };
  const hint = 'Commands go on to the next server; each connection may take a moment longer.';
  return { status: 'warn', detail: `no connection to ${all(lost)}`, hint, value };
}
