// How many times a message's way to the server's acknowledgement crosses the network.
import { removeDirectory, temporaryDirectory } from '../support/daemon.ts';
import { type FaultOptions, faultProxy } from '../support/fault-proxy.ts';
import { startProsody13 } from '../support/prosody13.ts';
import { startEjabberd, startProsody, type XmppServer } from '../support/servers.ts';
import { type Program, time } from './measure.ts';
import type { Bench, Row } from './row.ts';
import { otherSenders, password, type Tls, xmppctlSend } from './senders.ts';

const DELAY = 100;
/** The quickest of so many runs counts: what a busy machine adds is not the network's. */
const RUNS = 3;

type Login = 'token' | 'SCRAM';

const cases: readonly (readonly [name: string, login: Login, start: () => Promise<XmppServer>])[] = [
  ['Prosody 13', 'token', startProsody13],
  ['Prosody 13', 'SCRAM', () => startProsody13({ extraConfig: 'modules_disabled = { "sasl2_fast" }' })],
  ['Prosody 0.12', 'SCRAM', startProsody],
  ['ejabberd', 'SCRAM', startEjabberd],
];

/** What issue and README promise; with STARTTLS a token has no promise. */
const targets: Record<Login, Partial<Record<Tls, number>>> = {
  token: { direct: 4 },
  SCRAM: { direct: 6, starttls: 7 },
};

async function* rows(): AsyncIterable<Row> {
  for (const [name, login, start] of cases) {
    const dir = await temporaryDirectory('bench');
    await using server = await start();
    await server.register('alice', password);
    await server.register('bob', password);
    for (const tls of ['direct', 'starttls'] as const) {
      // The proxy looks at its options when a connection begins. One port for both delays: what is remembered of a
      // server is remembered of that address.
      const network: FaultOptions = { delayMs: 0 };
      await using proxy = await faultProxy(tls === 'direct' ? server.directTlsPort : server.starttlsPort, network);
      const measure = (program: Program) => crossings(program, network);
      const beside: Record<string, number> = {};
      for (const [tool, program] of Object.entries(await otherSenders(server, tls, proxy.port, dir))) {
        beside[tool] = await measure(program);
      }
      const figure = await measure(await xmppctlSend(server, tls, proxy.port, dir));
      const atMost = targets[login][tls];
      const what = `${login}, ${tls === 'direct' ? 'direct TLS' : 'STARTTLS'}, ${name}`;
      yield { what, figure, unit: 'round trips', beside, ...(atMost === undefined ? {} : { target: { atMost } }) };
    }
    removeDirectory(dir);
  }
}

/** What the delay adds to the time, in delays there and back. The second run counts: the first one learns the server. */
async function crossings(program: Program, network: FaultOptions): Promise<number> {
  network.delayMs = 0;
  await time(program);
  await time(program);
  const times = { near: [] as number[], far: [] as number[] };
  for (let run = 0; run < RUNS; run += 1) {
    network.delayMs = 0;
    times.near.push(await time(program));
    network.delayMs = DELAY;
    times.far.push(await time(program));
  }
  return (Math.min(...times.far) - Math.min(...times.near)) / (2 * DELAY);
}

export const roundTrips: Bench = { name: 'round trips', rows };
