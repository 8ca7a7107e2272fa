// A throwaway certificate authority, by the openssl command.
import { execFile } from 'node:child_process';
import { createHash, generateKeyPairSync, randomBytes, X509Certificate } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { domainToASCII } from 'node:url';
import { promisify } from 'node:util';

export interface CertificateRequest {
  /** DNS names (RFC 6125 DNS-ID). */
  names?: readonly string[];
  /** RFC 4985 names such as `_xmpp-client.example.org` (SRV-ID). */
  srvNames?: readonly string[];
  /** XMPP addresses (RFC 6120 §13.7.1.4). */
  xmppAddrs?: readonly string[];
  ips?: readonly string[];
  cn?: string;
  /** Default: yesterday. */
  notBefore?: Date;
  /** Default: thirty days from now. A date in the past makes an expired certificate. */
  notAfter?: Date;
  selfSigned?: boolean;
}

export interface Certificate {
  certFile: string;
  keyFile: string;
  /** `sha256:` and the base64 of the hash of the public key (SPKI). */
  spkiPin: string;
}

export interface Ca {
  caFile: string;
  issue(request: CertificateRequest): Promise<Certificate>;
}

const run = promisify(execFile);
const DAY = 86_400_000;

/** The authority in `dir`: made there, or the one that is there already. */
export async function createCa(dir: string): Promise<Ca> {
  const caFile = join(dir, 'ca.crt');
  const caKey = join(dir, 'ca.key');
  if (!existsSync(caFile)) {
    await mkdir(dir, { recursive: true });
    await writeKey(caKey);
    const config = join(dir, 'ca.cnf');
    await writeFile(config, caRequest(`xmppctl throwaway CA ${randomBytes(4).toString('hex')}`));
    const days = ['-days', '3650'];
    await run('openssl', [
      'req',
      '-x509',
      '-new',
      '-sha256',
      '-config',
      config,
      '-key',
      caKey,
      ...days,
      '-out',
      caFile,
    ]);
  }
  return { caFile, issue: (request) => issue(dir, caFile, caKey, request) };
}

/** What a test server shows: a certificate for everything it is called, from its own authority unless told otherwise. */
export async function serverCertificate(
  dir: string,
  options: { domain?: string; extraDomains?: readonly string[]; ca?: Ca; certificate?: Certificate },
): Promise<{ ca: Ca; certificate: Certificate }> {
  const ca = options.ca ?? (await createCa(join(dir, 'ca')));
  const domain = options.domain ?? 'localhost';
  const services = ['conference', 'upload', 'proxy', 'pubsub'].map((service) => `${service}.${domain}`);
  // Certificates have the A-labels of domains.
  const names = new Set([domain, ...services, ...(options.extraDomains ?? []), 'localhost'].map(domainToASCII));
  const certificate = options.certificate ?? (await ca.issue({ names: [...names], ips: ['127.0.0.1', '::1'] }));
  return { ca, certificate };
}

async function issue(dir: string, caFile: string, caKey: string, request: CertificateRequest): Promise<Certificate> {
  // A directory of its own for each: `openssl ca` keeps a database, and two at once would spoil it.
  const own = join(dir, randomBytes(8).toString('hex'));
  await mkdir(own);
  const [certFile, keyFile, csr, config] = ['crt', 'key', 'csr', 'cnf'].map((end) => join(own, `server.${end}`));
  if (!certFile || !keyFile || !csr || !config) throw new Error('no file names');
  await writeKey(keyFile);
  await writeFile(config, leafConfig(own, request));
  await writeFile(join(own, 'index.txt'), '');
  await writeFile(join(own, 'serial'), `0${randomBytes(8).toString('hex').slice(1)}\n`);
  await run('openssl', ['req', '-new', '-sha256', '-config', config, '-key', keyFile, '-out', csr]);
  const signer = request.selfSigned ? ['-selfsign', '-keyfile', keyFile] : ['-cert', caFile, '-keyfile', caKey];
  const start = request.notBefore ?? new Date(Math.min(Date.now(), Number(request.notAfter ?? Date.now())) - DAY);
  const end = request.notAfter ?? new Date(Date.now() + 30 * DAY);
  const dates = ['-startdate', asn1Time(start), '-enddate', asn1Time(end)];
  await run('openssl', [
    'ca',
    '-batch',
    '-notext',
    '-config',
    config,
    ...signer,
    ...dates,
    '-in',
    csr,
    '-out',
    certFile,
  ]);
  return { certFile, keyFile, spkiPin: spkiPin(await readFile(certFile, 'utf8')) };
}

/** The pin of a certificate, as `--pin` takes it. */
export function spkiPin(pem: string | Buffer): string {
  const spki = new X509Certificate(pem).publicKey.export({ type: 'spki', format: 'der' });
  return `sha256:${createHash('sha256').update(spki).digest('base64')}`;
}

async function writeKey(file: string): Promise<void> {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  await writeFile(file, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
}

function caRequest(cn: string): string {
  return `[req]
prompt = no
distinguished_name = name
x509_extensions = extensions
string_mask = utf8only
[name]
CN = ${cn}
[extensions]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
`;
}

function leafConfig(dir: string, request: CertificateRequest): string {
  const names = [
    ...(request.names ?? []).map((name) => `DNS:${name}`),
    ...(request.ips ?? []).map((ip) => `IP:${ip}`),
    ...(request.srvNames ?? []).map((name) => `otherName:1.3.6.1.5.5.7.8.7;IA5STRING:${name}`),
    ...(request.xmppAddrs ?? []).map((address) => `otherName:1.3.6.1.5.5.7.8.5;UTF8:${address}`),
  ];
  const alternatives = names.map((name, index) => name.replace(':', `.${index} = `)).join('\n');
  return `[req]
prompt = no
utf8 = yes
distinguished_name = name
string_mask = utf8only
[name]
CN = ${request.cn ?? request.names?.[0] ?? 'server'}
[ca]
default_ca = own
[own]
database = ${join(dir, 'index.txt')}
serial = ${join(dir, 'serial')}
new_certs_dir = ${dir}
unique_subject = no
default_md = sha256
policy = any
x509_extensions = extensions
[any]
commonName = supplied
[extensions]
basicConstraints = CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = serverAuth
${names.length > 0 ? `subjectAltName = @alternatives\n[alternatives]\n${alternatives}` : ''}
`;
}

function asn1Time(date: Date): string {
  return date.toISOString().replace(/[-:T]|\.\d+/g, '');
}
