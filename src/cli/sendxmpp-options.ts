/**
 * The command lines of two older programs: sendxmpp (Perl, Getopt::Long: long names may be cut short and have one dash)
 * and go-sendxmpp (letters may be put together). What both allow is read under both names.
 */
import { XmppctlError } from '../errors.ts';
import type { SendxmppName } from './old-name.ts';

/** `flag`, a value in the next word or after `=`, or a value that may be missing. */
type Takes = 'nothing' | 'value' | 'number?';
interface OldOption {
  readonly name: string;
  readonly letter?: string;
  readonly takes: Takes;
}

const entry = (name: string, letter?: string, takes: Takes = 'nothing'): OldOption => ({
  name,
  takes,
  ...(letter === undefined ? {} : { letter }),
});

const shared = [
  entry('chatroom', 'c'),
  entry('file', 'f', 'value'),
  entry('interactive', 'i'),
  entry('jserver', 'j', 'value'),
  entry('message', 'm', 'value'),
  entry('no-tls-verify', 'n'),
  entry('password', 'p', 'value'),
  entry('resource', 'r', 'value'),
  entry('subject', 's', 'value'),
  entry('tls', 't'),
  entry('username', 'u', 'value'),
  entry('verbose', 'v'),
];

const tables: Readonly<Record<SendxmppName, readonly OldOption[]>> = {
  sendxmpp: [
    ...shared,
    entry('component', 'o', 'value'),
    entry('debug', 'd', 'number?'),
    entry('headline', 'l'),
    entry('help', 'h'),
    entry('usage'),
    entry('http'),
    entry('message-type', undefined, 'value'),
    entry('raw', 'w'),
    entry('ssl', 'e'),
    entry('sso'),
    entry('tls-ca-path', 'a', 'value'),
  ],
  'go-sendxmpp': [
    ...shared,
    entry('alias', 'a', 'value'),
    entry('allow-plain'),
    entry('anonymous'),
    entry('debug', 'd'),
    entry('fast-invalidate'),
    entry('fast-off'),
    entry('headline'),
    entry('help'),
    entry('http-upload', 'h', 'value'),
    entry('listen', 'l'),
    entry('muc-password', undefined, 'value'),
    entry('no-sasl-upgrade'),
    entry('oob-file', undefined, 'value'),
    entry('ox'),
    entry('ox-delete-nodes'),
    entry('ox-genprivkey-rsa'),
    entry('ox-genprivkey-x25519'),
    entry('ox-import-privkey', undefined, 'value'),
    entry('ox-passphrase', undefined, 'value'),
    entry('raw'),
    entry('retry-connect', undefined, 'value'),
    entry('retry-connect-max', undefined, 'value'),
    entry('scram-mech-pinning', undefined, 'value'),
    entry('ssdp-off'),
    entry('start-tls', 'x'),
    entry('suppress-root-warning'),
    entry('timeout', undefined, 'value'),
    entry('tls-version', undefined, 'value'),
    entry('version'),
  ],
};

export interface OldCommandLine {
  /** By long name; '' for a flag. Of several the last counts, as in the old programs. */
  readonly options: ReadonlyMap<string, string>;
  readonly words: readonly string[];
}

/** Throws kind usage for what the program never had. */
export function readOldOptions(name: SendxmppName, argv: readonly string[]): OldCommandLine {
  const options = new Map<string, string>();
  const words: string[] = [];
  const rest = [...argv];
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (word === '--') {
      words.push(...rest.splice(0));
      break;
    }
    if (!/^-./.test(word)) words.push(word);
    else for (const [option, value] of readWord(name, word, rest)) options.set(option, value);
  }
  return { options, words };
}

/** The options in one word; takes the value of the last one from `rest`. */
function readWord(program: SendxmppName, word: string, rest: string[]): [name: string, value: string][] {
  const [, dashes = '', typed = '', attached] = /^(--?)([^=]*)(?:=(.*))?$/s.exec(word) ?? [];
  const table = tables[program];
  const isLetter = dashes === '-' && typed.length === 1;
  const long = isLetter ? undefined : longOption(table, typed.toLowerCase(), dashes);
  if (long) return [[long.name, takeValue(long, attached, rest, `${dashes}${typed}`)]];
  if (dashes === '--') throw unknown(program, `--${typed}`);

  const found: [string, string][] = [];
  for (let place = 1; place < word.length; place += 1) {
    const letter = word[place] ?? '';
    const option = table.find((one) => one.letter === letter);
    // Never the letter's neighbours: they may be a password.
    if (!option) throw unknown(program, `-${letter}`);
    const tail = word.slice(place + 1);
    if (option.takes === 'nothing') found.push([option.name, '']);
    else {
      found.push([
        option.name,
        takeValue(option, tail === '' ? undefined : tail.replace(/^=/, ''), rest, `-${letter}`),
      ]);
      break;
    }
  }
  return found;
}

/** A long name, or the beginning of just one; with a single dash only beginnings of three letters and more. */
function longOption(table: readonly OldOption[], typed: string, dashes: string): OldOption | undefined {
  const exact = table.find(({ name }) => name === typed);
  if (exact || (dashes === '-' && typed.length < 3)) return exact;
  const beginning = table.filter(({ name }) => name.startsWith(typed));
  return beginning.length === 1 ? beginning[0] : undefined;
}

function takeValue(option: OldOption, attached: string | undefined, rest: string[], typed: string): string {
  if (option.takes === 'nothing') {
    if (attached === undefined) return '';
    throw new XmppctlError('usage', `${typed} takes no value`);
  }
  if (attached !== undefined) return attached;
  if (option.takes === 'number?') return /^\d+$/.test(rest[0] ?? '') ? (rest.shift() ?? '') : '';
  const value = rest.shift();
  if (value !== undefined) return value;
  throw new XmppctlError('usage', `${typed} needs a value`);
}

const unknown = (program: SendxmppName, option: string): XmppctlError =>
  new XmppctlError('usage', `there is no option ${option} of ${program}`, { hint: `See ${program} --help.` });
