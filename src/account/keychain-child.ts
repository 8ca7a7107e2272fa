/**
 * keytar in a process of its own, because a keychain that does not answer blocks process.exit() too (K3) and native
 * code can crash (K5): a child can be killed. The only place where keytar is loaded.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { parse } from 'node:path';
import type { System } from '../system.ts';

export type KeychainRequest = { readonly service: string; readonly account: string } & (
  | { readonly op: 'getPassword' | 'deletePassword' }
  | { readonly op: 'setPassword'; readonly password: string }
);
export type KeychainReply =
  | { readonly value: string | boolean | null }
  | { readonly failed: string; readonly code?: string };

/**
 * Request and reply go through pipes: arguments and environment can be seen by others. keytar hides why its binary
 * does not load, so that is asked of the binary itself.
 */
const program = `
const { readFileSync, writeSync } = require('node:fs');
const { path, op, service, account, password } = JSON.parse(readFileSync(0, 'utf8'));
const reply = (value) => writeSync(1, JSON.stringify(value));
const oneLine = (error) => String((error && error.message) || error).split('\\n')[0].slice(0, 200);
let keytar;
try {
  keytar = require(path);
} catch (error) {
  let reason = oneLine(error);
  const os = require('node:os');
  const binary = '../prebuilds/' + os.platform() + '-' + os.arch() + '/keytar.node';
  try { require(require('node:path').join(require('node:path').dirname(path), binary)); } catch (error) {
    reason = error.code === 'MODULE_NOT_FOUND' ? 'it has no binary for ' + os.platform() + '-' + os.arch() : oneLine(error);
  }
  reply({ failed: 'keytar does not load: ' + reason });
}
if (keytar) {
  const call = op === 'setPassword' ? keytar[op](service, account, password) : keytar[op](service, account);
  call.then((value) => reply({ value: value === undefined ? true : value }), (error) => reply({ failed: oneLine(error) }));
}
`;

/** The variables that D-Bus, libsecret, the macOS keychain and the Windows vault need; nothing of ours, no NODE_OPTIONS. */
const passedOn =
  /^(?:PATH|HOME|USER|LOGNAME|LANG|LC_\w+|XDG_\w+|LD_LIBRARY_PATH|TMPDIR|SystemRoot|USERPROFILE|APPDATA|LOCALAPPDATA|TEMP)$/i;

/** Path of keytar's entry file, or undefined where it is not installed (it is an optional dependency). */
export function findKeytar(): string | undefined {
  try {
    return createRequire(import.meta.url).resolve('keytar');
  } catch {
    return undefined;
  }
}

/**
 * Runs one keytar call. Resolves in `limitMs` at the latest, or when `signal` aborts, and the child is gone then.
 * Never throws: whatever goes wrong is a reason in the reply.
 */
export function callKeytar(
  system: Pick<System, 'env' | 'execPath'>,
  keytarPath: string,
  request: KeychainRequest,
  { bus, limitMs, signal }: { bus: string | undefined; limitMs: number; signal?: AbortSignal | undefined },
): Promise<KeychainReply> {
  const env: Record<string, string> = {};
  for (const [name, value] of Object.entries(system.env))
    if (value !== undefined && passedOn.test(name)) env[name] = value;
  if (bus !== undefined) env.DBUS_SESSION_BUS_ADDRESS = bus;

  return new Promise((resolve) => {
    // Typed without pipes: there are none when the system has no descriptor left.
    const child: ChildProcess = spawn(system.execPath, ['--no-warnings', '-e', program], {
      env,
      cwd: parse(system.execPath).root, // ours may be gone or unreadable, and Node wants to know its own
      stdio: ['pipe', 'pipe', 'ignore'],
      windowsHide: true,
    });
    let output = '';
    const end = (reply: KeychainReply): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
      child.kill('SIGKILL');
      resolve(reply);
    };
    const seconds = Math.max(1, Math.round(limitMs / 1000));
    const timer = setTimeout(
      () =>
        end({ failed: `it does not answer within ${seconds} s (it may be locked and wait for somebody to unlock it)` }),
      limitMs,
    );
    const abort = (): void => end({ failed: 'stopped' });
    signal?.addEventListener('abort', abort);
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      const reply = readReply(output);
      if (reply) end(reply);
    });
    child.on('error', (error: NodeJS.ErrnoException) =>
      end({ failed: `its helper process cannot be started (${error.code})`, ...(error.code && { code: error.code }) }),
    );
    child.on('close', (status, killed) =>
      end({ failed: `its helper process ended with ${killed ?? `exit status ${status}`}` }),
    );
    child.stdin?.on('error', () => undefined); // a child that ended early says why by its exit status
    child.stdin?.end(JSON.stringify({ path: keytarPath, ...request }));
    if (signal?.aborted) abort();
  });
}

function readReply(output: string): KeychainReply | undefined {
  try {
    return JSON.parse(output) as KeychainReply;
  } catch {
    return undefined;
  }
}
