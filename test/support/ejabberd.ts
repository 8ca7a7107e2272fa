// A throwaway ejabberd: its own directory, CA and loopback ports, an Erlang node that talks to no other.
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Certificate, serverCertificate } from './ca.ts';
import { daemon, removeDirectory, temporaryDirectory } from './daemon.ts';
import { freePorts } from './ports.ts';
import type { Part, ServerOptions, XmppServer } from './servers.ts';

export interface Ejabberd extends XmppServer {
  readonly kind: 'ejabberd';
  /** One of ejabberd's administration commands: `api('kick_user', { user, host })`. */
  api(command: string, args: Record<string, unknown>): Promise<unknown>;
}

interface Ports {
  starttls: number;
  directTls: number;
  https: number;
  proxy: number;
  api: number;
}

export async function startEjabberd(options: ServerOptions = {}): Promise<Ejabberd> {
  const domain = options.domain ?? 'localhost';
  const dir = await temporaryDirectory('ejabberd');
  const config = join(dir, 'ejabberd.yml');
  const log = join(dir, 'ejabberd.log');
  const [starttls = 0, directTls = 0, https = 0, proxy = 0, api = 0] = await freePorts(5);
  const ports = { starttls, directTls, https, proxy, api };
  const { ca, certificate } = await serverCertificate(dir, options);
  await writeFile(config, configuration(ports, dir, domain, ca.caFile, certificate, options));
  // No resolver: every foreign domain is unreachable at once, and no question leaves this machine.
  await writeFile(join(dir, 'inetrc'), '{lookup, [file]}.\n{resolv_conf, ""}.\n{timeout, 200}.\n{retry, 1}.\n');

  const call = async (command: string, args: Record<string, unknown>) => {
    const response = await fetch(`http://127.0.0.1:${api}/api/${command}`, {
      method: 'POST',
      body: JSON.stringify(args),
    });
    const answer = await response.text();
    if (!response.ok) throw new Error(`ejabberd's ${command} answers ${response.status}: ${answer}`);
    return JSON.parse(answer) as unknown;
  };
  const ejabberd = daemon({
    command: 'erl',
    args: [
      ...['-noinput', '+sbwt', 'none', '+sbwtdcpu', 'none', '+sbwtdio', 'none', '+P', '65536'],
      ...['-mnesia', 'dir', JSON.stringify(join(dir, 'data')), '-ejabberd', 'quiet', 'true', '-s', 'ejabberd'],
    ],
    dir,
    env: {
      HOME: dir,
      ERL_LIBS: await erlangLibraries(),
      ERL_INETRC: join(dir, 'inetrc'),
      ERL_CRASH_DUMP_BYTES: '0',
      EJABBERD_CONFIG_PATH: config,
      EJABBERD_LOG_PATH: log,
    },
    // The ports are open early, but nothing is answered before every module runs.
    ready: () => call('status', {}).then(Boolean, () => false),
    readyWithin: 60_000,
  });

  const split = (username: string) => {
    const [user, host = domain] = username.split('@');
    return { user, host };
  };
  const stop = async () => {
    await ejabberd.stop();
    removeDirectory(dir);
  };

  await ejabberd.start();
  return {
    kind: 'ejabberd',
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
    api: call,
    register: async (username, password) => void (await call('register', { ...split(username), password })),
    unregister: async (username) => void (await call('unregister', split(username))),
    log: async () => (await readFile(log, 'utf8').catch(() => '')) + (await ejabberd.output()),
    stop,
    restart: async () => {
      await ejabberd.stop();
      await ejabberd.start();
    },
    [Symbol.asyncDispose]: stop,
  };
}

/** Where the package keeps ejabberd's own libraries: ejabberdctl knows. */
async function erlangLibraries(): Promise<string> {
  const places = [...(process.env.PATH ?? '').split(':'), '/usr/sbin', '/usr/local/sbin', '/opt/homebrew/sbin'];
  const script = places.map((place) => join(place, 'ejabberdctl')).find(existsSync);
  const found = script && /^ERL_LIBS='?([^'\n]+)/m.exec(await readFile(script, 'utf8'))?.[1];
  if (!found) throw new Error('ejabberd is not installed: sudo apt-get install ejabberd');
  return found;
}

