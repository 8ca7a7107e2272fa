/** Throwaway certificates (EC P-256) from the openssl program; the same request gives the same certificate. */
import { execFile } from 'node:child_process';
import { createHash, randomBytes, X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll } from 'vitest';

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

const run = promisify(execFile);
const made = new Map<string, Promise<Certificate>>();
const authorities = new Map<string, Promise<string>>();
let directory: string | undefined;

export function issue(wanted: Wanted = {}): Promise<Certificate> {
  return remembered(made, JSON.stringify(wanted), () => make(wanted));
}

/** File with the certificate of the CA that signs everything but `otherCa` and `selfSigned`. */
export async function caFile(): Promise<string> {
  return `${await authority('ca')}.pem`;
}

export function spkiPin(cert: string): string {
  const der = new X509Certificate(cert).publicKey.export({ type: 'spki', format: 'der' });
  return `sha256:${createHash('sha256').update(der).digest('base64')}`;
}

async function make({ names = ['localhost'], srvNames = [], expired, selfSigned, otherCa }: Wanted) {
  const base = newBase();
  const subjectAltName = [
    ...names.map((name) => `${isIP(name) ? 'IP' : 'DNS'}:${name}`),
    ...srvNames.map((name) => `otherName:1.3.6.1.5.5.7.8.7;IA5STRING:${name}`),
  ].join(',');
  await writeFile(`${base}.ext`, `subjectAltName=${subjectAltName}\nextendedKeyUsage=serverAuth\n`);
  await newKey(base, `/CN=${names[0] ?? 'nobody'}`);
  const ca = await authority(otherCa ? 'other' : 'ca');
  const signer = selfSigned ? ['-signkey', `${base}.key`] : ['-CA', `${ca}.pem`, '-CAkey', `${ca}.key`];
  const serial = ['-set_serial', `0x00${randomBytes(8).toString('hex')}`];
  const validity = ['-days', expired ? '-1' : '30', '-extfile', `${base}.ext`];
  await run('openssl', [
    'x509',
    '-req',
    '-in',
    `${base}.csr`,
    '-out',
    `${base}.pem`,
    ...signer,
    ...serial,
    ...validity,
  ]);
  const cert = await readFile(`${base}.pem`, 'utf8');
  return { cert, key: await readFile(`${base}.key`, 'utf8'), caFile: await caFile(), spkiPin: spkiPin(cert) };
}

function authority(name: string): Promise<string> {
  return remembered(authorities, name, async () => {
    const base = newBase();
    await newKey(base, `/CN=Test ${name} ${randomBytes(4).toString('hex')}`, ['-x509', '-days', '30'], '.pem');
    return base;
  });
}

async function newKey(base: string, subject: string, more: string[] = [], extension = '.csr'): Promise<void> {
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', `${base}.key`];
  await run('openssl', ['req', '-new', ...curve, '-subj', subject, '-out', `${base}${extension}`, ...more]);
}

function newBase(): string {
  directory ??= mkdtempSync(join(tmpdir(), 'xmppctl-certs-'));
  return join(directory, randomBytes(6).toString('hex'));
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
