/** What stands in config.json: its shape, and how text becomes that shape, with errors that name line and key. */
import { XmppctlError } from '../errors.ts';
import { readJid } from '../xmpp/jid.ts';

export const secretPlaces = ['keychain', 'file', 'command', 'none'] as const;
/** Where `login` put the password of an account. */
export type SecretPlace = (typeof secretPlaces)[number];

/** What config.json holds of one account; keys that are not listed here are kept when it is rewritten. */
export interface AccountSettings {
  server?: string;
  caFile?: string;
  pin?: string;
  proxy?: string;
  /** A duration as on the command line: 30s, 5m. */
  timeout?: string;
  output?: string;
  /** A shell command whose first line is the password. */
  passwordCommand?: string;
  allowPlain?: boolean;
  insecureNoTls?: boolean;
  noHeader?: boolean;
  noColor?: boolean;
  noInput?: boolean;
  quiet?: boolean;
  verbose?: boolean;
  /** The nickname in rooms. */
  nick?: string;
  secret?: SecretPlace;
}

export interface Config {
  /** The bare JID of the account that is used when none is named. */
  default: string | undefined;
  /** By bare JID. */
  accounts: Map<string, AccountSettings>;
}

export type JsonObject = Record<string, unknown>;

const settingTypes = {
  server: 'string',
  caFile: 'string',
  pin: 'string',
  proxy: 'string',
  timeout: 'string',
  output: 'string',
  passwordCommand: 'string',
  nick: 'string',
  allowPlain: 'boolean',
  insecureNoTls: 'boolean',
  noHeader: 'boolean',
  noColor: 'boolean',
  noInput: 'boolean',
  quiet: 'boolean',
  verbose: 'boolean',
  secret: 'place',
} as const satisfies Record<keyof AccountSettings, 'string' | 'boolean' | 'place'>;

const expected = {
  string: 'a text in double quotes',
  boolean: 'true or false',
  place: `one of ${secretPlaces.map((place) => `"${place}"`).join(', ')}`,
};

/** The object in the text of `path`; throws kind config with the line that is wrong. */
export function parseJsonObject(text: string, path: string, kind: 'config' | 'osfile' = 'config'): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(text.replace(/^\ufeff/, ''));
  } catch {
    // The message of JSON.parse quotes the text around the mistake, which may be a secret.
    throw new XmppctlError(kind, `${path} is not valid JSON: see line ${lineOfMistake(text)}`);
  }
  if (!isObject(value)) throw new XmppctlError(kind, `${path} is not a JSON object { … }`);
  return value;
}

/** The settings in the object; throws kind config, naming the key, if one has a wrong type. */
export function configOf(raw: JsonObject, path: string): Config {
  const accounts = new Map<string, AccountSettings>();
  const entries = raw.accounts ?? {};
  if (!isObject(entries)) throw wrong(path, 'accounts', 'an object with one key per JID');
  for (const [name, settings] of Object.entries(entries)) {
    const key = `accounts, ${JSON.stringify(name)}`;
    const bare = readJid(name)?.bare;
    if (bare === undefined) throw wrong(path, key, 'a JID such as "alice@example.org"');
    if (accounts.has(bare)) throw wrong(path, key, 'each account once');
    if (!isObject(settings)) throw wrong(path, key, 'an object { … }');
    refuseWrongTypes(settings, path, key);
    accounts.set(bare, settings as AccountSettings);
  }
  const chosen = raw.default ?? undefined;
  const bare = typeof chosen === 'string' ? readJid(chosen)?.bare : undefined;
  if (chosen !== undefined && bare === undefined) throw wrong(path, 'default', 'a JID such as "alice@example.org"');
  return { default: bare, accounts };
}

/** Where the object holds a password, in words; undefined if it holds none. */
export function passwordKey(raw: JsonObject): string | undefined {
  if (Object.hasOwn(raw, 'password')) return '"password"';
  const accounts = isObject(raw.accounts) ? Object.entries(raw.accounts) : [];
  const found = accounts.find(([, settings]) => isObject(settings) && Object.hasOwn(settings, 'password'));
  return found && `accounts, ${JSON.stringify(found[0])}, "password"`;
}

function refuseWrongTypes(settings: JsonObject, path: string, key: string): void {
  for (const [name, type] of Object.entries(settingTypes)) {
    const value = Object.hasOwn(settings, name) ? settings[name] : undefined;
    if (value === undefined) continue;
    const right = type === 'place' ? secretPlaces.some((place) => place === value) : typeof value === type;
    if (!right) throw wrong(path, `${key}, "${name}"`, expected[type]);
  }
}

const wrong = (path: string, key: string, what: string): XmppctlError =>
  new XmppctlError('config', `${path}: ${key}: expected ${what}`);

const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The first line up to which the text cannot be the beginning of JSON; the last line if it just ends too early. */
function lineOfMistake(text: string): number {
  const lines = text.split('\n');
  let beginning = '';
  for (const [index, line] of lines.entries()) {
    beginning += `${line}\n`;
    if (!canGoOn(beginning)) return index + 1;
  }
  return lines.length;
}

function canGoOn(beginning: string): boolean {
  try {
    JSON.parse(beginning);
    return true;
  } catch (error) {
    const { message } = error as Error;
    const position = /at position (\d+)/.exec(message)?.[1];
    return message.includes('end of JSON') || Number(position ?? -1) >= beginning.length;
  }
}
