// How fast a large file leaves, beside curl to the same service, in how much memory; and many small ones over one connection.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { open, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { removeDirectory, temporaryDirectory } from '../support/daemon.ts';
import { rawStream } from '../support/raw-stream.ts';
import { startEjabberd, startProsody, type XmppServer } from '../support/servers.ts';
import { at, environmentOf, program } from '../support/xmppctl.ts';
import { median, time } from './measure.ts';
import type { Bench, Row } from './row.ts';
import { password } from './senders.ts';

const LARGE = 1024 ** 3;
const RUNS = 3;
const SMALL = 1000;
/** Of curl's rate. */
const atLeastPart = 0.8;
/** In MB. */
const atMostMemory = 150;

async function* rows(): AsyncIterable<Row> {
  const dir = await temporaryDirectory('bench');
  await using prosody = await serverWithUploads(startProsody);
  await using server = await serverWithUploads(startEjabberd);
  // Prosody takes a few megabytes a second from curl: the whole file once are some minutes already.
  yield* large(prosody, dir, LARGE, 1);
  yield* large(server, dir, LARGE, RUNS);

  const small = await Promise.all(
    Array.from({ length: SMALL }, async (_, number) => {
      const path = join(dir, `${number}.txt`);
      await writeFile(path, 'x'.repeat(1000));
      return path;
    }),
  );
  const { ms, peak } = await sendfile(server, dir, [`bob@${server.domain}`, ...small]);
  yield { what: `${SMALL} files of 1 kB to one contact`, figure: (SMALL * 1000) / ms, unit: 'files/s' };
  yield { what: 'memory while they go', figure: peak, unit: 'MB', target: { atMost: atMostMemory } };
  removeDirectory(dir);
}

async function serverWithUploads(start: typeof startProsody): Promise<XmppServer> {
  const server = await start({ without: ['mam'], uploadSizeLimit: 2 * LARGE });
  for (const user of ['alice', 'bob']) await server.register(user, password);
  return server;
}

/** A file of so many bytes, by curl and by us, so many times. */
async function* large(server: XmppServer, dir: string, size: number, runs: number): AsyncIterable<Row> {
  const path = join(dir, `${size}.bin`);
  await using file = await open(path, 'w');
  const block = Buffer.alloc(1024 ** 2, 'x');
  for (let written = 0; written < size; written += block.length) await file.write(block);

  const rate = (ms: number): number => size / 1000 / ms;
  const rates = { xmppctl: [] as number[], curl: [] as number[] };
  const memory: number[] = [];
  for (let run = 0; run < runs; run += 1) {
    rates.curl.push(rate(await curl(server, path, size)));
    const { ms, peak } = await sendfile(server, dir, ['--upload-only', path]);
    rates.xmppctl.push(rate(ms));
    memory.push(peak);
  }
  const beside = median(rates.curl);
  yield {
    what: `sendfile of ${size / 1024 ** 2} MiB to ${server.kind}`,
    figure: median(rates.xmppctl),
    unit: 'MB/s',
    target: { atLeast: atLeastPart * beside },
    beside: { 'curl -T': beside },
  };
  yield { what: 'memory while it goes on', figure: Math.max(...memory), unit: 'MB', target: { atMost: atMostMemory } };
}

/** A slot of its own each time, as the service wants it. */
async function curl(server: XmppServer, path: string, size: number): Promise<number> {
  using stream = await rawStream(server);
  await stream.login('alice', password);
  const request = `<request xmlns='urn:xmpp:http:upload:0' filename='large.bin' size='${size}'/>`;
  const slot = await stream.request(`upload.${server.domain}`, request);
  const url = /<put [^>]*url=['"]([^'"]+)/.exec(slot)?.[1] ?? '';
  const token = /<header [^>]*name=['"]Authorization['"][^>]*>([^<]+)/.exec(slot)?.[1] ?? '';
  const headers = ['-H', `Authorization: ${token}`, '-H', 'Content-Type: application/octet-stream', '-H', 'Expect:'];
  const args = [
    '--silent',
    '--show-error',
    '--fail',
    '--http1.1',
    '--cacert',
    server.caFile,
    ...headers,
    '-T',
    path,
    url,
  ];
  return await time({ command: 'curl', args, env: { PATH: process.env.PATH ?? '' } });
}

/** How long it takes, login and all, and its memory at the highest, in MB. */
async function sendfile(
  server: XmppServer,
  home: string,
  args: readonly string[],
): Promise<{ ms: number; peak: number }> {
  const started = performance.now();
  const child = spawn(process.execPath, [program, 'sendfile', '--quiet', ...args], {
    env: { ...environmentOf(home), ...at(server, 'alice', password) },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  let peak = 0;
  const watch = setInterval(() => {
    peak = Math.max(peak, peakMemory(child.pid ?? 0));
  }, 50);
  const status = await new Promise((resolve) => child.once('exit', resolve));
  clearInterval(watch);
  if (status !== 0) throw new Error(`sendfile: exit status ${status}`);
  return { ms: performance.now() - started, peak };
}

/** Of resident memory, as the kernel counts it; 0 once the process is gone. */
function peakMemory(pid: number): number {
  try {
    return Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1000;
  } catch {
    return 0;
  }
}

export const files: Bench = { name: 'files', rows };
