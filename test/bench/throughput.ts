// How many messages a second go through one connection, beside a socket that writes the same stanzas without a thought.
import { removeDirectory, temporaryDirectory } from '../support/daemon.ts';
import { rawStream } from '../support/raw-stream.ts';
import { startEjabberd, startProsody, type XmppServer } from '../support/servers.ts';
import { median, type Program, time } from './measure.ts';
import type { Bench, Row } from './row.ts';
import { password, xmppctlSend } from './senders.ts';

const MESSAGES = 10_000;
const RUNS = 3;
/** Of the bare socket's rate. */
const atLeastPart = 0.8;

async function* rows(): AsyncIterable<Row> {
  for (const [name, start] of [
    ['Prosody', startProsody],
    ['ejabberd', startEjabberd],
  ] as const) {
    // Archives and offline stores are left out: what is measured is the way to the server, not its disk.
    await using server = await start({ without: ['mam', 'offline'] });
    const dir = await temporaryDirectory('bench');
    for (const user of ['alice', 'bob']) await server.register(user, password);
    using bob = await rawStream(server);
    await bob.login('bob', password);
    await bob.ask('<presence/>', /<presence [^>]*from=/);

    const to = `bob@${server.domain}`;
    const bodies = Array.from({ length: MESSAGES }, (_, number) => `message ${number}`);
    const batch = bodies.map((body) => `${JSON.stringify({ to, body })}\n`).join('');
    const program = await xmppctlSend(server, 'direct', server.directTlsPort, dir);
    const sender: Program = { ...program, args: [program.args[0] ?? '', 'send', '--batch'], input: batch };
    await time(sender);
    const rates = { batch: [] as number[], bare: [] as number[] };
    for (let run = 0; run < RUNS; run += 1) {
      rates.bare.push(rate(await bareWriter(server, to, bodies)));
      rates.batch.push(rate(await time(sender)));
    }
    const bare = median(rates.bare);
    yield {
      what: `send --batch of ${MESSAGES} to ${name}`,
      figure: median(rates.batch),
      unit: 'messages/s',
      target: { atLeast: atLeastPart * bare },
      beside: { 'bare socket': bare },
    };
    removeDirectory(dir);
  }
}

const rate = (ms: number): number => (MESSAGES * 1000) / ms;

/** Milliseconds to log in, write all, and hear the answer to a ping after them. */
async function bareWriter(server: XmppServer, to: string, bodies: readonly string[]): Promise<number> {
  const started = performance.now();
  using stream = await rawStream(server);
  await stream.login('alice', password);
  const stanzas = bodies.map((body) => {
    const id = crypto.randomUUID();
    return `<message to="${to}" id="${id}" type="chat"><body>${body}</body><origin-id xmlns="urn:xmpp:sid:0" id="${id}"/></message>`;
  });
  const ping = `<iq type='get' id='last' to='${server.domain}'><ping xmlns='urn:xmpp:ping'/></iq>`;
  await stream.ask(stanzas.join('') + ping, /<iq [^>]*id=['"]last['"]/);
  return performance.now() - started;
}

export const throughput: Bench = { name: 'throughput', rows };
