/** config.json: which accounts there are, which is the default, and what each needs to connect. Never a password. */
import { realpath } from 'node:fs/promises';
import { XmppctlError } from '../errors.ts';
import { type Config, configOf, type JsonObject, parseJsonObject, passwordKey } from './config-format.ts';
import { withLock } from './lock.ts';
import type { Paths } from './paths.ts';
import {
  ensureDir,
  openToRead,
  readableByOthers,
  readText,
  refuseUnsafeDir,
  refuseUnsafeFile,
  tooOpen,
  writePrivateFile,
} from './private-files.ts';

export type { AccountSettings, Config, SecretPlace } from './config-format.ts';

/**
 * Reads config.json; empty if there is none. Throws kind config, naming file, line or key, if it cannot be understood,
 * holds a password, or if somebody else can change it, its directory or the one of the state.
 */
export async function loadConfig(paths: Paths): Promise<Config> {
  return configOf(await readRaw(paths), paths.configFile);
}

/**
 * Changes config.json: reads it, lets `change` change it and writes it as a whole, mode 0600, with a lock held so that
 * two programs at once do not undo each other. Keys that are not known are kept. Throws kind config as loadConfig does,
 * cantcreat or ioerr if it cannot be written.
 */
export async function updateConfig(paths: Paths, change: (config: Config) => void): Promise<void> {
  await ensureDir(paths.configDir, paths.owner);
  // A link (people keep their configuration elsewhere) stays a link: what it points at is replaced.
  const file = await realpath(paths.configFile).catch(() => paths.configFile);
  await withLock(file, async () => {
    const raw = await readRaw(paths);
    const config = configOf(raw, paths.configFile);
    change(config);
    const next = { ...raw, default: config.default, accounts: Object.fromEntries(config.accounts) };
    await writePrivateFile(file, `${JSON.stringify(next, null, 2)}\n`);
  });
}

async function readRaw(paths: Paths): Promise<JsonObject> {
  await refuseUnsafeDir(paths.configDir, paths.owner);
  await refuseUnsafeDir(paths.stateDir, paths.owner);
  const path = paths.configFile;
  const file = await openToRead(path);
  if (file === undefined) return {};
  try {
    const found = await file.stat();
    refuseUnsafeFile(path, found, paths.owner, false);
    const raw = parseJsonObject(await readText(file, path, 'config'), path);
    const key = passwordKey(raw);
    if (key === undefined) return raw;
    // First the mode: whoever moves the password elsewhere must know that others have been able to read it.
    if (paths.owner !== undefined && readableByOthers(found)) throw tooOpen(path, 'read');
    throw new XmppctlError('config', `${path}: ${key}: a password does not belong there`, {
      hint: 'Take it out; store it with xmppctl login, or write a "passwordCommand" that prints it.',
    });
  } finally {
    await file.close();
  }
}
