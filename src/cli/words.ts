/** Words of a command line before they are read: which of them are options, values and the command's name. */
import { XmppctlError } from '../errors.ts';
import { didYouMean } from '../grammar/suggest.ts';
import { type NamedSwitch, takesNextWord } from '../grammar/usage.ts';

/** The switches that may stand in a command line, by name and by letter. */
export class SwitchTable {
  readonly byName = new Map<string, NamedSwitch>();
  readonly #byLetter = new Map<string, NamedSwitch>();

  constructor(switches: Iterable<NamedSwitch>) {
    for (const named of switches) {
      const known = this.byName.get(named.name);
      // Where two commands disagree, the form that takes a value is the one that must not be mistaken for a command.
      if (known === undefined || !takesNextWord(known.arg)) this.byName.set(named.name, named);
      if (named.arg.alias !== undefined) this.#byLetter.set(named.arg.alias, named);
    }
  }

  /**
   * The switches of one word, each with the value it carries (undefined: none), and what could not be read of it. The
   * result is undefined if the word is no option: a lone dash and negative numbers are values.
   */
  read(word: string): ReadWord | undefined {
    if (!looksLikeOption(word)) return undefined;
    return word.startsWith('--') ? this.#readLong(word) : this.#readShort(word);
  }

  #readLong(word: string): ReadWord {
    const equals = word.indexOf('=');
    const name = equals < 0 ? word.slice(2) : word.slice(2, equals);
    const named = this.byName.get(name);
    if (named === undefined) return { switches: [], unknown: `--${name}` };
    return { switches: [{ named, value: equals < 0 ? undefined : word.slice(equals + 1) }] };
  }

  /** `-qv`, `-oVALUE`, `-o=VALUE`. Of a word that is not understood only the letter is kept: it may be a password. */
  #readShort(word: string): ReadWord {
    const letters = Array.from(word.slice(1));
    const switches: ReadSwitch[] = [];
    for (const [index, letter] of letters.entries()) {
      const named = this.#byLetter.get(letter);
      if (named === undefined) return { switches, unknown: `-${letter}` };
      if (named.arg.kind === 'flag') {
        switches.push({ named, value: undefined });
        continue;
      }
      const attached = letters.slice(index + 1).join('');
      return { switches: [...switches, { named, value: attached === '' ? undefined : attached.replace(/^=/, '') }] };
    }
    return { switches };
  }
}

export interface ReadSwitch {
  readonly named: NamedSwitch;
  readonly value: string | undefined;
}
export interface ReadWord {
  readonly switches: readonly ReadSwitch[];
  readonly unknown?: string;
}

/** The words before `--` or an option that takes all the rest, and what comes after. */
export interface SplitWords {
  readonly before: readonly string[];
  /** After `--`: positionals, whatever they look like. */
  readonly plain: readonly string[];
  /** After an option like --exec: its values. */
  readonly rest: { readonly named: NamedSwitch; readonly values: readonly string[] } | undefined;
}

/** Cuts the command line where options end. */
export function splitWords(words: readonly string[], table: SwitchTable): SplitWords {
  for (const [index, word] of words.entries()) {
    const before = words.slice(0, index);
    if (word === '--') return { before, plain: words.slice(index + 1), rest: undefined };
    const read = table.read(word)?.switches.at(-1);
    if (read?.named.arg.kind !== 'option' || !read.named.arg.rest) continue;
    const following = words.slice(words[index + 1] === '--' ? index + 2 : index + 1);
    return {
      before,
      plain: [],
      rest: { named: read.named, values: read.value === undefined ? following : [read.value, ...following] },
    };
  }
  return { before: words, plain: [], rest: undefined };
}

/** Whether the option takes this following word: any text, but not what is an option itself. */
export const isValue = (word: string | undefined, table: SwitchTable): word is string =>
  word !== undefined && (table.read(word) === undefined || table.read(word)?.unknown !== undefined);

/** An error for an option that the command does not have; never with its value, which may be a secret. */
export function unknownOption(option: string, table: SwitchTable, of: string): XmppctlError {
  if (option === '--password' || option === '--pass') {
    return new XmppctlError('usage', 'a password on the command line can be read by everyone on this machine', {
      hint: 'Use --password-stdin, --password-file FILE or --password-command CMD.',
    });
  }
  const hint = option.startsWith('--') ? didYouMean(option.slice(2), [...table.byName.keys()], '--') : undefined;
  return new XmppctlError('usage', `${of} has no option ${option}`, {
    hint: hint ?? 'A text that begins with a dash goes after --, or after the = of its option.',
  });
}

const looksLikeOption = (word: string): boolean => /^-./su.test(word) && !/^-(?:\d+(?:\.\d+)?|\.\d+)$/.test(word);
