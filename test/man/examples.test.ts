// Every example of the manual does what its page says, with a real server, a real keychain and a real shell.
import { spawn } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { allCommands } from '../../src/commands/index.ts';
import { removeDirectory, temporaryDirectory } from '../support/daemon.ts';
import { type Keyring, startKeyring } from '../support/keyring.ts';
import { recordedProgram } from '../support/recorded.ts';
import { startProsody, type XmppServer } from '../support/servers.ts';
import { at, environmentOf } from '../support/xmppctl.ts';
import { type Circumstances, circumstances, files, programs, surroundings } from './circumstances.ts';

const examples = (await allCommands()).flatMap(({ examples: some }) => some.map(([line]) => line));
const people = ['alice', 'bob', 'carol', 'ops', 'boss', 'mallory', 'spammer'];
/** Milliseconds, for one example. */
const longest = 20_000;
const invited = 'invited.example.org';

let server: XmppServer;
let keyring: Keyring;
let directory: string;
let checkRecords: () => Promise<number>;

beforeAll(async () => {
  directory = await temporaryDirectory('examples');
  keyring = await startKeyring();
  server = await startProsody({
    domain: 'example.org',
    extraDomains: [invited],
    extraConfig: `additional_registration_fields = { "email" }
Component "conference.example.net" "muc"
VirtualHost "${invited}"
  modules_enabled = { "invites"; "invites_register" }
  registration_invite_only = true`,
  });
  for (const user of people) await server.register(user, 'secret');
  await mkdir(join(directory, 'files'));
  checkRecords = await recordedProgram(join(directory, 'bin'));
  const control = `prosodyctl --config ${join(server.dir, 'prosody.cfg.lua')}`;
  const ours = {
    ...programs,
    invite: `HOME=${server.dir} ${control} mod_invites generate ${invited} | grep -o "xmpp:.*"`,
  };
  for (const [name, text] of Object.entries(ours))
    await writeFile(join(directory, 'bin', name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
  for (const [name, text] of Object.entries(files))
    await writeFile(join(directory, 'files', name), text, { mode: 0o700 });
  const made = await run({ line: `set -e; ${surroundings}` });
  expect(made).toMatchObject({ status: 0, stderr: '' });
}, 60_000);
afterAll(async () => {
  await server.stop();
  await keyring.stop();
  removeDirectory(directory);
  expect(await checkRecords()).toBeGreaterThan(examples.length);
});

test('every circumstance is that of an example', () => {
  expect(Object.keys(circumstances).filter((line) => !examples.includes(line))).toEqual([]);
});

test.each(examples)('%s', async (line) => {
  const how = circumstances[line] ?? {};
  const { status = how.meanwhile === undefined ? 0 : 130 } = how;
  const result = await run({ ...how, line });
  expect(result, result.stdout + result.stderr).toMatchObject({ status });
  const complaints = result.stderr.split('\n').filter((one) => /^xmppctl: (error|warning)|not /.test(one));
  expect(complaints).toEqual([]);
});

interface Ended {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a line in a shell, with all that it takes for granted. What it leaves running is ended with it. */
async function run({ line, ...how }: Circumstances & { readonly line: string }): Promise<Ended> {
  const { before = 'true', instead = ['', ''], meanwhile, typed, shows = /(?:)/ } = how;
  const script = `{ set -e\n${before}\nset +e\n} || exit 99\nset -o pipefail\n${line.replaceAll(...instead)}`;
  const [command, ...args] = typed
    ? ['script', '-qec', `bash -c ${quoted(script)}`, '/dev/null']
    : ['bash', '-c', script];
  const child = spawn(command, args, {
    cwd: join(directory, 'files'),
    env: environment(how),
    detached: true,
    stdio: [typed ? 'pipe' : 'ignore', 'pipe', 'pipe'],
  });
  const seen = { stdout: '', stderr: '' };
  const answers = [...(typed ?? [])];
  let pressed = meanwhile === undefined || how.status !== undefined; // what ends by itself is let end
  let isDone = false;
  const press = (): void => {
    if (pressed || !isDone || child.exitCode !== null || !shows.test(seen.stdout)) return;
    pressed = true;
    process.kill(-(child.pid ?? 0), 'SIGINT');
  };
  let begun = false;
  const look = (stream: 'stdout' | 'stderr') => (text: Buffer) => {
    seen[stream] += text;
    if (/: $/.test(seen[stream]) && answers.length > 0) child.stdin?.write(`${answers.shift()}\r`);
    if (!begun && meanwhile !== undefined && /^xmppctl: (online as|in) /m.test(seen.stderr)) {
      begun = true;
      void run({ line: meanwhile }).then(() => {
        isDone = true;
        press();
      });
    }
    press();
  };
  child.stdout?.on('data', look('stdout'));
  child.stderr?.on('data', look('stderr'));
  const endless = setTimeout(() => process.kill(-(child.pid ?? 0), 'SIGKILL'), longest);
  const status = await new Promise<number>((resolve) =>
    child.once('exit', (code, signal) => resolve(code ?? (signal === 'SIGINT' ? 130 : 255))),
  );
  clearTimeout(endless);
  try {
    process.kill(-(child.pid ?? 0), 'SIGTERM');
  } catch {
    // Nothing was left.
  }
  return { status, ...seen };
}

function environment({ stranger, meanwhile }: Circumstances): Record<string, string> {
  const { XMPPCTL_ACCOUNT: account = '', XMPPCTL_PASSWORD: password = '', ...where } = at(server, 'alice', 'secret');
  const path = `${join(directory, 'bin')}:${process.env.PATH}`;
  return {
    ...environmentOf(directory),
    ...where,
    DBUS_SESSION_BUS_ADDRESS: keyring.env.DBUS_SESSION_BUS_ADDRESS ?? '',
    XDG_RUNTIME_DIR: keyring.env.XDG_RUNTIME_DIR ?? '',
    PATH: path,
    TERM: 'dumb',
    ...(stranger ? {} : { XMPPCTL_ACCOUNT: account, XMPPCTL_PASSWORD: password }),
    ...(meanwhile === undefined ? {} : { XMPPCTL_VERBOSE: '1' }),
  };
}

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
