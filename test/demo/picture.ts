// The picture of the README: what a terminal shows when somebody uses the program for the first time, with a real server.
import { spawn } from 'node:child_process';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { removeDirectory, temporaryDirectory } from '../support/daemon.ts';
import { startProsody } from '../support/prosody.ts';
import { at, environmentOf, program, xmppctl } from '../support/xmppctl.ts';
import { screenOf, svgOf } from './terminal.ts';

interface Shot {
  readonly line: string;
  /** What is typed at its question; a terminal does not show it. */
  readonly typed?: string;
  /** What Bob sends as soon as the line is online. */
  readonly bobSends?: string;
}

const shots: readonly Shot[] = [
  { line: 'xmppctl login alice@example.org --store file', typed: 'correct horse' },
  { line: 'xmppctl send bob@example.org "The backup is done."' },
  { line: 'df -h / | xmppctl send bob@example.org --subject "Disk of alpha" --json=to,status' },
  { line: 'xmppctl contacts' },
  { line: 'xmppctl listen --count 1', bobSends: 'Thank you! And the disk?' },
  { line: `xmppctl listen --json --count 1 | jq '{from, body}'`, bobSends: '42 %' },
  { line: 'xmppctl send bbo@example.org "hello"; echo $?' },
];
const columns = 84;
const password = 'correct horse';

/** Gives the SVG. Throws if a line of it does not go as it should. */
export async function picture(): Promise<string> {
  await using server = await startProsody({ domain: 'example.org' });
  for (const user of ['alice', 'bob', 'carol']) await server.register(user, password);
  const home = await temporaryDirectory('picture');
  await mkdir(join(home, 'bin'));
  await symlink(program, join(home, 'bin', 'xmppctl'));
  await writeFile(join(home, 'bin', 'df'), `#!/bin/sh\necho 'Filesystem  Size  Used Avail Use% Mounted on'\n`, {
    mode: 0o755,
  });
  const as = async (user: string, ...args: string[]) => {
    const result = await xmppctl(args, { env: at(server, user, password) });
    if (result.exitCode !== 0) throw new Error(`${user}: xmppctl ${args.join(' ')}: ${result.stderr}`);
  };
  for (const [user, name] of [
    ['bob', 'Bob'],
    ['carol', 'Carol'],
  ] as const) {
    await as('alice', 'add', `${user}@example.org`, '--name', name);
    await as(user, 'accept', 'alice@example.org');
  }
  const { XMPPCTL_ACCOUNT: _account, XMPPCTL_PASSWORD: _password, ...where } = at(server, 'alice', password);
  const env = {
    ...environmentOf(home),
    ...where,
    PATH: `${join(home, 'bin')}:${process.env.PATH}`,
    TERM: 'xterm-256color',
    LC_ALL: 'C.UTF-8',
  };
  let shown = '';
  for (const { line, typed, bobSends } of shots) {
    shown += `\u001b[32m$\u001b[0m \u001b[1m${line}\u001b[0m\r\n`;
    const send = bobSends === undefined ? undefined : () => as('bob', 'send', 'alice@example.org', bobSends);
    shown += await inTerminal(line, env, typed, send);
  }
  removeDirectory(home);
  return svgOf(screenOf(fixed(shown), columns), columns, 'xmppctl in a terminal');
}

/** The time of day is all that differs from run to run. */
const fixed = (text: string): string => text.replace(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/g, '2026-11-22 08:31:07');

async function inTerminal(
  line: string,
  env: Record<string, string>,
  typed: string | undefined,
  whenOnline: (() => Promise<void>) | undefined,
): Promise<string> {
  const verbose = whenOnline === undefined ? '' : 'export XMPPCTL_VERBOSE=1; exec 2>&3;';
  const script = `stty cols ${columns} rows 40; ${verbose} ${line}`;
  const child = spawn('script', ['-qefc', `bash -c ${JSON.stringify(script).replaceAll('$', '\\$')}`, '/dev/null'], {
    env,
    stdio: ['pipe', 'pipe', 'inherit', 'pipe'],
  });
  let shown = '';
  let steps = '';
  let question = typed;
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    shown += text;
    if (question === undefined || !/: $/.test(shown)) return;
    child.stdin?.write(`${question}\r`);
    question = undefined;
  });
  let sending: Promise<void> | undefined;
  child.stdio[3]?.on('data', (text: Buffer) => {
    steps += text;
    if (steps.includes('online as')) sending ??= whenOnline?.();
  });
  await new Promise((resolve) => child.once('close', resolve));
  await sending;
  return shown;
}
