// A process of the tests in a temporary directory: started, ready, stopped, and never left behind.
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { appendFile, mkdtemp, readFile, realpath } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from './ports.ts';

export interface Daemon {
  /** Runs until stop(); when it exits before `ready` says yes, rejects with the end of its output and removes `dir`. */
  start(): Promise<void>;
  /** SIGTERM, then SIGKILL if it is still there after ten seconds; resolves once it is gone. */
  stop(): Promise<void>;
  /** What it wrote to stdout and stderr. */
  output(): Promise<string>;
}

export interface DaemonOptions {
  command: string;
  args: readonly string[];
  dir: string;
  env?: Record<string, string>;
  /** Given on its standard input, which is closed afterwards. */
  input?: string;
  ready: () => boolean | Promise<boolean>;
  readyWithin?: number;
}

const running = new Set<ChildProcess>();
const directories = new Set<string>();

process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
  for (const dir of directories) rmSync(dir, { recursive: true, force: true, maxRetries: 3 });
});

export async function temporaryDirectory(name: string): Promise<string> {
  const dir = await realpath(await mkdtemp(join(tmpdir(), `xmppctl-${name}-`)));
  directories.add(dir);
  return dir;
}

export function removeDirectory(dir: string): void {
  rmSync(dir, { recursive: true, force: true, maxRetries: 5 });
  directories.delete(dir);
}

/** On Linux the kernel ends the child when we are killed without a chance to run the exit hook. */
const SETPRIV = '/usr/bin/setpriv';
const tie = existsSync(SETPRIV) ? [SETPRIV, '--pdeathsig', 'KILL', '--'] : [];

export function daemon({ command, args, dir, env, input, ready, readyWithin = 20_000 }: DaemonOptions): Daemon {
  const log = join(dir, 'output.log');
  let child: ChildProcess | undefined;
  let gone: Promise<string> | undefined;

  const output = () => readFile(log, 'utf8').catch(() => '');

  const start = async () => {
    const [file = command, ...rest] = [...tie, command, ...args];
    const started = spawn(file, rest, {
      cwd: dir,
      env: { PATH: process.env.PATH ?? '', LANG: 'C.UTF-8', ...env },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    child = started;
    running.add(started);
    let ended: string | undefined;
    gone = new Promise((resolve) => {
      const end = (how: string) => {
        running.delete(started);
        ended = how;
        resolve(how);
      };
      started.once('error', (error) => end(error.message));
      started.once('close', (code, signal) => end(`exit status ${code ?? signal}`));
    });
    for (const stream of [started.stdout, started.stderr]) {
      stream.on('data', (chunk: Buffer) => void appendFile(log, chunk).catch(() => undefined));
    }
    started.stdin.on('error', () => undefined);
    started.stdin.end(input ?? '');
    try {
      const check = async () => ended !== undefined || (await ready());
      await until(`${command} is ready`, check, readyWithin);
      if (ended !== undefined) throw new Error(`${command} ended before it was ready: ${ended}`);
    } catch (error) {
      await stop();
      const end = (await output()).slice(-4000);
      removeDirectory(dir);
      throw new Error(`${(error as Error).message}\n${end}`);
    }
  };

  const stop = async () => {
    child?.kill('SIGTERM');
    const killer = setTimeout(() => child?.kill('SIGKILL'), 10_000);
    await gone;
    clearTimeout(killer);
    child = undefined;
  };

  return { start, stop, output };
}
