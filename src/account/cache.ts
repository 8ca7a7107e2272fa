/**
 * What is kept to be faster, and may be thrown away at any time. Nothing here is ever an error of the command: a cache that
 * cannot be read is empty, and one that cannot be written stays as it is.
 */
import { dirname, join } from 'node:path';
import { XmppctlError } from '../errors.ts';
import { accountCacheDir, type Paths } from './paths.ts';
import { ensureDir, maxPrivateBytes, readPrivateFile, writePrivateFile } from './private-files.ts';

/** The file of one thing that is kept of an account. */
export const cacheFileOf = (paths: Paths, bareJid: string, name: string): string =>
  join(accountCacheDir(paths, bareJid), `${name}.json`);

/** The value in the file; undefined if there is none, or if the file is damaged or not ours alone. */
export async function readCached(paths: Paths, path: string): Promise<unknown> {
  const text = await readCacheText(paths, path);
  try {
    return text === undefined ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The text of the file; undefined as above. */
export async function readCacheText(paths: Paths, path: string): Promise<string | undefined> {
  return await readPrivateFile(path, paths.owner).catch(unlessBug);
}

/** Writes a file below the cache directory as a whole, mode 0600; whether that worked. */
export async function writeCacheText(paths: Paths, path: string, text: string): Promise<boolean> {
  if (Buffer.byteLength(text) > maxPrivateBytes) return false; // it could not be read again
  try {
    await ensureDir(paths.cacheDir, paths.owner);
    await ensureDir(dirname(path), paths.owner);
    await writePrivateFile(path, text);
    return true;
  } catch (error) {
    unlessBug(error);
    return false;
  }
}

function unlessBug(error: unknown): undefined {
  if (!(error instanceof XmppctlError)) throw error;
  return undefined;
}
