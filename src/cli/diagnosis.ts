/** What `doctor` looks at: the way to the server, the password, the keychain, and all of that as cron would see it. */
import { userInfo } from 'node:os';
import { resolve } from 'node:path';
import { loadConfig } from '../account/config.ts';
import { createKeychain, type Keychain, passwordService } from '../account/keychain.ts';
import { pathsFor } from '../account/paths.ts';
import { findPassword } from '../account/secrets.ts';
import { effectiveSettings } from '../account/settings.ts';
import type { Diagnosis } from '../commands/context.ts';
import { shellWord, XmppctlError } from '../errors.ts';
import { optionName } from '../grammar/command.ts';
import { createProbe } from '../session/probe.ts';
import type { OpenOptions } from '../session/secured-stream.ts';
import type { System } from '../system.ts';
import type { Jid } from '../xmpp/jid.ts';
import type { SharedValues } from './parse.ts';

export interface DiagnosisParts {
  readonly system: System;
  readonly shared: SharedValues;
  readonly keychain: Keychain;
  readonly stopped: AbortSignal;
  left(): number;
  openOptions(target: Jid): Promise<{ options: OpenOptions; allowPlain: boolean }>;
  /** Finds the password, keeps it for the login, and resolves to its source. */
  lookUp(jid: Jid): Promise<string>;
}

export function createDiagnosis({ system, shared, keychain, ...parts }: DiagnosisParts): Diagnosis {
  return {
    async probe(target) {
      if (shared.dryRun) throw new XmppctlError('usage', 'doctor connects to find out; it has no --dry-run');
      const { options, allowPlain } = await parts.openOptions(target);
      return createProbe(options, allowPlain);
    },
    passwordSource: parts.lookUp,
    async inKeychain(jid) {
      const limits = { limitMs: parts.left(), signal: parts.stopped };
      return (await keychain.get(passwordService, jid.bare, limits)) !== null;
    },
    cron(jid) {
      const options = cronOptions(jid, system, shared);
      const env = cronEnvironment(system);
      const kept = Object.entries(env).filter(([name]) => name.startsWith('XDG_'));
      return {
        line: cronLine(system, [...kept.map(([name, value]) => `${name}=${shellWord(value)}`)], options),
        async passwordSource() {
          const inCron: System = Object.create(system, { env: { value: env }, stdin: { value: { isTTY: false } } });
          const paths = pathsFor(inCron);
          const { source } = await findPassword({
            jid,
            options,
            system: inCron,
            paths,
            settings: (await loadConfig(paths)).accounts.get(jid.bare) ?? {},
            noInput: false,
            deadlineMs: parts.left(),
            signal: parts.stopped,
            stored: true,
            keychain: createKeychain(inCron),
          });
          return source;
        },
      };
    },
  };
}

/** What cron gives to a command (crontab(5)), and the directories that the line itself sets. */
function cronEnvironment({ env }: System): Record<string, string> {
  const { homedir, username } = userInfo();
  const own = { HOME: env.HOME ?? homedir, LOGNAME: username, USER: username, SHELL: '/bin/sh', PATH: '/usr/bin:/bin' };
  const moved = ['XDG_CONFIG_HOME', 'XDG_STATE_HOME'].flatMap((name) => (env[name] ? [[name, env[name]]] : []));
  return { ...own, ...Object.fromEntries(moved) };
}

/** The options that this run got from the command line or from variables that cron does not have; paths absolute. */
function cronOptions(jid: Jid, { env }: System, shared: SharedValues) {
  const { server, caFile, pin, proxy, allowPlain, insecureNoTls } = effectiveSettings(shared, env, {});
  const passwordFile = shared.passwordFile ?? (shared.passwordCommand ? undefined : env.XMPPCTL_PASSWORD_FILE);
  return {
    account: jid.bare,
    server,
    caFile: caFile && resolve(caFile),
    pin,
    proxy,
    allowPlain,
    insecureNoTls,
    passwordFile: passwordFile && resolve(passwordFile),
    passwordCommand: shared.passwordCommand ?? (passwordFile ? undefined : env.XMPPCTL_PASSWORD_COMMAND),
  };
}

/** Absolute paths, because cron's PATH finds neither Node nor xmppctl; a % would end the line (crontab(5)). */
function cronLine(
  { execPath, program = '' }: System,
  variables: readonly string[],
  options: ReturnType<typeof cronOptions>,
): string {
  const switches = Object.entries(options).flatMap(([key, value]) => {
    if (value === undefined || value === false) return [];
    return value === true ? [`--${optionName(key)}`] : [`--${optionName(key)}`, shellWord(value)];
  });
  const words = [...variables, shellWord(execPath), shellWord(resolve(program)), 'send', ...switches];
  return `0 7 * * * ${[...words, 'ops@example.org', '"good morning"'].join(' ').replaceAll('%', '\\%')}`;
}
