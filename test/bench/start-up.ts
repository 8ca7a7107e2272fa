// What the program costs beside bare Node, with everything in the disk cache.
//
// Where the time goes, by `node --cpu-prof` and by user and system time, Node 20 (which keeps no compiled code; newer ones do):
// - Node alone takes 30 to 37 ms of processor time on the machine that these figures are from; an empty ES module that
//   imports another 10 more.
// - Regular expressions with \p{…}, Intl.Segmenter and net.isIP are built where they are evaluated, and cost 60 ms when every
//   module did so on import. They are made at the first text that is not plain, and packages that do it on import
//   (string-width, through yargs) are bundled without what nothing uses.
// - Each file that is loaded costs 1 ms, each 10 kB of it about 1 ms more. So `--version` and the overview load next to
//   nothing, `send` is a chunk of its own, and all other commands are one: a chunk for each made 35 files of a send.
// - The first TLS context of a process takes 65 to 75 ms, in which Node reads all authorities that it knows, also where a
//   --ca-file replaces them (Node 20); not with --pin, where none is asked for: 118 instead of 163 ms over bare Node.
//   In a thread of its own, begun at the start, it saved nothing: the thread costs as much.
// - What is loaded as CommonJS instead of modules saves 7 %, and compiled code kept in a file (v8-compile-cache) nothing.
// - node:net, tls and crypto cost about 11 ms together; a send cannot do without. node:http and child_process cost 1 to 3.
//
// User and system time, least of five to seven runs beside the least of `node -e 0`, before and after:
//   --version 4.6 × → 1.5 ×, --help 5.0 × → 1.9 ×, send --dry-run 5.4 × → 3.2 ×, contacts --dry-run 5.4 × → 3.6 ×.
import { removeDirectory, temporaryDirectory } from '../support/daemon.ts';
import { startProsody13 } from '../support/prosody13.ts';
import { startProsody } from '../support/servers.ts';
import { environmentOf, program } from '../support/xmppctl.ts';
import { medians, type Program } from './measure.ts';
import type { Bench, Row } from './row.ts';
import { otherSenders, password, xmppctlPrograms } from './senders.ts';

const RUNS = 15;
/** Milliseconds over bare Node. */
const overNode = { token: 60, SCRAM: 90 };
/** Milliseconds over bare Node that proving a password may take; @xmpp/client needs 1000 to 2000. */
const ownLogin = 300;

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
    const { send, login: logIn } = await xmppctlPrograms(server, 'direct', server.directTlsPort, dir);
    if (login === 'SCRAM') {
      const { ours, bare } = await medians({ ours: logIn, bare: node }, RUNS);
      const limit = { atMost: bare + ownLogin };
      const what = 'login with SCRAM-SHA-1 of 10,000 rounds';
      yield { what, figure: ours, unit: 'ms', target: limit, beside: { 'node -e 0': bare } };
    }
    const others = await otherSenders(server, 'direct', server.directTlsPort, dir);
    const { node: bareNode = 0, send: figure = 0, ...beside } = await medians({ ...others, send, node }, RUNS);
    const target = { atMost: bareNode + overNode[login] };
    const what = login === 'token' ? 'send with token to Prosody 13' : 'send with SCRAM-SHA-1 to Prosody 0.12';
    yield { what, figure, unit: 'ms', target, beside: { 'node -e 0': bareNode, ...beside } };
  }
  removeDirectory(dir);
}

export const startUp: Bench = { name: 'start-up', rows };
