// The built program, run as a user runs it: its own home, next to nothing in the environment. What it prints as JSON must
// be as its schema says.
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { removeDirectory, temporaryDirectory } from './daemon.ts';
import type { checkJson } from './json-contract.ts';
import { linesOf } from './lines.ts';
import type { XmppServer } from './servers.ts';

export const program = fileURLToPath(new URL('../../bin/xmppctl.js', import.meta.url));
/** Where bundle.mjs puts the bundle of json-contract.ts. */
const contract = new URL('../../node_modules/.cache/xmppctl-json-contract.mjs', import.meta.url).href;

export interface RunOptions {
  /** Its standard input; without it, /dev/null. */
  input?: string | Uint8Array;
  /** Leaves its standard input to the test: `process.stdin`. */
  openInput?: boolean;
  /** Added to the minimal environment; `undefined` takes a variable away. */
  env?: Record<string, string | undefined>;
  /** Kept between calls by the caller; without it, a new one for each call. */
  home?: string;
  cwd?: string;
  /** Default 30 s; then SIGTERM, five seconds later SIGKILL. */
  timeout?: number;
}

export interface Result {
  exitCode: number | undefined;
  signal: string | undefined;
  timedOut: boolean;
  stdout: string;
  stderr: string;
  durationMs: number;
  /** All of stdout as one JSON value. */
  json<T = unknown>(): T;
  /** The lines of stdout, without the empty end. */
  lines(): string[];
}

export interface Running extends AsyncDisposable {
  process: Child;
  /** What has arrived so far, whole lines only. */
  stdout: readonly string[];
  stderr: readonly string[];
  /** A line that matches and that no earlier wait was given, now or within `ms` (default 10 s). */
  waitForLine(match: RegExp | ((line: string) => boolean), ms?: number, from?: 'stdout' | 'stderr'): Promise<string>;
  kill(signal?: NodeJS.Signals): void;
  done: Promise<Result>;
}

/** The directories of a user who has never run the program. */
export function environmentOf(home: string): Record<string, string> {
  return {
    PATH: process.env.PATH ?? '',
    TZ: 'UTC',
    HOME: home,
    XDG_CONFIG_HOME: join(home, '.config'),
    XDG_DATA_HOME: join(home, '.local', 'share'),
    XDG_STATE_HOME: join(home, '.local', 'state'),
    XDG_CACHE_HOME: join(home, '.cache'),
    // What Node 22 and newer would keep there is not what a test looks for.
    NODE_DISABLE_COMPILE_CACHE: '1',
  };
}

export async function xmppctl(args: readonly string[], options: RunOptions = {}): Promise<Result> {
  const home = options.home ?? (await temporaryDirectory('home'));
  const result = await run(args, home, options, options.timeout ?? 30_000).done;
  if (options.home === undefined) removeDirectory(home);
  return result;
}

/** For the ones that run until they are told to stop. */
export async function spawnXmppctl(args: readonly string[], options: RunOptions = {}): Promise<Running> {
  const home = options.home ?? (await temporaryDirectory('home'));
  const { child, done: ended } = run(args, home, options, options.timeout ?? 0);
  const lines = { stdout: linesOf(child.stdout), stderr: linesOf(child.stderr) };
  const done = ended.finally(() => {
    lines.stdout.end();
    lines.stderr.end();
    if (options.home === undefined) removeDirectory(home);
  });
  const kill = (signal: NodeJS.Signals = 'SIGTERM') => void child.kill(signal);
  return {
    process: child,
    stdout: lines.stdout.seen,
    stderr: lines.stderr.seen,
    waitForLine: async (match, ms = 15_000, from = 'stdout') => {
      try {
        return await lines[from].next(match, ms);
      } catch (error) {
        const seen = [...lines.stdout.seen, ...lines.stderr.seen.map((line) => `(stderr) ${line}`)];
        throw new Error(`${(error as Error).message}; so far:\n${seen.join('\n')}`);
      }
    },
    kill,
    done,
    [Symbol.asyncDispose]: async () => {
      kill();
      await done;
    },
  };
}

/** The environment in which `jid` (or a user name on `server`) logs in there. */
export function at(
  server: XmppServer,
  jid: string,
  password: string,
  tls: 'starttls' | 'direct' = 'direct',
): Record<string, string> {
  const address =
    tls === 'direct'
      ? `xmpps://${server.host}:${server.directTlsPort}`
      : `xmpp://${server.host}:${server.starttlsPort}`;
  return {
    XMPPCTL_SERVER: address,
    XMPPCTL_CA_FILE: server.caFile,
    XMPPCTL_ACCOUNT: jid.includes('@') ? jid : `${jid}@${server.domain}`,
    XMPPCTL_PASSWORD: password,
  };
}

type Child = ReturnType<typeof start>;

function run(args: readonly string[], home: string, options: RunOptions, timeout: number) {
  const env = { ...environmentOf(home), ...options.env };
  const child = start(args, env, options.cwd ?? home, options, timeout);
  const done = finished(child, performance.now()).then(async (result) => {
    await checkPrinted({ ...result, args, env });
    return result;
  });
  return { child, done };
}

function start(
  args: readonly string[],
  env: Record<string, string | undefined>,
  cwd: string,
  options: RunOptions,
  timeout: number,
) {
  return execa(process.execPath, [program, ...args], {
    ...inputOf(options),
    env,
    extendEnv: false,
    cwd,
    timeout,
    reject: false,
    stripFinalNewline: false,
  });
}

/** Holds what a run printed as JSON against its schema. */
export async function checkPrinted(printed: Parameters<typeof checkJson>[0]): Promise<void> {
  const { checkJson: check } = (await import(contract)) as { checkJson: typeof checkJson };
  check(printed);
}

/** The same for what listen has handed to a hook. */
export const checkHanded = (events: string): Promise<void> =>
  checkPrinted({ args: ['listen', '--json'], env: {}, exitCode: undefined, stdout: events, stderr: '' });

function inputOf({ input, openInput = false }: RunOptions) {
  if (openInput) return { stdin: 'pipe' } as const;
  return input === undefined ? ({ stdin: 'ignore' } as const) : { input };
}

async function finished(child: Child, started: number): Promise<Result> {
  const { exitCode, signal, timedOut, stdout, stderr } = await child;
  const out = String(stdout ?? '');
  return {
    exitCode,
    signal,
    timedOut,
    stdout: out,
    stderr: String(stderr ?? ''),
    durationMs: performance.now() - started,
    json: <T>() => JSON.parse(out) as T,
    lines: () => out.split('\n').filter((line, index, all) => line !== '' || index < all.length - 1),
  };
}
