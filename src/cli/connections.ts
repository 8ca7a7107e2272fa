/** How a command gets its connections: which account, which settings, which password, and what is remembered of the server. */
import { resolveAccount } from '../account/accounts.ts';
import type { AccountSettings } from '../account/config.ts';
import { givenSecret } from '../account/given-secret.ts';
import type { Keychain } from '../account/keychain.ts';
import type { Paths } from '../account/paths.ts';
import { type FoundPassword, findPassword } from '../account/secrets.ts';
import { openSessionMemory } from '../account/session-memory.ts';
import { effectiveSettings, type Settings } from '../account/settings.ts';
import type { Accounts, Context } from '../commands/context.ts';
import { XmppctlError } from '../errors.ts';
import { DryRunEnd, drySession, dryStream } from '../session/dry-session.ts';
import { createHttps } from '../session/https.ts';
import { readKnownServer } from '../session/known-server.ts';
import { openSession, proveLogin } from '../session/open.ts';
import { createResolver } from '../session/resolver.ts';
import type { OpenOptions } from '../session/secured-stream.ts';
import { parsePin } from '../session/tls.ts';
import { openUnauthenticated } from '../session/unauthenticated.ts';
import type { Jid } from '../xmpp/jid.ts';
import { readCa } from './ca-file.ts';
import { connectionSettings } from './connection-settings.ts';
import type { Surroundings } from './context.ts';
import { type Deadline, defaultTimeoutMs } from './deadline.ts';
import { createDiagnosis } from './diagnosis.ts';
import { interruption, readyUnless, watch } from './interruption.ts';
import { isGivenByHand, typedPassword } from './new-password.ts';
import { settlePending } from './pending-password.ts';
import { tokensOf } from './tokens.ts';
import { createTrace } from './trace-file.ts';

/** The part of the Context that reaches the network. */
export type Connections = Pick<
  Context,
  | 'account'
  | 'connect'
  | 'connectWithoutLogin'
  | 'proveLogin'
  | 'givenPassword'
  | 'secret'
  | 'newPassword'
  | 'connectionSettings'
  | 'diagnosis'
  | 'https'
  | 'left'
  | 'timeout'
>;
type Voice = Pick<Context, 'verbose' | 'warn' | 'randomId'>;

