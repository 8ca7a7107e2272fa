/** Putting passwords away, and forgetting them. */
import { XmppctlError } from '../errors.ts';
import type { AccountSettings } from './config.ts';
import { writeStored } from './file-store.ts';
import { type Keychain, passwordService, tokenService } from './keychain.ts';
import type { Paths } from './paths.ts';

interface Stores {
  readonly paths: Paths;
  readonly keychain: Keychain;
}

/**
 * Stores a password in the keychain or in the file store, and removes an older one from the other place so that it
 * cannot come back. Throws kind config if the place cannot be used, cantcreat or ioerr if the file cannot be written.
 */
export async function storePassword(
  bareJid: string,
  password: string,
  place: 'keychain' | 'file',
  { paths, keychain }: Stores,
): Promise<void> {
  if (place === 'file') {
    await writeStored(paths, bareJid, password);
    await keychain.delete(passwordService, bareJid).catch(() => undefined); // there may be no keychain: hence the file
    return;
  }
  try {
    await keychain.set(passwordService, bareJid, password);
  } catch (error) {
    if (!(error instanceof XmppctlError) || error.kind !== 'config') throw error;
    throw new XmppctlError('config', `the keychain cannot be used: ${error.message}`, {
      hint: `If it is locked, unlock it. Or store the password in a file that only you can read: xmppctl login ${bareJid} --store file`,
      cause: error,
    });
  }
  await writeStored(paths, bareJid, undefined);
}

/**
 * Removes password and token of an account from the file store and the keychain; whether there was anything. Throws
 * kind config if the keychain holds the password and cannot be used or is locked: it would still be there.
 */
export async function forgetPassword(
  bareJid: string,
  secret: AccountSettings['secret'],
  { paths, keychain }: Stores,
): Promise<boolean> {
  const password = await writeStored(paths, bareJid, undefined, 'password');
  const token = await writeStored(paths, bareJid, undefined, 'token');
  try {
    const known = await keychain.delete(passwordService, bareJid);
    if (!known && secret === 'keychain') await overwriteAndDelete(bareJid, keychain);
    const knownToken = await keychain.delete(tokenService, bareJid);
    return password || token || known || knownToken;
  } catch (error) {
    if (secret !== 'keychain') return password || token;
    if (!(error instanceof XmppctlError) || error.kind !== 'config') throw error;
    throw new XmppctlError('config', `the password of ${bareJid} is still in the keychain: ${error.message}`, {
      hint: 'Unlock the keychain and run the command again.',
      cause: error,
    });
  }
}

/**
 * A locked keychain says "nothing to delete", as an empty one does. Only an unlocked one can be written to, and then
 * what was written can be deleted.
 */
async function overwriteAndDelete(bareJid: string, keychain: Keychain): Promise<void> {
  await keychain.set(passwordService, bareJid, 'forgotten');
  if (!(await keychain.delete(passwordService, bareJid))) throw new XmppctlError('config', 'it is locked');
}
