/** A System and a home of the test's own: nothing of the machine it runs on shows through. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { onTestFinished } from 'vitest';
import type { Keychain } from '../../src/account/keychain.ts';
import { type Paths, pathsFor } from '../../src/account/paths.ts';
import { findPassword, type PasswordRequest } from '../../src/account/secrets.ts';
import { XmppctlError } from '../../src/errors.ts';
import type { System } from '../../src/system.ts';
import { parseJid } from '../../src/xmpp/jid.ts';

export type FakeStdin = PassThrough & { isTTY?: boolean; setRawMode?(on: boolean): unknown; raw?: boolean };
export interface FakeSystem extends System {
  readonly stdin: FakeStdin;
  /** All that was written to stderr. */
  errors(): string;
}

/** A temporary directory that is removed when the test has finished. */
export function temporaryDir(): string {
  const dir = mkdtempSync(join(tmpdir(), 'xmppctl-account-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

export function fakeSystem(env: Record<string, string> = {}, { terminal = false } = {}): FakeSystem {
  const stdin: FakeStdin = new PassThrough();
  const stderr = Object.assign(new PassThrough(), { isTTY: terminal });
  if (terminal) {
    stdin.isTTY = true;
    stdin.setRawMode = (on) => {
      stdin.raw = on;
    };
  }
  let written = '';
  stderr.on('data', (data: Buffer) => {
    written += data.toString();
  });
  return {
    argv: [],
    env: { HOME: temporaryDir(), PATH: process.env.PATH ?? '', ...env },
    platform: process.platform,
    uid: process.getuid?.(),
    pid: process.pid,
    execPath: process.execPath,
    stdin,
    stdout: new PassThrough(),
    stderr,
    kill: (pid, signal) => void process.kill(pid, signal),
    now: Date.now,
    monotonic: () => performance.now(),
    errors: () => written,
  };
}

export function fakePaths(): Paths {
  return pathsFor({ env: { HOME: temporaryDir() }, platform: process.platform, uid: process.getuid?.() });
}

/** A keychain in memory; with `reason`, one that cannot be used. */
export function fakeKeychain(reason?: string): Keychain & { readonly items: Map<string, string>; asked: number } {
  const items = new Map<string, string>();
  const use = (): void => {
    keychain.asked++;
    if (reason !== undefined) throw new XmppctlError('config', reason);
  };
  const keychain = {
    items,
    asked: 0,
    async get(service: string, account: string) {
      use();
      return items.get(`${service} ${account}`) ?? null;
    },
    async set(service: string, account: string, secret: string) {
      use();
      items.set(`${service} ${account}`, secret);
    },
    async delete(service: string, account: string) {
      use();
      return items.delete(`${service} ${account}`);
    },
  };
  return keychain;
}

export const alice = parseJid('alice@example.org');

export function request(overrides: Partial<PasswordRequest> = {}): PasswordRequest {
  return {
    jid: alice,
    options: {},
    system: fakeSystem(),
    paths: fakePaths(),
    settings: {},
    noInput: false,
    deadlineMs: 10_000,
    stored: true,
    keychain: fakeKeychain(),
    ...overrides,
  };
}

/** The error that a search for a password ends with. */
export const failureOf = (wanted: PasswordRequest): Promise<XmppctlError> => errorOf(findPassword(wanted));

/** The XmppctlError that a promise rejects with. */
export async function errorOf(promise: Promise<unknown>): Promise<XmppctlError> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof XmppctlError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}
