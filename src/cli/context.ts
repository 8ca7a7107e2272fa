/** Builds the Context of one command: everything lazily, so that a command pays only for what it uses. */
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { createAccounts, resolveAccount } from '../account/accounts.ts';
import { cacheFileOf, readCached, writeCacheText } from '../account/cache.ts';
import { rememberNames } from '../account/completion-cache.ts';
import { type AccountSettings, type Config, loadConfig } from '../account/config.ts';
import { createKeychain } from '../account/keychain.ts';
import { pathsFor } from '../account/paths.ts';
import { findPassword } from '../account/secrets.ts';
import { effectiveSettings, type Settings } from '../account/settings.ts';
import type { Context, Progress } from '../commands/context.ts';
import { XmppctlError } from '../errors.ts';
import type { Command } from '../grammar/command.ts';
import { DryRunEnd, drySession } from '../session/dry-session.ts';
import { createHttps } from '../session/https.ts';
import { openSession, proveLogin } from '../session/open.ts';
import { createResolver } from '../session/resolver.ts';
import type { OpenOptions } from '../session/secured-stream.ts';
import type { OpenSession } from '../session/session.ts';
import { parsePin } from '../session/tls.ts';
import { openUnauthenticated } from '../session/unauthenticated.ts';
import type { System } from '../system.ts';
import type { Jid } from '../xmpp/jid.ts';
import { type Deadline, defaultTimeoutMs } from './deadline.ts';
import { createInput, files } from './input.ts';
import type { SharedValues } from './parse.ts';
import { createTrace } from './trace-file.ts';

export interface Surroundings {
  readonly system: System;
  readonly command: Command;
  readonly shared: SharedValues;
  readonly stopped: AbortSignal;
  readonly deadline: (ms: number) => Deadline;
  /** A line on stderr. */
  say(line: string): void;
  /** Text on stdout, for --dry-run. */
  print(text: string): Promise<void>;
  /** A line on stderr that changes. */
  progress(text: string): Promise<Progress>;
}

