/** Starting other programs. The only importer of execa. */
import type { System } from '../system.ts';

export const loadExeca = () => import('execa');

/** How a program that was run has ended. */
export interface ProgramEnd {
  /** `missing`: there is no such program, or it may not be run. `starved`: the system has nothing left to run it with. */
  readonly end: 'ok' | 'failed' | 'late' | 'stopped' | 'missing' | 'starved';
  /** In words, for a message: `exit status 3`. */
  readonly detail: string;
  /** What it printed, if that was asked for; at most `printedLimit` bytes. */
  readonly printed: string;
}

export interface ProgramOptions {
  readonly input: string;
  /** Added to the environment. */
  readonly env: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  /** Take what it prints; else that goes to our stderr. */
  readonly takeOutput: boolean;
  readonly signal: AbortSignal;
}

const printedLimit = 64 * 1024;
/** How long a program may take to end when it is told to. */
const graceMs = 1000;
/** What the environment of a program we start never has: secrets, and ways to them. */
const secretName = /^SSH_|^XMPPCTL_P(?:ASSWORD|ROXY)|^CREDENTIALS_DIRECTORY$|TOKEN|SECRET|PASSW/i;

/** Runs a program without a shell, in a process group of its own, of which nothing is left afterwards. Never throws. */
export async function runProgram(
  [file = '', ...args]: readonly string[],
  { input, env, timeoutMs, takeOutput, signal }: ProgramOptions,
  system: Pick<System, 'env' | 'platform' | 'kill'>,
): Promise<ProgramEnd> {
  const loaded = await loadExeca().catch((error: NodeJS.ErrnoException) => error);
  if (loaded instanceof Error) return notStarted(loaded.code);
  const { execa } = loaded;
  const windows = system.platform === 'win32';
  const inherited = Object.entries(system.env).filter(([name]) => !secretName.test(name));
  const child = execa(file, args, {
    detached: !windows,
    windowsHide: true,
    input,
    stdout: takeOutput ? 'pipe' : 2,
    stderr: 'inherit',
    env: { ...Object.fromEntries(inherited), ...env },
    extendEnv: false,
    maxBuffer: printedLimit,
    stripFinalNewline: true,
    reject: false,
  });
  const signalGroup = (name: NodeJS.Signals): void => {
    try {
      if (!windows && child.pid !== undefined) system.kill?.(-child.pid, name);
      else child.kill(name);
    } catch {
      // all of it has gone already
    }
  };
  let ended: 'late' | 'stopped' | undefined;
  let killing: NodeJS.Timeout | undefined;
  const end = (why: 'late' | 'stopped') => (): void => {
    ended ??= why;
    signalGroup('SIGTERM');
    killing ??= setTimeout(() => {
      signalGroup('SIGKILL');
      child.stdout?.destroy(); // else a process that left the group and holds the pipe would be waited for
    }, graceMs);
  };
  const stop = end('stopped');
  const timer = setTimeout(end('late'), timeoutMs);
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  const result = await child;
  clearTimeout(timer);
  clearTimeout(killing);
  signal.removeEventListener('abort', stop);
  signalGroup('SIGKILL'); // what it left behind in its group
  const printed = takeOutput ? String(result.stdout ?? '') : '';
  if (ended !== undefined)
    return { end: ended, detail: ended === 'late' ? 'it did not end in time' : 'stopped', printed };
  if (!result.failed) return { end: 'ok', detail: 'exit status 0', printed };
  if (result.exitCode !== undefined) return { end: 'failed', detail: `exit status ${result.exitCode}`, printed };
  if (result.signal !== undefined) return { end: 'failed', detail: `it was ended by ${result.signal}`, printed };
  if (result.isMaxBuffer) return { end: 'failed', detail: `it prints more than ${printedLimit} bytes`, printed };
  return notStarted(result.code);
}

function notStarted(code: string | undefined): ProgramEnd {
  const detail = `it cannot be started (${code ?? 'unknown'})`;
  if (code === 'ENOENT' || code === 'EACCES') return { end: 'missing', detail, printed: '' };
  const starved = code !== undefined && ['EMFILE', 'ENFILE', 'ENOMEM', 'EAGAIN'].includes(code);
  return { end: starved ? 'starved' : 'failed', detail, printed: '' };
}
