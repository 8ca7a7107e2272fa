/** The accounts of this user: which one a command means, and what is remembered of each. */
import { rm } from 'node:fs/promises';
import type { Accounts } from '../commands/context.ts';
import { XmppctlError } from '../errors.ts';
import { fileError } from '../file-errors.ts';
import { jid as jidType } from '../grammar/values.ts';
import type { System } from '../system.ts';
import { type Jid, makeJid, parseJid } from '../xmpp/jid.ts';
import { refreshCompletion } from './completion-cache.ts';
import { type AccountSettings, type Config, loadConfig, updateConfig } from './config.ts';
import { createKeychain, type Keychain } from './keychain.ts';
import { accountCacheDir, accountStateDir, type Paths } from './paths.ts';
import { dropPending, readPending, storePending } from './pending-password.ts';
import { openSessionMemory } from './session-memory.ts';
import { forgetPassword, storePassword } from './store-password.ts';

/**
 * The account that a command means, as a bare JID: the option, XMPPCTL_ACCOUNT, the default of config.json, or the only
 * one there is. A domain alone means nobody in particular there (SASL ANONYMOUS). Throws kind usage if it is no JID, kind
 * config if there is none.
 */
export function resolveAccount(config: Config, given: { option?: Jid | undefined; env?: string | undefined }): Jid {
  if (given.option) return withoutResource(given.option);
  if (given.env) return withoutResource(parseNamed(given.env, 'XMPPCTL_ACCOUNT'));
  const [only, ...others] = config.accounts.keys();
  const chosen = config.default ?? (others.length === 0 ? only : undefined);
  if (chosen !== undefined) return parseJid(chosen);
  if (only === undefined) throw new XmppctlError('config', 'there is no account yet', { list: waysToOne });
  throw new XmppctlError('config', `there are ${others.length + 1} accounts and none is the default`, {
    hint: `Choose one: xmppctl accounts use ${only}, or xmppctl --account ${only} …`,
  });
}

const waysToOne = [
  'xmppctl register alice@example.org --save   creates one',
  'xmppctl login alice@example.org             stores the login of one you have',
  'xmppctl --account alice@example.org …       uses one without storing anything',
];

/** Config.json, the secret stores and the directories of each account as one. */
export function createAccounts(system: System, paths: Paths, keychain: Keychain = createKeychain(system)): Accounts {
  const stores = { paths, keychain };
  return {
    async list() {
      const config = await loadConfig(paths);
      return Array.from(config.accounts, ([jid, settings]) => ({
        jid,
        isDefault: jid === defaultOf(config),
        settings,
      }));
    },
    async save(jid, settings) {
      let before: AccountSettings | undefined;
      await updateConfig(paths, (config) => {
        before = config.accounts.get(jid.bare);
        merge(config, jid.bare, settings);
      });
      // An older password would be found before the prompt, and sent long after it was to be forgotten.
      const keptElsewhere = settings.secret === 'command' || settings.secret === 'none';
      const wasStored = before?.secret === 'keychain' || before?.secret === 'file';
      if (keptElsewhere && wasStored) await forgetPassword(jid.bare, before?.secret, stores);
    },
    async use({ bare }) {
      await updateConfig(paths, (config) => {
        if (!config.accounts.has(bare)) throw unknown(bare);
        config.default = bare;
      });
    },
    async forget({ bare }) {
      const { accounts } = await loadConfig(paths);
      // The entry goes last: if the keychain is locked it must still be known that there is something to forget.
      await dropPending(bare, stores);
      const forgotten = await forgetPassword(bare, accounts.get(bare)?.secret, stores);
      await removeDir(accountStateDir(paths, bare));
      await removeDir(accountCacheDir(paths, bare));
      await refreshCompletion(paths);
      if (!accounts.has(bare)) return forgotten;
      await updateConfig(paths, (config) => {
        config.accounts.delete(bare);
        if (config.default === bare) config.default = undefined;
      });
      return true;
    },
    async storePassword(jid, password, place) {
      await storePassword(jid.bare, password, place, stores);
      await dropPending(jid.bare, stores);
      // A command would be asked before the place where the password is now.
      await updateConfig(paths, (config) => merge(config, jid.bare, { secret: place, passwordCommand: undefined }));
    },
    storePending: ({ bare }, password, place) => storePending(bare, { password, place }, stores),
    pending: async ({ bare }) => (await readPending(bare, stores))?.password,
    async settlePending({ bare }, isTaken) {
      const pending = await readPending(bare, stores);
      if (isTaken && pending) {
        await storePassword(bare, pending.password, pending.place, stores);
        const { token, putToken } = await openSessionMemory(paths, bare);
        if (token) await putToken(undefined); // it stands for the old password
      }
      await dropPending(bare, stores);
    },
  };
}

const defaultOf = (config: Config): string | undefined =>
  config.default ?? (config.accounts.size === 1 ? config.accounts.keys().next().value : undefined);

/** Settings that are undefined are taken out; the first account becomes the default. */
function merge(
  config: Config,
  bareJid: string,
  settings: { [K in keyof AccountSettings]: AccountSettings[K] | undefined },
): void {
  if (config.accounts.size === 0) config.default ??= bareJid;
  const merged = Object.entries({ ...config.accounts.get(bareJid), ...settings }).filter(
    ([, value]) => value !== undefined,
  );
  config.accounts.set(bareJid, Object.fromEntries(merged));
}

async function removeDir(path: string): Promise<void> {
  try {
    await rm(path, { recursive: true, force: true });
  } catch (error) {
    throw fileError(error, `cannot remove ${path}`, 'ioerr');
  }
}

const withoutResource = ({ local, domain }: Jid): Jid => makeJid(local, domain);

function parseNamed(text: string, where: string): Jid {
  try {
    return jidType().parse(text);
  } catch (error) {
    throw new XmppctlError('usage', `${where}: ${(error as Error).message}`, { cause: error });
  }
}

const unknown = (bareJid: string): XmppctlError =>
  new XmppctlError('config', `there is no account ${bareJid}`, { hint: `Add it with: xmppctl login ${bareJid}` });
