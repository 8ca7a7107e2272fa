/** Throwaway certificates as texts; the same request gives the same certificate. */
import { mkdtempSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { type Ca, createCa } from './ca.ts';

export { spkiPin } from './ca.ts';

export interface Wanted {
  /** DNS names and IP addresses of the certificate; `localhost` if absent. */
  names?: readonly string[];
  /** SRV-IDs (RFC 4985), such as `_xmpp-client.example.test`. */
  srvNames?: readonly string[];
  expired?: boolean;
  selfSigned?: boolean;
  /** Signed by a CA that is not the one in `caFile`. */
  otherCa?: boolean;
  /** Anything to tell two otherwise equal requests apart: another key for the same name. */
  variant?: number;
}

export interface Certificate {
  cert: string;
  key: string;
  /** File with the CA that tests trust, whoever signed this certificate. */
  caFile: string;
  /** `sha256:BASE64` of the SubjectPublicKeyInfo. */
  spkiPin: string;
}

const DAY = 86_400_000;
const made = new Map<string, Promise<Certificate>>();
const authorities = new Map<string, Promise<Ca>>();
let directory: string | undefined;

export function issue(wanted: Wanted = {}): Promise<Certificate> {
  return remembered(made, JSON.stringify(wanted), () => make(wanted));
}

/** File with the certificate of the CA that signs everything but `otherCa` and `selfSigned`. */
const caFile = async (): Promise<string> => (await authority('ca')).caFile;

async function make(wanted: Wanted): Promise<Certificate> {
  const { names = ['localhost'], srvNames = [], expired, selfSigned = false, otherCa } = wanted;
  const ca = await authority(otherCa ? 'other' : 'ca');
  const { certFile, keyFile, spkiPin } = await ca.issue({
    names: names.filter((name) => isIP(name) === 0),
    ips: names.filter((name) => isIP(name) !== 0),
    cn: names[0] ?? 'nobody',
    srvNames,
    selfSigned,
    ...(expired ? { notAfter: new Date(Date.now() - DAY) } : {}),
  });
  const [cert, key] = await Promise.all([readFile(certFile, 'utf8'), readFile(keyFile, 'utf8')]);
  return { cert, key, caFile: await caFile(), spkiPin };
}

function authority(name: string): Promise<Ca> {
  directory ??= mkdtempSync(join(tmpdir(), 'xmppctl-certs-'));
  const dir = join(directory, name);
  return remembered(authorities, name, () => createCa(dir));
}

// Workers are killed, so there is no exit to wait for.
afterAll(() => {
  if (directory !== undefined) rmSync(directory, { recursive: true, force: true });
  directory = undefined;
  made.clear();
  authorities.clear();
});

function remembered<T>(cache: Map<string, Promise<T>>, key: string, produce: () => Promise<T>): Promise<T> {
  const value = cache.get(key) ?? produce();
  cache.set(key, value);
  return value;
}
