// A throwaway Prosody: its own directory, CA and loopback ports.
import { execFile } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Certificate, serverCertificate } from './ca.ts';
import { daemon, removeDirectory, temporaryDirectory } from './daemon.ts';
import { allAccept, freePorts } from './ports.ts';
import type { Part, ServerOptions, XmppServer } from './servers.ts';

export interface Installation {
  prosody: string;
  prosodyctl: string;
  /** Loaded in addition to what every version has. */
  modules: readonly string[];
}

const run = promisify(execFile);

/** The modules that make a part of the server; components (muc, upload, proxy) are written below. */
const modulesOf: Partial<Record<Part, readonly string[]>> = {
  blocklist: ['blocklist'],
  carbons: ['carbons'],
  last: ['lastactivity'],
  mam: ['mam'],
  offline: ['offline'],
  pep: ['pep', 'bookmarks'],
  ping: ['ping'],
  smacks: ['smacks'],
  vcard: ['vcard4', 'vcard_legacy'],
  version: ['version'],
};

const always = ['roster', 'saslauth', 'tls', 'disco', 'private', 'user_account_management', 'time'];

/** No foreign domain can be reached, and no question about one leaves this machine. */
const noDns = `module:set_global()
local nothing = { lookup = function (_, answered) answered(nil) end }
require "net.adns".resolver = function () return nothing end
`;

const installed: Installation = { prosody: 'prosody', prosodyctl: 'prosodyctl', modules: [] };

export function startProsody(options: ServerOptions = {}): Promise<XmppServer> {
  return startInstalled(installed, options);
}

export async function startInstalled(programs: Installation, options: ServerOptions): Promise<XmppServer> {
  const domain = options.domain ?? 'localhost';
  const dir = await temporaryDirectory('prosody');
  const config = join(dir, 'prosody.cfg.lua');
  const log = join(dir, 'prosody.log');
  const [starttls = 0, directTls = 0, https = 0, proxy = 0] = await freePorts(4);
  const lost = new Set(options.without);
  const ports = [...(lost.has('proxy') ? [] : [proxy]), ...(lost.has('upload') ? [] : [https]), directTls, starttls];
  const { ca, certificate } = await serverCertificate(dir, options);

  await mkdir(join(dir, 'data'));
  await mkdir(join(dir, 'modules'));
  await writeFile(join(dir, 'modules', 'mod_no_dns.lua'), noDns);
  const modules = [...programs.modules, ...modulesFor(options)];
  await writeFile(
    config,
    configuration({ starttls, directTls, https, proxy }, dir, domain, certificate, modules, options),
  );

  const prosody = daemon({
    command: programs.prosody,
    args: ['-F', '--config', config],
    dir,
    env: { HOME: dir },
    ready: () => allAccept(ports),
  });

  const control = async (...args: string[]) => {
    await run(programs.prosodyctl, ['--config', config, ...args], { env: { PATH: process.env.PATH, HOME: dir } });
  };
  const jid = (username: string) => (username.includes('@') ? username : `${username}@${domain}`);
  const split = (username: string): [string, string] => {
    const [local = '', host = ''] = jid(username).split('@');
    return [local, host];
  };
  const stop = async () => {
    await prosody.stop();
    removeDirectory(dir);
  };

  await prosody.start();
  return {
    kind: 'prosody',
    domain,
    host: '127.0.0.1',
    starttlsPort: starttls,
    directTlsPort: directTls,
    httpsPort: https,
    proxyPort: proxy,
    caFile: ca.caFile,
    ca,
    certificate,
    dir,
    register: (username, password) => control('register', ...split(username), password),
    unregister: (username) => control('deluser', jid(username)),
    log: async () => (await readFile(log, 'utf8').catch(() => '')) + (await prosody.output()),
    stop,
    restart: async () => {
      await prosody.stop();
      await prosody.start();
    },
    [Symbol.asyncDispose]: stop,
  };
}

function modulesFor({ without, allowRegistration }: ServerOptions): string[] {
  const lost = new Set(without);
  const parts = Object.entries(modulesOf).flatMap(([part, modules]) => (lost.has(part as Part) ? [] : modules));
  const registration = allowRegistration === false ? [] : ['register_ibr'];
  return [...always, ...parts, ...registration, 's2s', 'no_dns', 'posix'];
}

function configuration(
  ports: { starttls: number; directTls: number; https: number; proxy: number },
  dir: string,
  domain: string,
  certificate: Certificate,
  modules: readonly string[],
  options: ServerOptions,
): string {
  const lost = new Set(options.without);
  const component = (part: Part, lines: string) => (lost.has(part) ? '' : lines);
  const list = (values: readonly string[]) => `{ ${values.map(quote).join('; ')} }`;
  const uploadLimit = options.uploadSizeLimit ?? 10 * 1024 * 1024;
  return `
run_as_root = true
pidfile = ${quote(join(dir, 'prosody.pid'))}
data_path = ${quote(join(dir, 'data'))}
plugin_paths = ${list([join(dir, 'modules')])}
log = { { levels = { min = "info" }; to = "file"; filename = ${quote(join(dir, 'prosody.log'))} } }
interfaces = { "127.0.0.1" }
c2s_ports = { ${ports.starttls} }
c2s_direct_tls_ports = { ${ports.directTls} }
legacy_ssl_ports = { }
s2s_ports = { }
s2s_direct_tls_ports = { }
http_ports = { }
https_ports = { ${lost.has('upload') ? '' : ports.https} }
proxy65_ports = { ${ports.proxy} }
certificates = ${quote(dir)}
ssl = { certificate = ${quote(certificate.certFile)}; key = ${quote(certificate.keyFile)} }
c2s_require_encryption = true
c2s_stanza_size_limit = ${options.stanzaSizeLimit ?? 256 * 1024}
authentication = "internal_hashed"
default_iteration_count = ${options.scramIterations ?? 10_000}
archive_expires_after = "never"
default_archive_policy = true
modules_enabled = ${list(modules)}
modules_disabled = ${list(lost.has('offline') ? ['offline'] : [])}
admins = ${list([`admin@${domain}`])}
${options.extraConfig ?? ''}

${[domain, ...(options.extraDomains ?? [])].map((host) => `VirtualHost ${quote(host)}`).join('\n')}
${(options.roomServices ?? ['conference'])
  .map((service) =>
    component(
      'muc',
      `
Component ${quote(`${service}.${domain}`)} "muc"
  modules_enabled = ${list(lost.has('mam') ? [] : ['muc_mam'])}
  muc_log_by_default = true`,
    ),
  )
  .join('')}
${component(
  'upload',
  `
Component ${quote(`upload.${domain}`)} "http_file_share"
  http_host = "localhost"
  http_external_url = "https://localhost:${ports.https}/"
  http_file_share_size_limit = ${uploadLimit}`,
)}
${component(
  'proxy',
  `
Component ${quote(`proxy.${domain}`)} "proxy65"
  proxy65_address = "127.0.0.1"`,
)}
`;
}

/** A Lua string: JSON's escapes are Lua's for everything a path or a domain contains. */
function quote(text: string): string {
  return JSON.stringify(text);
}
