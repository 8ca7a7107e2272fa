/** Where the program keeps things, by the XDG base directory specification. */
import { createHash } from 'node:crypto';
import { userInfo } from 'node:os';
import { isAbsolute, join, win32 } from 'node:path';
import { XmppctlError } from '../errors.ts';
import type { System } from '../system.ts';

export interface Paths {
  /** Numeric id that files and directories must belong to; undefined where there are no POSIX modes (Windows). */
  readonly owner: number | undefined;
  readonly configDir: string;
  readonly stateDir: string;
  readonly cacheDir: string;
  readonly configFile: string;
  /** Passwords of accounts that were logged in with `--store file`. */
  readonly secretsFile: string;
}

type Surroundings = Pick<System, 'env' | 'platform' | 'uid'>;

/**
 * The directories of the user. An XDG variable counts only if it is an absolute path; without HOME (cron's `env -i`)
 * the home directory is that of the passwd entry. Nothing is created. Throws kind config if there is no home at all.
 */
export function pathsFor(system: Surroundings): Paths {
  const configDir = baseDir(system, 'XDG_CONFIG_HOME', '.config', 'APPDATA');
  const stateDir = baseDir(system, 'XDG_STATE_HOME', '.local/state', 'LOCALAPPDATA', 'state');
  return {
    owner: system.platform === 'win32' ? undefined : system.uid,
    configDir,
    stateDir,
    cacheDir: baseDir(system, 'XDG_CACHE_HOME', '.cache', 'LOCALAPPDATA', 'cache'),
    configFile: join(configDir, 'config.json'),
    secretsFile: join(stateDir, 'secrets.json'),
  };
}

/** The directory of what is remembered of one account (cursors, the id of this client); not created here. */
export const accountStateDir = (paths: Paths, bareJid: string): string =>
  join(paths.stateDir, 'accounts', fileName(bareJid));

/** The directory of what may be thrown away of one account (names for completion, lists); not created here. */
export const accountCacheDir = (paths: Paths, bareJid: string): string =>
  join(paths.cacheDir, 'accounts', fileName(bareJid));

function baseDir(
  system: Surroundings,
  variable: string,
  inHome: string,
  windowsVariable: string,
  windowsSub = '',
): string {
  const given = system.env[variable];
  if (given !== undefined && isAbsolute(given)) return join(given, 'xmppctl');
  const windows = system.platform === 'win32' ? system.env[windowsVariable] : undefined;
  if (windows !== undefined && win32.isAbsolute(windows)) return join(windows, 'xmppctl', windowsSub);
  return join(homeOf(system), inHome, 'xmppctl');
}

/** The home directory of the user; throws kind config if there is none. */
export function homeOf(system: Surroundings): string {
  const home = system.platform === 'win32' ? system.env.USERPROFILE : system.env.HOME;
  if (home !== undefined && isAbsolute(home)) return home;
  try {
    return userInfo().homedir;
  } catch (cause) {
    throw new XmppctlError('config', 'this user has no home directory', {
      hint: 'Set HOME, or XDG_CONFIG_HOME, XDG_STATE_HOME and XDG_CACHE_HOME.',
      cause,
    });
  }
}

/** A JID as one readable file name: it cannot climb out of its directory, nor be too long for one. */
function fileName(bareJid: string): string {
  const name = encodeURIComponent(bareJid).replaceAll('%40', '@').replaceAll('*', '%2A');
  return name.length <= 200 ? name : createHash('sha256').update(bareJid).digest('hex');
}
