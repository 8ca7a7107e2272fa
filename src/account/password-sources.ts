/** The sources of a password, in the order of SPEC 2: nothing slow is asked before something certain. */
import { join } from 'node:path';
import type { System } from '../system.ts';
import { readStored } from './file-store.ts';
import { firstLine, type Outcome } from './first-line.ts';
import { passwordService } from './keychain.ts';
import { passwordFromCommand } from './password-command.ts';
import { isStdin, passwordFromFile } from './password-file.ts';
import { passwordOnStdin } from './password-on-stdin.ts';
import { promptPassword, whyNoPrompt } from './prompt.ts';
import type { PasswordRequest } from './secrets.ts';

export interface Source {
  /** In words; never what it gave. */
  readonly name: string;
  /** Named on the command line or in the environment: if it fails, no other is asked. */
  readonly demanded?: true;
  /** Undefined: there is no such source here. May throw an XmppctlError of kind config with the reason. */
  ask(): Promise<Outcome | undefined>;
}

/** The sources of a request. `ending` aborts when its time is up, `left` is what is left of it in milliseconds. */
export function sourcesOf(request: PasswordRequest, ending: AbortSignal, left: () => number): Source[] {
  const given = [...fromOptions(request, ending), ...fromEnvironment(request, ending)];
  const stored = request.stored ? [...fromSystemd(request, ending), ...fromStores(request, ending, left)] : [];
  return [...given, ...stored, fromPrompt(request, ending)];
}

function fromOptions({ options, system }: PasswordRequest, ending: AbortSignal): Source[] {
  const { passwordStdin, passwordFile, passwordCommand } = options;
  const sources: Source[] = [];
  if (passwordStdin) {
    sources.push({ name: '--password-stdin', demanded: true, ask: () => passwordOnStdin(system, ending) });
  }
  if (passwordFile !== undefined) {
    const name = `--password-file ${passwordFile}`;
    sources.push({ name, demanded: true, ask: () => fromFile(passwordFile, system, ending) });
  }
  if (passwordCommand !== undefined) {
    const ask = () => passwordFromCommand(passwordCommand, system, ending);
    sources.push({ name: '--password-command', demanded: true, ask });
  }
  return sources;
}

function fromEnvironment({ system }: PasswordRequest, ending: AbortSignal): Source[] {
  const { XMPPCTL_PASSWORD_FILE: file, XMPPCTL_PASSWORD_COMMAND: command } = system.env;
  // Taken out also if another source wins: no child of ours is to inherit it.
  const password = takePassword(system.env);
  const sources: Source[] = [];
  if (file) {
    const name = `XMPPCTL_PASSWORD_FILE ${file}`;
    sources.push({ name, demanded: true, ask: () => fromFile(file, system, ending) });
  }
  if (command) {
    const ask = () => passwordFromCommand(command, system, ending);
    sources.push({ name: 'XMPPCTL_PASSWORD_COMMAND', demanded: true, ask });
  }
  if (password !== undefined) {
    sources.push({ name: 'XMPPCTL_PASSWORD', demanded: true, ask: async () => firstLine(Buffer.from(password)) });
  }
  return sources;
}

const fromFile = (path: string, system: System, ending: AbortSignal): Promise<Outcome> =>
  isStdin(path) ? passwordOnStdin(system, ending) : passwordFromFile(path, system, ending);

/** By environment: one run may ask twice (to log in again, or for another step), and the variable is gone by then. */
const taken = new WeakMap<System['env'], string>();

function takePassword(env: System['env']): string | undefined {
  const password = env.XMPPCTL_PASSWORD;
  if (password === undefined) return taken.get(env);
  taken.set(env, password);
  delete env.XMPPCTL_PASSWORD;
  return password;
}

function fromSystemd({ system, jid }: PasswordRequest, ending: AbortSignal): Source[] {
  const directory = system.env.CREDENTIALS_DIRECTORY;
  if (!directory) return [];
  return [`xmppctl.${jid.bare}`, 'xmppctl.password'].map((name) => ({
    name: `systemd credential ${name}`,
    async ask() {
      // systemd guards them by the directory and by ACLs, which look like group rights here.
      const outcome = await passwordFromFile(join(directory, name), system, ending, false);
      return 'failed' in outcome && outcome.missing ? undefined : outcome;
    },
  }));
}

function fromStores(request: PasswordRequest, ending: AbortSignal, left: () => number): Source[] {
  const { jid, settings, system, paths, keychain } = request;
  const { passwordCommand, secret } = settings;
  const sources: Source[] = [];
  if (passwordCommand !== undefined) {
    const ask = () => passwordFromCommand(passwordCommand, system, ending);
    sources.push({ name: `"passwordCommand" of ${paths.configFile}`, ask });
  }
  // Who stored a password in the file has no use for a keychain, and one that hangs would cost seconds at each run.
  if (secret !== 'file') {
    sources.push({
      name: 'keychain',
      async ask() {
        const limits = { limitMs: left(), signal: ending };
        const password = await keychain.get(passwordService, jid.bare, limits);
        if (password !== null) return checked(password);
        return { failed: secret === 'keychain' ? 'locked, or its entry is gone' : 'it has no entry for this account' };
      },
    });
  }
  if (secret === 'file') {
    sources.push({
      name: `file store ${paths.secretsFile}`,
      async ask() {
        const password = await readStored(paths, jid.bare);
        return password === undefined ? { failed: 'it has no entry for this account' } : checked(password);
      },
    });
  }
  return sources;
}

/** A stored password is taken whole, newline or not: it is what the server accepted once. */
const checked = (password: string): Outcome => (password === '' ? { failed: 'its entry is empty' } : { password });

function fromPrompt({ jid, system, noInput, confirm }: PasswordRequest, ending: AbortSignal): Source {
  return {
    name: 'prompt',
    async ask() {
      const problem = whyNoPrompt(system, noInput);
      return problem === undefined ? promptPassword(jid.bare, system, ending, confirm) : { failed: problem };
    },
  };
}
