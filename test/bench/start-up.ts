// What the program costs beside bare Node, with everything in the disk cache.
import { removeDirectory, temporaryDirectory } from '../support/daemon.ts';
import { startProsody13 } from '../support/prosody13.ts';
import { startProsody } from '../support/servers.ts';
import { environmentOf, program } from '../support/xmppctl.ts';
import { medians, type Program } from './measure.ts';
import type { Bench, Row } from './row.ts';
import { otherSenders, password, xmppctlSend } from './senders.ts';

const RUNS = 15;
/** Milliseconds over bare Node. */
const overNode = { token: 60, SCRAM: 90 };

async function* rows(): AsyncIterable<Row> {
  const dir = await temporaryDirectory('bench');
  const env = environmentOf(dir);
  const node: Program = { command: process.execPath, args: ['-e', '0'], env };
  for (const [option, factor] of [
    ['--version', 1.6],
    ['--help', 2],
  ] as const) {
    const ours: Program = { command: process.execPath, args: [program, option], env };
    const bare = await medians({ ours, node }, RUNS);
    yield {
      what: `xmppctl ${option}`,
      figure: bare.ours,
      unit: 'ms',
      target: { atMost: factor * bare.node },
      beside: { 'node -e 0': bare.node },
    };
  }

  for (const [login, start] of [
    ['token', startProsody13],
    ['SCRAM', startProsody],
  ] as const) {
    await using server = await start();
    await server.register('alice', password);
    await server.register('bob', password);
    const send = await xmppctlSend(server, 'direct', server.directTlsPort, dir);
    const others = await otherSenders(server, 'direct', server.directTlsPort, dir);
    const { node: bareNode = 0, send: figure = 0, ...beside } = await medians({ ...others, send, node }, RUNS);
    const target = { atMost: bareNode + overNode[login] };
    const what = login === 'token' ? 'send with token to Prosody 13' : 'send with SCRAM-SHA-1 to Prosody 0.12';
    yield { what, figure, unit: 'ms', target, beside: { 'node -e 0': bareNode, ...beside } };
  }
  removeDirectory(dir);
}

export const startUp: Bench = { name: 'start-up', rows };