/** The modules that make a part of the server, with their options. */
function modules(ports: Ports, dir: string, options: ServerOptions): Record<string, object> {
  const parts: Record<Part, Record<string, object>> = {
    blocklist: { mod_privacy: {}, mod_blocking: {} },
    carbons: { mod_carboncopy: {} },
    last: { mod_last: {} },
    mam: { mod_mam: { default: 'always' } },
    muc: {
      mod_muc: {
        hosts: (options.roomServices ?? ['conference']).map((service) => `${service}.@HOST@`),
        access: 'all',
        access_admin: [{ allow: 'admin' }],
        access_create: 'all',
        default_room_options: { mam: !options.without?.includes('mam') },
      },
      mod_muc_admin: {},
    },
    offline: { mod_offline: {} },
    pep: { mod_pubsub: { plugins: ['flat', 'pep'], access_createnode: 'all' }, mod_caps: {} },
    ping: { mod_ping: {} },
    proxy: {
      mod_proxy65: { host: 'proxy.@HOST@', access: 'all', ip: '127.0.0.1', hostname: '127.0.0.1', port: ports.proxy },
    },
    smacks: { mod_stream_mgmt: {} },
    upload: {
      mod_http_upload: {
        host: 'upload.@HOST@',
        access: 'all',
        put_url: `https://localhost:${ports.https}/upload`,
        docroot: join(dir, 'upload'),
        max_size: options.uploadSizeLimit ?? 10 * 1024 * 1024,
      },
    },
    vcard: { mod_vcard: {}, mod_vcard_xupdate: {} },
    version: { mod_version: {} },
  };
  const kept = Object.entries(parts).filter(([part]) => !options.without?.includes(part as Part));
  return {
    mod_adhoc: {},
    mod_admin_extra: {},
    mod_disco: {},
    mod_private: {},
    mod_register: { access: options.allowRegistration === false ? 'none' : 'all', ip_access: 'all' },
    mod_roster: { versioning: true },
    mod_time: {},
    ...Object.assign({}, ...kept.map(([, own]) => own)),
  };
}

/** JSON is YAML: one line for each top-level key. */
function configuration(
  ports: Ports,
  dir: string,
  domain: string,
  caFile: string,
  certificate: Certificate,
  options: ServerOptions,
): string {
  const loopback = { ip: '127.0.0.1' };
  const client = { ...loopback, module: 'ejabberd_c2s', max_stanza_size: options.stanzaSizeLimit ?? 256 * 1024 };
  const settings = {
    hosts: [domain, ...(options.extraDomains ?? [])],
    loglevel: 'info',
    log_rotate_count: 0,
    certfiles: [certificate.certFile, certificate.keyFile, caFile],
    auth_method: 'internal',
    auth_password_format: 'scram',
    auth_scram_hash: 'sha256',
    registration_timeout: 'infinity',
    s2s_dns_retries: 0,
    acl: { admin: { user: [`admin@${domain}`] } },
    listen: [
      { ...client, port: ports.starttls, starttls: true, starttls_required: true },
      { ...client, port: ports.directTls, tls: true },
      {
        ...loopback,
        port: ports.https,
        module: 'ejabberd_http',
        tls: true,
        request_handlers: options.without?.includes('upload') ? {} : { '/upload': 'mod_http_upload' },
      },
      { ...loopback, port: ports.api, module: 'ejabberd_http', request_handlers: { '/api': 'mod_http_api' } },
    ],
    api_permissions: { tests: { from: ['mod_http_api'], who: [{ ip: '127.0.0.1/32' }], what: ['*'] } },
    // Rooms, upload and proxy are the first domain's only: two domains cannot share their ports.
    modules: modules(ports, dir, { ...options, without: [...(options.without ?? []), 'muc', 'upload', 'proxy'] }),
    host_config: { [domain]: { modules: modules(ports, dir, options) } },
  };
  const lines = Object.entries(settings).map(([key, value]) => `${key}: ${JSON.stringify(value)}`);
  return [...lines, options.extraConfig ?? '', ''].join('\n');
}
