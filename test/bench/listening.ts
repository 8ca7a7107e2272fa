// How fast a listener takes what comes, beside a socket that only reads it, and what it costs in memory.
import { spawn } from 'node:child_process';
import { removeDirectory, temporaryDirectory } from '../support/daemon.ts';
import { rawStream } from '../support/raw-stream.ts';
import { startEjabberd, startProsody, type XmppServer } from '../support/servers.ts';
import { at, environmentOf, program } from '../support/xmppctl.ts';
import { median } from './measure.ts';
import type { Bench, Row } from './row.ts';

const MESSAGES = 10_000;
const RUNS = 3;
/** Of the bare socket's rate. */
const atLeastPart = 0.8;
/** As many as come when 10,000 rooms with ten occupants each are entered. */
const PRESENCES = 100_000;
/** In MiB. */
const atMost = 200;
const password = 'secret';

async function* rows(): AsyncIterable<Row> {
  for (const [name, start] of [
    ['Prosody', startProsody],
    ['ejabberd', startEjabberd],
  ] as const) {
    // ejabberd with its archive: it throws a listener out that it finds too slow, and what it had for it is only there.
    await using server = await start({ without: name === 'Prosody' ? ['mam', 'offline'] : [] });
    for (const user of ['alice', 'bob']) await server.register(user, password);
    const rates = { listen: [] as number[], bare: [] as number[] };
    for (let run = 0; run <= RUNS; run += 1) {
      const bare = await bareReader(server);
      const { ms } = await listener(server, messages());
      if (run === 0) continue; // it fills the caches of disk and server
      rates.bare.push((MESSAGES * 1000) / bare);
      rates.listen.push((MESSAGES * 1000) / ms);
    }
    const bare = median(rates.bare);
    yield {
      what: `listen --json of ${MESSAGES} from ${name}`,
      figure: median(rates.listen),
      unit: 'messages/s',
      target: { atLeast: atLeastPart * bare },
      beside: { 'bare socket': bare },
    };
    const { mib } = await listener(server, [...presences(), ...messages().slice(-1)]);
    yield { what: `memory of ${PRESENCES} presences, ${name}`, figure: mib, unit: 'MiB', target: { atMost } };
  }
}

const messages = (): string[] =>
  Array.from({ length: MESSAGES }, (_, number) => {
    const id = number === MESSAGES - 1 ? 'last' : crypto.randomUUID();
    return `<message to="bob@localhost" id="${id}" type="chat"><body>message ${number}</body></message>`;
  });

/** What somebody who enters a room is told of who is there. */
const presences = (): string[] =>
  Array.from(
    { length: PRESENCES },
    (_, number) =>
      `<presence to="bob@localhost/TO"><status>occupant ${number % 10} of room ${Math.floor(number / 10)}</status>` +
      `<x xmlns="http://jabber.org/protocol/muc#user"><item affiliation="member" role="participant"/></x></presence>`,
  );

/** Milliseconds from the first byte of the sender to the last message. */
async function bareReader(server: XmppServer): Promise<number> {
  using bob = await rawStream(server);
  await bob.login('bob', password);
  await bob.ask('<presence/>', /<presence [^>]*from=/);
  using alice = await rawStream(server);
  await alice.login('alice', password);
  const stanzas = messages().join('');
  const started = performance.now();
  const heard = bob.hear(`<body>message ${MESSAGES - 1}</body>`);
  await alice.ask(stanzas, /^/);
  await heard;
  return performance.now() - started;
}

/** The same by a listener that ends with the last message; and the memory that it took at most. */
async function listener(server: XmppServer, stanzas: readonly string[]): Promise<{ ms: number; mib: number }> {
  const home = await temporaryDirectory('bench');
  const count = stanzas.filter((stanza) => stanza.startsWith('<message')).length;
  const report = "process.on('exit',()=>process.stderr.write('maxRSS '+process.resourceUsage().maxRSS))";
  const options = [
    '--json',
    '--events',
    'message,presence',
    '--receipts',
    'none',
    '--count',
    String(count),
    '--for',
    '90s',
    '-v',
  ];
  const args = ['--import', `data:text/javascript,${encodeURIComponent(report)}`, program, 'listen', ...options];
  const child = spawn(process.execPath, args, {
    env: { ...environmentOf(home), ...at(server, 'bob', password) },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  const online = new Promise<string>((resolve, reject) => {
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said += text;
      const [, resource] = /online as [^/]*\/(\S+)\n/.exec(said) ?? [];
      if (resource !== undefined) resolve(resource);
    });
    child.once('close', () => reject(new Error(`xmppctl listen: ${said}`)));
  });
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  const resource = await online;
  using alice = await rawStream(server);
  await alice.login('alice', password);
  const text = stanzas.join('').replaceAll('/TO"', `/${resource}"`);
  const started = performance.now();
  await alice.ask(text, /^/);
  const status = await ended;
  const ms = performance.now() - started;
  removeDirectory(home);
  const [, memory] = /maxRSS (\d+)/.exec(said) ?? [];
  if (status !== 0 || memory === undefined) throw new Error(`xmppctl listen: exit status ${status}\n${said}`);
  return { ms, mib: Number(memory) / 1024 };
}

export const listening: Bench = { name: 'listening', rows };
