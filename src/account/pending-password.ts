/**
 * A new password on its way to the server. It stands beside the old one until it is known which of the two the server takes, so
 * that no moment at which the program may be killed loses both. A marker in the state directory says that there is one.
 */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileError } from '../file-errors.ts';
import { readStored, writeStored } from './file-store.ts';
import { type Keychain, pendingService } from './keychain.ts';
import { accountStateDir, type Paths } from './paths.ts';
import { ensureDir, readPrivateFile, writePrivateFile } from './private-files.ts';

interface Stores {
  readonly paths: Paths;
  readonly keychain: Keychain;
}

export interface PendingPassword {
  readonly password: string;
  readonly place: 'keychain' | 'file';
}

/** Keeps the password where the account has its own. Errors as storePassword. */
export async function storePending(bareJid: string, pending: PendingPassword, stores: Stores): Promise<void> {
  const { paths, keychain } = stores;
  // The marker first: without it nobody would ever look for the secret again.
  await ensureDir(paths.stateDir, paths.owner);
  await ensureDir(accountStateDir(paths, bareJid), paths.owner);
  await writePrivateFile(markerOf(paths, bareJid), JSON.stringify({ place: pending.place }));
  if (pending.place === 'file') await writeStored(paths, bareJid, pending.password, 'pending');
  else await keychain.set(pendingService, bareJid, pending.password);
}

/**
 * The password that is on its way; undefined if there is none, or none that can be read just now. A marker for a file without
 * the password is from a program that was killed between the two: it goes.
 */
export async function readPending(bareJid: string, { paths, keychain }: Stores): Promise<PendingPassword | undefined> {
  const place = await readMarker(bareJid, paths);
  if (place === undefined) return undefined;
  const password =
    place === 'file' ? await readStored(paths, bareJid, 'pending') : await keychain.get(pendingService, bareJid);
  if (typeof password === 'string') return { password, place };
  // Of a keychain one cannot say: a locked one seems empty, too.
  if (place === 'file') await removeMarker(bareJid, paths);
  return undefined;
}

/** Forgets it. Errors as forgetPassword. */
export async function dropPending(bareJid: string, { paths, keychain }: Stores): Promise<void> {
  const place = await readMarker(bareJid, paths);
  if (place === undefined) return;
  if (place === 'file') await writeStored(paths, bareJid, undefined, 'pending');
  else await keychain.delete(pendingService, bareJid);
  await removeMarker(bareJid, paths);
}

const markerOf = (paths: Paths, bareJid: string): string => join(accountStateDir(paths, bareJid), 'passwd.json');

async function readMarker(bareJid: string, paths: Paths): Promise<'keychain' | 'file' | undefined> {
  const text = await readPrivateFile(markerOf(paths, bareJid), paths.owner);
  if (text === undefined) return undefined;
  return text.includes('keychain') ? 'keychain' : 'file';
}

async function removeMarker(bareJid: string, paths: Paths): Promise<void> {
  const marker = markerOf(paths, bareJid);
  await rm(marker, { force: true }).catch((error) => {
    throw fileError(error, `cannot remove ${marker}`, 'ioerr');
  });
}
