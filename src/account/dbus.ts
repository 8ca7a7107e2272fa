/**
 * Which session bus to use, and whether anybody is there. libsecret hangs for ever on a bus that never answers (K3),
 * and cron does not know the bus although it is there (K2).
 */
import { lstat } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { reasonOf } from '../file-errors.ts';
import type { System } from '../system.ts';

const answerMs = 500;

/** The address of a bus that has let us in, or why there is none. */
export type SessionBus = { readonly address: string } | { readonly failed: string };

/**
 * The session bus of the environment, else the one in the user's runtime directory if that socket is ours. Each is
 * asked to let us in and has 500 ms to answer. Never throws.
 */
export async function findSessionBus(system: Pick<System, 'env' | 'uid'>): Promise<SessionBus> {
  const given = system.env.DBUS_SESSION_BUS_ADDRESS ?? '';
  const addresses = [...given.split(';').filter((address) => address !== ''), ...(await runtimeBuses(system))];
  let failed: string | undefined;
  for (const address of new Set(addresses)) {
    const path = socketPath(address);
    if (path === undefined) return { address }; // tcp:, unixexec: and the like: only libdbus can tell
    const problem = await greet(path, system.uid ?? 0);
    if (problem === undefined) return { address };
    failed ??= problem;
  }
  return { failed: failed ?? 'no session bus (D-Bus)' };
}

async function runtimeBuses({ env, uid }: Pick<System, 'env' | 'uid'>): Promise<string[]> {
  const directories = new Set([env.XDG_RUNTIME_DIR, uid === undefined ? undefined : `/run/user/${uid}`]);
  const found: string[] = [];
  for (const directory of directories) {
    if (!directory) continue;
    const path = join(directory, 'bus');
    const socket = await lstat(path).catch(() => undefined);
    // Somebody else's socket could hand out passwords of its own making.
    if (socket?.isSocket() && socket.uid === uid) found.push(`unix:path=${escapeValue(path)}`);
  }
  return found;
}

/** The socket of a unix:path= or unix:abstract= address as Node connects to it. */
function socketPath(address: string): string | undefined {
  const values = new Map(
    /^unix:(.*)$/
      .exec(address)?.[1]
      ?.split(',')
      .map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]),
  );
  const abstract = values.get('abstract');
  const path = abstract === undefined ? values.get('path') : `\0${abstract}`;
  try {
    return path === undefined ? undefined : decodeURIComponent(path);
  } catch {
    return undefined;
  }
}

/** What the D-Bus specification wants escaped in an address. */
const escapeValue = (path: string): string =>
  path.replace(/[^-0-9A-Za-z_/.\\]/g, (character) => encodeURIComponent(character).replace("'", '%27'));

/** Asks for entry as ourselves, as each client does first; resolves to what went wrong. */
function greet(path: string, uid: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    let received = '';
    const socket = connect({ path });
    const end = (problem: string | undefined): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(problem);
    };
    const timer = setTimeout(() => end(`the session bus does not answer (${answerMs} ms)`), answerMs);
    socket.on('connect', () => socket.write(`\0AUTH EXTERNAL ${Buffer.from(String(uid)).toString('hex')}\r\n`));
    socket.on('data', (data) => {
      received += data.toString('latin1');
      if (received.startsWith('OK')) end(undefined);
      else if (received.includes('\n') || received.length > 1000) end('the session bus does not let this user in');
    });
    socket.on('error', (error) => end(`the session bus cannot be reached: ${reasonOf(error)}`));
    socket.on('close', () => end('the session bus hangs up'));
  });
}