export function createContext(surroundings: Surroundings): Context {
  const { system, command, shared, stopped, say, print } = surroundings;
  const paths = pathsFor(system);
  const keychain = createKeychain(system);
  let loaded: Promise<Config> | undefined;
  const config = (): Promise<Config> => {
    loaded ??= loadConfig(paths);
    return loaded;
  };
  const remembered = async (jid: Jid): Promise<AccountSettings> => (await config()).accounts.get(jid.bare) ?? {};
  const settingsOf = async (jid: Jid): Promise<Settings> =>
    effectiveSettings(shared, system.env, await remembered(jid), jid.bare);
  let timer: Deadline | undefined;
  const deadlineOf = (settings: Pick<Settings, 'timeout'>): Deadline => {
    timer ??= surroundings.deadline(settings.timeout ?? defaultTimeoutMs);
    return timer;
  };

  const passwordOf = async (
    jid: Jid,
    settings: Settings,
    more: { stored: boolean; confirm?: boolean | undefined },
  ): Promise<string> => {
    const deadline = deadlineOf(settings);
    const { password, source } = await findPassword({
      ...more,
      jid,
      options: shared,
      system,
      paths,
      settings: await remembered(jid),
      noInput: settings.noInput,
      deadlineMs: deadline.left(),
      signal: stopped,
      keychain,
    });
    context.verbose(`password from ${source}`);
    if (source.startsWith('prompt')) deadline.restart();
    return password;
  };

  const networkOptions = async (settings: Settings) => ({
    trust: {
      ca: settings.caFile === undefined ? undefined : await readCa(settings.caFile),
      pin: settings.pin === undefined ? undefined : parsePin(settings.pin),
    },
    proxy: settings.proxy,
    resolver: createResolver(system.env.XMPPCTL_RESOLVER),
    signal: AbortSignal.any([deadlineOf(settings).signal, stopped]),
  });
  const openOptions = async (domain: string, settings: Settings): Promise<OpenOptions> => ({
    ...(await networkOptions(settings)),
    domain,
    server: settings.server,
    insecureNoTls: settings.insecureNoTls,
    trace: createTrace(settings.trace, say),
    stopped,
    verbose: context.verbose,
    warn: context.warn,
    randomId: context.randomId,
  });

  const credentials = (jid: Jid, settings: Settings, password: string) => ({
    username: jid.local,
    password: async () => password,
    allowPlain: settings.allowPlain,
  });

  const context: Context = {
    async account() {
      return resolveAccount(await config(), { option: shared.account, env: system.env.XMPPCTL_ACCOUNT });
    },
    async connect() {
      const jid = await context.account();
      if (shared.dryRun) return drySession(jid, (xmlText) => print(`${xmlText}\n`));
      const settings = await settingsOf(jid);
      const deadline = deadlineOf(settings);
      const password = jid.local === undefined ? '' : await passwordOf(jid, settings, { stored: true });
      const session = await openSession(
        jid,
        credentials(jid, settings, password),
        await openOptions(jid.domain, settings),
      );
      if (command.openEnded) deadline.lift();
      watch(session, deadline, stopped);
      return session;
    },
    async connectWithoutLogin(domain) {
      const settings = effectiveSettings(shared, system.env, {});
      return await openUnauthenticated(await openOptions(domain, settings));
    },
    async proveLogin(jid, { password, trustOnFirstUse = false } = {}) {
      const settings = await settingsOf(jid);
      const known = password ?? (await passwordOf(jid, settings, { stored: true }));
      const options = await openOptions(jid.domain, settings);
      const trust = trustOnFirstUse && options.trust.pin === undefined ? { onFirstUse: () => {} } : options.trust;
      return await proveLogin(jid, credentials(jid, settings, known), { ...options, trust });
    },
    async givenPassword(jid, options) {
      const settings = await settingsOf(jid);
      return await passwordOf(jid, settings, { stored: false, confirm: options?.confirm });
    },
    connectionSettings: () => ({
      ...pick(shared, ['server', 'pin', 'proxy', 'passwordCommand']),
      ...(shared.caFile === undefined ? {} : { caFile: resolve(shared.caFile) }),
      ...(shared.allowPlain ? { allowPlain: true } : {}),
      ...(shared.insecureNoTls ? { insecureNoTls: true } : {}),
    }),
    accounts: createAccounts(system, paths, keychain),
    cache: {
      get: async (name) => readCached(paths, cacheFileOf(paths, (await context.account()).bare, name)),
      async put(name, value) {
        const file = cacheFileOf(paths, (await context.account()).bare, name);
        if (!(await writeCacheText(paths, file, JSON.stringify(value)))) context.verbose(`cannot write ${file}`);
      },
    },
    async remember(kind, entries, { replace = false, account } = {}) {
      await rememberNames(paths, (account ?? (await context.account())).bare, kind, entries, replace);
    },
    async https() {
      if (shared.dryRun) throw new DryRunEnd();
      const named = shared.account !== undefined || system.env.XMPPCTL_ACCOUNT !== undefined;
      const hasAccount = named || (await config()).accounts.size > 0;
      const settings = hasAccount
        ? await settingsOf(await context.account())
        : effectiveSettings(shared, system.env, {});
      return createHttps({
        ...(await networkOptions(settings)),
        silenceMs: settings.timeout ?? defaultTimeoutMs,
        moved: () => deadlineOf(settings).extend(),
      });
    },
    progress: surroundings.progress,
    input: createInput(system),
    files,
    clock: {
      now: () => new Date(system.now()),
      monotonic: system.monotonic,
      after: (ms, signal) => after(ms, signal),
    },
    stopped,
    left: () => timer?.left() ?? defaultTimeoutMs,
    randomId: () => crypto.randomUUID(),
    notice: (line) => (shared.quiet ? undefined : say(line)),
    warn: (line) => say(`warning: ${line}`),
    verbose: (line) => (shared.verbose ? say(line) : undefined),
  };
  return context;
}

/** The session ends with the deadline, and when the user wants to stop. */
function watch(session: OpenSession, deadline: Deadline, stopped: AbortSignal): void {
  const interrupted = new XmppctlError('tempfail', 'interrupted');
  deadline.signal.addEventListener('abort', () => session.abort(deadline.signal.reason), { once: true });
  stopped.addEventListener('abort', () => session.interrupt(interrupted), { once: true });
  if (stopped.aborted) session.interrupt(interrupted);
}

async function readCa(path: string): Promise<string> {
  try {
    const pem = await readFile(path, 'utf8');
    if (pem.includes('-----BEGIN CERTIFICATE-----')) return pem;
    throw new Error('no certificate in it');
  } catch (error) {
    throw new XmppctlError('noinput', `cannot read the CA file ${path}: ${(error as Error).message}`, { cause: error });
  }
}

function after(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((done) => {
    if (signal?.aborted) return done();
    const timer = setTimeout(finish, Math.min(ms, 2 ** 31 - 1));
    function finish(): void {
      clearTimeout(timer);
      signal?.removeEventListener('abort', finish);
      done();
    }
    signal?.addEventListener('abort', finish, { once: true });
  });
}

function pick<T extends object, K extends keyof T>(
  from: T,
  keys: readonly K[],
): { [P in K]?: Exclude<T[P], undefined> } {
  return Object.fromEntries(keys.flatMap((key) => (from[key] === undefined ? [] : [[key, from[key]]]))) as {
    [P in K]?: Exclude<T[P], undefined>;
  };
}
