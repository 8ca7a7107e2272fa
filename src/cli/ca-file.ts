/** --ca-file: the certificates that are trusted instead of the system's. */
import { readFile } from 'node:fs/promises';
import { XmppctlError } from '../errors.ts';
import { reasonOf } from '../file-errors.ts';

/** The PEM text of the file; throws kind noinput. */
export async function readCa(path: string): Promise<string> {
  const pem = await readFile(path, 'utf8').catch((error: unknown) => {
    throw new XmppctlError('noinput', `cannot read the CA file ${path}: ${reasonOf(error)}`, { cause: error });
  });
  if (pem.includes('-----BEGIN CERTIFICATE-----')) return pem;
  throw new XmppctlError('noinput', `the CA file ${path} has no certificate in it (PEM)`);
}
