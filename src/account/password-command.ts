/** Passwords from a command (pass, secret-tool, op …), run by a shell. */
import { XmppctlError } from '../errors.ts';
import type { System } from '../system.ts';
import { firstLine, maxPasswordBytes, type Outcome } from './first-line.ts';
import { loadExeca } from './programs.ts';

const outOfResources = ['EMFILE', 'ENFILE', 'ENOMEM', 'EAGAIN'];

/**
 * The first line that the shell command prints. It gets no standard input and none of our password variables; its
 * stderr is ours. When `signal` aborts, the command and all it started are killed. Throws kind oserr if the system
 * cannot start another process.
 */
export async function passwordFromCommand(
  command: string,
  system: Pick<System, 'env' | 'platform' | 'kill'>,
  signal: AbortSignal,
): Promise<Outcome> {
  if (command.trim() === '') return { failed: 'it is empty' };
  if (command.includes('\0')) return { failed: 'it holds a NUL byte' };
  const { execa } = await loadExeca();
  const windows = system.platform === 'win32';
  const child = execa(command, {
    shell: windows ? true : '/bin/sh',
    // A process group of its own, so that what the shell has started can be killed with it.
    detached: !windows,
    windowsHide: true,
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'inherit',
    env: withoutPasswords(system.env),
    extendEnv: false,
    encoding: 'buffer',
    maxBuffer: maxPasswordBytes,
    stripFinalNewline: false,
    reject: false,
  });
  const kill = (): void => {
    try {
      if (!windows && child.pid !== undefined) system.kill?.(-child.pid, 'SIGKILL');
    } catch {
      // the group has gone already
    }
    child.kill('SIGKILL');
    child.stdout.destroy(); // else a process that left the group and holds the pipe would be waited for
  };
  signal.addEventListener('abort', kill, { once: true });
  if (signal.aborted) kill();
  const result = await child;
  signal.removeEventListener('abort', kill);

  if (signal.aborted) return { failed: 'it did not end in time and was killed' };
  if (result.isMaxBuffer) {
    kill();
    return { failed: `it prints more than ${maxPasswordBytes} bytes` };
  }
  const code = result.code ?? '';
  if (outOfResources.includes(code)) {
    throw new XmppctlError('oserr', `the password command cannot be started: the system is out of resources (${code})`);
  }
  if (result.exitCode === 127) return { failed: 'exit status 127: the shell does not find it (PATH is short in cron)' };
  if (result.exitCode !== undefined && result.exitCode !== 0) return { failed: `exit status ${result.exitCode}` };
  if (result.signal !== undefined) return { failed: `it was ended by ${result.signal}` };
  if (result.failed) return { failed: `it cannot be started${code && ` (${code})`}` };
  return firstLine(result.stdout);
}

/** The environment for a program we start: all but what may hold a password or lead to one. */
export function withoutPasswords(env: System['env']): Record<string, string> {
  const rest: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) {
    if (value !== undefined && !name.toUpperCase().startsWith('XMPPCTL_PASSWORD')) rest[name] = value;
  }
  return rest;
}
