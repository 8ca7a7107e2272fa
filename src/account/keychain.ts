/** The keychain of the operating system, with a time limit: libsecret, macOS Keychain or Windows Credential Manager. */
import { XmppctlError } from '../errors.ts';
import type { System } from '../system.ts';
import { findSessionBus, type SessionBus } from './dbus.ts';
import { callKeytar, findKeytar, type KeychainRequest } from './keychain-child.ts';

/** Each call throws kind config, with the reason, if the keychain cannot be used; it never takes more than 6 s. */
export interface Keychain {
  /** The secret, or null. A locked keychain of libsecret gives null too. */
  get(service: string, account: string, limits?: Limits): Promise<string | null>;
  set(service: string, account: string, secret: string, limits?: Limits): Promise<void>;
  /** Whether there was something to delete; a locked keychain of libsecret says no. */
  delete(service: string, account: string, limits?: Limits): Promise<boolean>;
}

interface Limits {
  /** Milliseconds; never more than 5 s. */
  readonly limitMs?: number;
  readonly signal?: AbortSignal | undefined;
}

/** Passwords: the account is the bare JID. */
export const passwordService = 'xmppctl';
/** Passwords that a server may or may not have taken yet: the account is the bare JID. */
export const pendingService = 'xmppctl-pending';
/** Tokens that a server gave instead of a password (XEP-0484): the account is the bare JID. */
export const tokenService = 'xmppctl-token';

const longestMs = 5000;
const outOfResources = ['EMFILE', 'ENFILE', 'ENOMEM', 'EAGAIN'];

/** The keychain; nothing is loaded or asked before the first call. */
export function createKeychain(system: Pick<System, 'env' | 'uid' | 'platform' | 'execPath'>): Keychain {
  let bus: Promise<SessionBus> | undefined;

  async function call(request: KeychainRequest, limits: Limits = {}): Promise<string | boolean | null> {
    const end = performance.now() + Math.min(limits.limitMs ?? longestMs, longestMs);
    const keytar = findKeytar();
    if (keytar === undefined) throw unusable('keytar is not installed (it is an optional part of xmppctl)');
    let address: string | undefined;
    if (system.platform !== 'darwin' && system.platform !== 'win32') {
      bus ??= findSessionBus(system);
      const found = await bus;
      if ('failed' in found) throw unusable(found.failed);
      address = found.address;
    }
    const limitMs = Math.max(1, end - performance.now());
    const reply = await callKeytar(system, keytar, request, { bus: address, limitMs, signal: limits.signal });
    if ('value' in reply) return reply.value;
    if (reply.code !== undefined && outOfResources.includes(reply.code)) throw new XmppctlError('oserr', reply.failed);
    throw unusable(reply.failed);
  }

  return {
    async get(service, account, limits) {
      const value = await call({ op: 'getPassword', service, account }, limits);
      return typeof value === 'string' ? value : null;
    },
    async set(service, account, password, limits) {
      await call({ op: 'setPassword', service, account, password }, limits);
    },
    async delete(service, account, limits) {
      return (await call({ op: 'deletePassword', service, account }, limits)) === true;
    },
  };
}

const unusable = (reason: string): XmppctlError =>
  new XmppctlError('config', reason, {
    hint: 'Without a keychain: --password-command, --password-file, or xmppctl login --store file.',
  });