export function createConnections(
  { system, command, shared, config, stopped, say, print, deadline: startDeadline }: Surroundings,
  { paths, keychain, accounts }: { paths: Paths; keychain: Keychain; accounts: Accounts },
  { verbose, warn, randomId }: Voice,
): Connections {
  const remembered = async (jid: Jid): Promise<AccountSettings> => (await config()).accounts.get(jid.bare) ?? {};
  const settingsOf = async (jid: Jid): Promise<Settings> =>
    effectiveSettings(shared, system.env, await remembered(jid), jid.bare);
  let timer: Deadline | undefined;
  const deadlineOf = (settings: Pick<Settings, 'timeout'>): Deadline => {
    timer ??= startDeadline(settings.timeout ?? defaultTimeoutMs);
    return timer;
  };

  const interrupted = interruption(stopped);
  /** By account: what was found once is not looked for again. */
  const found = new Map<string, FoundPassword>();
  const lookUp = async (
    jid: Jid,
    settings: Settings,
    more: { stored: boolean; confirm?: boolean | undefined },
  ): Promise<FoundPassword> => {
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
    verbose(`password from ${source}`);
    if (source.startsWith('prompt')) deadline.restart();
    return { password, source };
  };
  const passwordOf: (...request: Parameters<typeof lookUp>) => Promise<string> = async (jid, settings, more) => {
    const password = (more.stored && found.get(jid.bare)) || (await lookUp(jid, settings, more));
    if (more.stored) found.set(jid.bare, password);
    return password.password;
  };

  const networkOptions = async (settings: Settings) => ({
    trust: {
      ca: settings.caFile === undefined ? undefined : await readCa(settings.caFile),
      pin: settings.pin === undefined ? undefined : parsePin(settings.pin),
    },
    proxy: settings.proxy,
    resolver: createResolver(system.env.XMPPCTL_RESOLVER),
  });
  const openOptions = async (domain: string, settings: Settings, signal = stopped): Promise<OpenOptions> => ({
    ...(await networkOptions(settings)),
    signal: AbortSignal.any([deadlineOf(settings).signal, stopped, signal]),
    domain,
    server: settings.server,
    insecureNoTls: settings.insecureNoTls,
    trace: createTrace(settings.trace, say, system.platform),
    stopped,
    verbose,
    warn,
    randomId,
  });

  const byHand = isGivenByHand(shared, system.env);
  /** A token stands for a stored password; who gives one by hand means that one, and wants nothing stored. */
  const mayUseTokens = async (jid: Jid): Promise<boolean> => {
    const { secret = 'none', passwordCommand } = await remembered(jid);
    return !byHand && (secret !== 'none' || passwordCommand !== undefined);
  };
  const settle = async (jid: Jid): Promise<void> => {
    if (byHand) return;
    await settlePending(jid, accounts, (password) => connections.proveLogin(jid, { password }), warn);
  };

  const show = (xmlText: string): Promise<void> => print(`${xmlText}\n`);
  const connections: Connections = {
    async account() {
      return resolveAccount(await config(), { option: shared.account, env: system.env.XMPPCTL_ACCOUNT });
    },
    async connect({ byPassword = false, signal, ...link } = {}) {
      const jid = await connections.account();
      if (shared.dryRun) return drySession(jid, show);
      await settle(jid);
      const settings = await settingsOf(jid);
      // What stays open connects again and again, each time with all of --timeout.
      if (command.openEnded) timer = undefined;
      const deadline = deadlineOf(settings);
      const memory = await openSessionMemory(paths, jid.bare);
      let password: Promise<string> | undefined;
      const session = await openSession(
        jid,
        {
          username: jid.local,
          password: () => {
            password ??= passwordOf(jid, settings, { stored: true });
            return password;
          },
          allowPlain: settings.allowPlain,
          left: () => deadline.left(),
        },
        {
          ...(await openOptions(jid.domain, settings, signal)),
          known: readKnownServer(memory.server, settings.server ?? ''),
          remember: memory.rememberServer,
          ...link,
          limitMs: command.openEnded ? deadline.length : undefined,
          neverInClear: byPassword,
          tokens: !byPassword && (await mayUseTokens(jid)) ? tokensOf(memory) : undefined,
        },
      );
      watch(session, deadline.signal, stopped);
      if (command.openEnded) await readyUnless(session, signal).finally(() => deadline.lift());
      return session;
    },
    async connectWithoutLogin(domain) {
      if (shared.dryRun) return dryStream(domain, show);
      const settings = effectiveSettings(shared, system.env, {});
      return await openUnauthenticated(await openOptions(domain, settings));
    },
    async proveLogin(jid, { password, anew = false, trustOnFirstUse = false } = {}) {
      if (shared.dryRun) throw new DryRunEnd();
      const settings = await settingsOf(jid);
      const known = password ?? (await passwordOf(jid, settings, { stored: true }));
      const options = await openOptions(jid.domain, settings);
      const trust = trustOnFirstUse && options.trust.pin === undefined ? { onFirstUse: () => {} } : options.trust;
      const { allowPlain } = settings;
      const left = (): number => deadlineOf(settings).left();
      const credentials = { username: jid.local, password: async () => known, allowPlain, left };
      const memory = await openSessionMemory(paths, jid.bare);
      const baseline = anew ? undefined : readKnownServer(memory.server, settings.server ?? '');
      const proved = await proveLogin(jid, credentials, { ...options, trust, baseline, neverInClear: !anew });
      if (anew) await memory.rememberServer({});
      // A token of an older password counts no more.
      if (memory.token) await memory.putToken(undefined);
      return proved;
    },
    async givenPassword(jid, options) {
      const settings = await settingsOf(jid);
      return await passwordOf(jid, settings, { stored: false, confirm: options?.confirm });
    },
    async secret(option, sources) {
      if (sources.stdin && shared.passwordStdin) {
        throw new XmppctlError('usage', `--password-stdin and --${option}-stdin cannot be given together`);
      }
      const deadline = deadlineOf(await settingsOf(await connections.account()));
      return await givenSecret(option, sources, system, AbortSignal.any([deadline.signal, stopped]));
    },
    async newPassword(jid, sources) {
      if (!shared.dryRun) await settle(jid);
      const settings = await settingsOf(jid);
      const deadline = deadlineOf(settings);
      // The old one is asked for first.
      if (!shared.dryRun) await passwordOf(jid, settings, { stored: true });
      const given = await connections.secret('new-password', sources);
      if (given !== undefined) return given;
      const typed = await typedPassword(jid, system, settings.noInput, AbortSignal.any([deadline.signal, stopped]));
      deadline.restart();
      return typed;
    },
    connectionSettings: () => connectionSettings(shared),
    diagnosis: createDiagnosis({
      system,
      shared,
      keychain,
      stopped,
      left: () => connections.left(),
      async openOptions(target) {
        const settings =
          target.local === undefined ? effectiveSettings(shared, system.env, {}) : await settingsOf(target);
        return { options: await openOptions(target.domain, settings), allowPlain: settings.allowPlain };
      },
      async lookUp(jid) {
        const password = await lookUp(jid, await settingsOf(jid), { stored: true });
        found.set(jid.bare, password);
        return password.source;
      },
    }),
    async https() {
      if (shared.dryRun) throw new DryRunEnd();
      const named = shared.account !== undefined || system.env.XMPPCTL_ACCOUNT !== undefined;
      const hasAccount = named || (await config()).accounts.size > 0;
      const settings = hasAccount
        ? await settingsOf(await connections.account())
        : effectiveSettings(shared, system.env, {});
      const rest = { ...(await networkOptions(settings)), silenceMs: settings.timeout ?? defaultTimeoutMs };
      // There --timeout is for connecting, and files come meanwhile.
      if (command.openEnded) return createHttps({ ...rest, signal: interrupted, moved: () => {} });
      const signal = AbortSignal.any([deadlineOf(settings).signal, interrupted]);
      return createHttps({ ...rest, signal, moved: () => deadlineOf(settings).extend() });
    },
    left: () => timer?.left() ?? defaultTimeoutMs,
    timeout: () => timer?.length ?? defaultTimeoutMs,
  };
  return connections;
}
