/** What applies in the end: option, then environment, then config.json (SPEC 2). */
import { XmppctlError } from '../errors.ts';
import { type Args, type Flag, type Option, type Values, variableName } from '../grammar/command.ts';
import { connectionArgs, outputArgs } from '../grammar/shared-args.ts';
import type { System } from '../system.ts';
import type { AccountSettings } from './config.ts';

const sharedArgs = { ...connectionArgs, ...outputArgs };

type SharedValues = Values<typeof sharedArgs>;
/** The values of all shared options; absent options are undefined, flags false. */
export type Settings = { readonly [K in keyof SharedValues]: SharedValues[K] };

/** Options that findPassword and resolveAccount look for themselves, in an order of their own. */
const handledElsewhere = ['account', 'passwordStdin', 'passwordFile', 'passwordCommand'];
/** Not from the environment: one forgotten `export` must not take TLS from every account (SPEC 2, Trust). */
const notFromEnvironment = ['insecureNoTls', ...handledElsewhere];
/** Not for every run of an account: what one run prints, or that it does nothing. */
const notFromConfig = ['json', 'trace', 'dryRun', ...handledElsewhere];
/** One decision said in two ways: where one was taken, the other of a weaker place does not count. */
const sameDecision: Readonly<Record<string, string>> = { output: 'json', json: 'output' };

const yes = ['1', 'true', 'yes', 'on'];
const no = ['', '0', 'false', 'no', 'off'];

/**
 * Merges the options of a command with XMPPCTL_… variables and with what config.json says of the account. Throws kind
 * usage naming the variable, or kind config naming the key, if a value there is not one that the option would take.
 */
export function effectiveSettings(
  options: Partial<Settings>,
  env: System['env'],
  account: AccountSettings,
  accountName = 'the account',
): Settings {
  const merged: Record<string, unknown> = {};
  const decided = (name: string): boolean => name in merged || (sameDecision[name] ?? name) in merged;
  const layers = [
    // A flag that was not given is false, so there false says nothing.
    (name: string) => (options[name as keyof Settings] === false ? undefined : options[name as keyof Settings]),
    (name: string, arg: SharedArg) => (notFromEnvironment.includes(name) ? undefined : fromEnvironment(name, arg, env)),
    (name: string, arg: SharedArg) =>
      notFromConfig.includes(name) ? undefined : fromConfig(name, arg, account, accountName),
  ];
  for (const layer of layers) {
    const values = entries.map(([name, arg]) => [name, decided(name) ? undefined : layer(name, arg)] as const);
    for (const [name, value] of values) if (value !== undefined) merged[name] = value;
  }
  for (const [name, arg] of entries) merged[name] ??= arg.kind === 'flag' ? false : undefined;
  return merged as unknown as Settings;
}

type SharedArg = Flag | Option<unknown>;
const entries = Object.entries(sharedArgs as Args).filter(
  (entry): entry is [string, SharedArg] => entry[1].kind !== 'positional',
);

function fromEnvironment(name: string, arg: SharedArg, env: System['env']): unknown {
  const variable = variableName(name);
  const text = env[variable];
  if (text === undefined || (text === '' && arg.kind !== 'flag')) return undefined;
  const word = text.toLowerCase();
  if (arg.kind === 'flag') {
    if (yes.includes(word)) return true;
    if (no.includes(word)) return false;
    throw new XmppctlError(
      'usage',
      `${variable}: '${text}' is not one of ${[...yes, ...no].filter(Boolean).join(', ')}`,
    );
  }
  if (arg.bare !== undefined && yes.includes(word)) return arg.bare;
  if (arg.bare !== undefined && no.includes(word)) return undefined;
  return parseAs('usage', variable, arg, text);
}

function fromConfig(name: string, arg: SharedArg, account: AccountSettings, accountName: string): unknown {
  const value = Object.hasOwn(account, name) ? account[name as keyof AccountSettings] : undefined;
  if (value === undefined || arg.kind === 'flag') return value;
  return parseAs('config', `config.json, accounts, "${accountName}", "${name}"`, arg, String(value));
}

function parseAs(kind: 'usage' | 'config', where: string, arg: Option<unknown>, text: string): unknown {
  try {
    return arg.type.parse(text);
  } catch (error) {
    if (!(error instanceof XmppctlError)) throw error;
    throw new XmppctlError(kind, `${where}: ${error.message}`, { hint: error.hint, cause: error });
  }
}
