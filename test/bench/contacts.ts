// How long a long list of contacts takes, beside a program that only has the server deliver it, and what it costs in memory.
import { spawn } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { removeDirectory, temporaryDirectory } from '../support/daemon.ts';
import type { Ejabberd } from '../support/ejabberd.ts';
import { root } from '../support/packed.ts';
import { startEjabberd, startProsody, type XmppServer } from '../support/servers.ts';
import { at, environmentOf, program } from '../support/xmppctl.ts';
import { median, time } from './measure.ts';
import type { Bench, Row } from './row.ts';

const MANY = 10_000;
const FEW = 10;
const RUNS = 5;
const password = 'secret';
/** Of what the server takes to log somebody in and to deliver the list. */
const atMostTimes = 2;
/** In MiB, more than for a short list. */
const atMostMore = 48;

async function* rows(): AsyncIterable<Row> {
  for (const [name, start, fill] of [
    ['Prosody', startProsody, fillProsody],
    ['ejabberd', startEjabberd, fillEjabberd],
  ] as const) {
    await using server = await start();
    for (const [user, count] of [
      ['alice', MANY],
      ['bob', FEW],
    ] as const) {
      await server.register(user, password);
      await fill(server as Ejabberd, user, count);
    }
    const runs = { bare: [] as number[], json: [] as number[], table: [] as number[], cached: [] as number[] };
    const memory = { many: 0, few: 0 };
    const kept = await temporaryDirectory('bench');
    for (let round = 0; round <= RUNS; round += 1) {
      const bare = await bareReader(server);
      const json = await contacts(server, 'alice', 'json');
      const table = await contacts(server, 'alice', 'table');
      const cached = await contacts(server, 'alice', 'json', kept);
      const few = await contacts(server, 'bob', 'json');
      if (round === 0) continue; // it fills the caches of disk and server
      runs.bare.push(bare);
      runs.json.push(json.ms);
      runs.table.push(table.ms);
      runs.cached.push(cached.ms);
      memory.many = Math.max(memory.many, json.mib);
      memory.few = Math.max(memory.few, few.mib);
    }
    removeDirectory(kept);
    const bare = median(runs.bare);
    const target = { atMost: atMostTimes * bare };
    const beside = { 'bare socket': bare };
    yield { what: `${MANY} contacts as JSON, ${name}`, figure: median(runs.json), unit: 'ms', target, beside };
    yield { what: `${MANY} contacts as a table, ${name}`, figure: median(runs.table), unit: 'ms', beside };
    yield { what: `${MANY} contacts from the cache, ${name}`, figure: median(runs.cached), unit: 'ms', beside };
    yield {
      what: `memory of ${MANY} contacts as JSON, ${name}`,
      figure: memory.many,
      unit: 'MiB',
      target: { atMost: memory.few + atMostMore },
      beside: { [`${FEW} contacts`]: memory.few },
    };
  }
}

/** Milliseconds of a bare socket in a Node of its own, to log in and to read the whole list. */
const bareReader = ({ host, directTlsPort, domain, caFile }: XmppServer): Promise<number> =>
  time({
    command: process.execPath,
    args: [
      join(root, 'test', 'bench', 'bare-contacts.mjs'),
      host,
      `${directTlsPort}`,
      domain,
      caFile,
      'alice',
      password,
    ],
    env: {},
  });

async function contacts(
  server: XmppServer,
  user: string,
  format: string,
  home?: string,
): Promise<{ ms: number; mib: number }> {
  const directory = home ?? (await temporaryDirectory('bench'));
  const report = "process.on('exit',()=>process.stderr.write(String(process.resourceUsage().maxRSS)))";
  const args = ['--import', `data:text/javascript,${encodeURIComponent(report)}`, program, 'contacts', '-o', format];
  const env = { ...environmentOf(directory), ...at(server, user, password) };
  const started = performance.now();
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (data: Buffer) => {
    said += data;
  });
  const status = await new Promise<number | null>((resolve) => child.once('close', resolve));
  const ms = performance.now() - started;
  if (home === undefined) removeDirectory(directory);
  if (status !== 0 || !/^\d+$/.test(said)) throw new Error(`xmppctl contacts: exit status ${status}\n${said}`);
  return { ms, mib: Number(said) / 1024 };
}

/** Prosody writes the whole list at each change, so it is written for it. */
async function fillProsody(server: XmppServer, user: string, count: number): Promise<void> {
  const folder = join(server.dir, 'data', server.domain.replaceAll('.', '%2e'), 'roster');
  await mkdir(folder, { recursive: true });
  const items = names(count).map(
    (name) => `["${name}@${server.domain}"]={subscription="both";groups={["Friends"]=true};name="Contact ${name}"};`,
  );
  const list = `return {[false]={version=1;pending={}};\n${items.join('\n')}\n};\n`;
  await writeFile(join(folder, `${user}.dat`), list);
}

async function fillEjabberd(server: Ejabberd, user: string, count: number): Promise<void> {
  const { domain } = server;
  const items = names(count).map((name) => `{<<"${name}">>,<<"${domain}">>,<<"Friends">>,<<"Contact ${name}">>}`);
  const file = join(server.dir, `${user}.roster`);
  await writeFile(file, `[${items.join(',\n')}].\n`);
  await server.api('push_roster', { file, user, host: domain });
}

const names = (count: number): string[] => Array.from({ length: count }, (_, number) => `contact${number}`);

export const longLists: Bench = { name: 'contacts', rows };
