// The two real servers, for describe.each, and what both offer.
import type { Ca, Certificate } from './ca.ts';
import { startEjabberd } from './ejabberd.ts';
import { startProsody } from './prosody.ts';

export interface XmppServer extends AsyncDisposable {
  readonly kind: 'prosody' | 'ejabberd';
  readonly domain: string;
  readonly host: string;
  readonly starttlsPort: number;
  readonly directTlsPort: number;
  readonly httpsPort: number;
  readonly proxyPort: number;
  readonly caFile: string;
  readonly ca: Ca;
  readonly certificate: Certificate;
  readonly dir: string;
  /** `username` alone, or `username@domain` for one of the extra domains. */
  register(username: string, password: string): Promise<void>;
  unregister(username: string): Promise<void>;
  log(): Promise<string>;
  stop(): Promise<void>;
  /** Same ports, same data. */
  restart(): Promise<void>;
}

export type Part =
  | 'blocklist'
  | 'carbons'
  | 'last'
  | 'mam'
  | 'muc'
  | 'offline'
  | 'pep'
  | 'ping'
  | 'proxy'
  | 'smacks'
  | 'upload'
  | 'vcard'
  | 'version';

export interface ServerOptions {
  domain?: string;
  extraDomains?: readonly string[];
  allowRegistration?: boolean;
  /** In bytes; default 256 KiB. */
  stanzaSizeLimit?: number;
  /** In bytes; default 10 MiB. */
  uploadSizeLimit?: number;
  /** Default 10000; Prosody only, ejabberd always uses 4096. */
  scramIterations?: number;
  without?: readonly Part[];
  /** The services for rooms, without the domain. Default: conference. */
  roomServices?: readonly string[];
  /** Lines in the server's own language: at the end of Prosody's global section, or further keys for ejabberd.yml. */
  extraConfig?: string;
  /** Sign with this authority (several servers, one CA) instead of a new one. */
  ca?: Ca;
  /** Show this certificate instead of a good one. */
  certificate?: Certificate;
}

export const servers = [
  ['prosody', startProsody],
  ['ejabberd', startEjabberd],
] as const;

export { startEjabberd, startProsody };
