/** --ca-file: the certificates that are trusted instead of the system's. */
import { readFile } from 'node:fs/promises';
import { XmppctlError } from '../errors.ts';

/** The PEM text of the file; throws kind noinput. */
export async function readCa(path: string): Promise<string> {
  try {
    const pem = await readFile(path, 'utf8');
    if (pem.includes('-----BEGIN CERTIFICATE-----')) return pem;
    throw new Error('no certificate in it');
  } catch (error) {
    throw new XmppctlError('noinput', `cannot read the CA file ${path}: ${(error as Error).message}`, { cause: error });
  }
}
