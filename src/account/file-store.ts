/** secrets.json: passwords of accounts that were logged in with `--store file`, for machines without a keychain. */
import { type JsonObject, parseJsonObject } from './config-format.ts';
import { withLock } from './lock.ts';
import type { Paths } from './paths.ts';
import { ensureDir, readPrivateFile, writePrivateFile } from './private-files.ts';

/** What can be kept of an account: its password, the next one, or a token that a server gave instead. */
export type SecretName = 'password' | 'pending' | 'token';

/**
 * The secret of an account, or undefined. Throws kind config if others can read the file, osfile if it is damaged.
 */
export async function readStored(
  paths: Paths,
  bareJid: string,
  name: SecretName = 'password',
): Promise<string | undefined> {
  const secret = (await readAll(paths)).get(bareJid)?.[name];
  return typeof secret === 'string' ? secret : undefined;
}

/** Stores or, with undefined, removes a secret; resolves to whether there was one. Errors as readStored, or cantcreat, ioerr. */
export async function writeStored(
  paths: Paths,
  bareJid: string,
  secret: string | undefined,
  name: SecretName = 'password',
): Promise<boolean> {
  if (secret === undefined && (await readStored(paths, bareJid, name)) === undefined) return false;
  await ensureDir(paths.stateDir, paths.owner);
  return withLock(paths.secretsFile, async () => {
    const all = await readAll(paths);
    const { [name]: old, ...rest } = all.get(bareJid) ?? {};
    const next = secret === undefined ? rest : { ...rest, [name]: secret };
    if (Object.keys(next).length > 0) all.set(bareJid, next);
    else all.delete(bareJid);
    await writePrivateFile(paths.secretsFile, `${JSON.stringify(Object.fromEntries(all), null, 2)}\n`);
    return old !== undefined;
  });
}

/** A Map, because a JID from outside must not reach properties that every object has. */
async function readAll(paths: Paths): Promise<Map<string, JsonObject>> {
  const text = await readPrivateFile(paths.secretsFile, paths.owner);
  const entries = text === undefined ? [] : Object.entries(parseJsonObject(text, paths.secretsFile, 'osfile'));
  return new Map(
    entries.filter((entry): entry is [string, JsonObject] => typeof entry[1] === 'object' && entry[1] !== null),
  );
}
