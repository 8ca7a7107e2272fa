/**
 * Reads a command line by the definitions of the commands. The only importer of yargs, of which only the parser is used:
 * everything stays text here, and the types of the arguments (src/grammar/values.ts) turn it into values.
 */
import { Parser } from 'yargs/helpers';
import { XmppctlError } from '../errors.ts';
import type { Command, Values } from '../grammar/command.ts';
import type { connectionArgs, helpArgs, outputArgs } from '../grammar/shared-args.ts';
import { allSwitches, sharedArgs, takesNextWord } from '../grammar/usage.ts';
import { resolveCommand, scanWords } from './find-command.ts';
import { bare, readPositionals, readSwitch, usageError } from './read-values.ts';
import { isValue, type SplitWords, SwitchTable, splitWords, unknownOption } from './words.ts';

export type SharedValues = Values<typeof outputArgs> & Values<typeof helpArgs> & Partial<Values<typeof connectionArgs>>;

export type Parsed =
  | {
      readonly kind: 'run';
      readonly command: Command;
      readonly args: Parameters<Command['run']>[0];
      readonly shared: SharedValues;
    }
  /** `topic`: '' for the overview, else the name of a command, a group or a topic, which may not exist. */
  | { readonly kind: 'help'; readonly topic: string }
  | { readonly kind: 'version' };

/** Reads the words after the program's name. Throws kind usage. */
export function parseArgv(argv: readonly string[], commands: readonly Command[]): Parsed {
  const { words, wantsHelp, wantsVersion, unknown } = scanWords(argv, commands);
  const [first] = words;
  const texts = words.map(({ text }) => text);
  if (wantsVersion) return { kind: 'version' };
  if (first?.text === 'help') return { kind: 'help', topic: texts.slice(1).join(' ') };
  if (first === undefined) {
    if (argv.length === 0 || wantsHelp) return { kind: 'help', topic: '' };
    throw unknown ?? new XmppctlError('usage', 'no command is given', { hint: 'See xmppctl help.' });
  }
  if (wantsHelp) return { kind: 'help', topic: helpTopic(texts, commands) };

  const { command, length } = resolveCommand(texts, commands, unknown);
  const name = new Set(words.slice(0, length).map(({ index }) => index));
  return parseFor(
    command,
    argv.filter((_, index) => !name.has(index)),
  );
}

/** `xmppctl muc --help` is about the group, `xmppctl muc send --help` about the command. */
function helpTopic(words: readonly string[], commands: readonly Command[]): string {
  if (commands.some(({ name }) => name === words.slice(0, 2).join(' '))) return words.slice(0, 2).join(' ');
  return words[0] ?? '';
}

function parseFor(command: Command, words: readonly string[]): Parsed {
  const table = new SwitchTable(allSwitches(command));
  const split = splitWords(words, table);
  const { options, positionals } = tokenize(split, table, command);
  const valuesOf = (keys: Iterable<string>): Record<string, unknown> => {
    const wanted = new Set(keys);
    const switches = [...table.byName.values()].filter(({ key }) => wanted.has(key));
    return Object.fromEntries(switches.map((named) => [named.key, readSwitch(named, options.get(named.name) ?? [])]));
  };
  const args = {
    ...valuesOf(Object.keys(command.args)),
    ...readPositionals(command, [...positionals, ...split.plain]),
  };
  const shared = valuesOf(Object.keys(sharedArgs(command.shared)).filter((key) => !Object.hasOwn(command.args, key)));
  command.check?.(args as Parameters<Command['run']>[0]);
  return {
    kind: 'run',
    command,
    args: args as Parameters<Command['run']>[0],
    shared: shared as unknown as SharedValues,
  };
}

function tokenize(split: SplitWords, table: SwitchTable, command: Command) {
  const names = [...table.byName.keys()];
  const nargs = [...table.byName.values()].flatMap(({ name, arg }): [string, number][] => {
    if (arg.kind === 'flag') return [[name, 0]];
    return arg.bare === undefined ? [[name, 1]] : [];
  });
  const { argv, error } = Parser.detailed(forYargs(split.before, table, command), {
    string: names,
    narg: Object.fromEntries(nargs),
    // COMPAT(yargs 18): as delivered, `--no-header` negates, `1e5` becomes a number and `a.b` an object.
    configuration: {
      'boolean-negation': false,
      'camel-case-expansion': false,
      'dot-notation': false,
      'parse-numbers': false,
      'parse-positional-numbers': false,
      'short-option-groups': true,
    },
  });
  if (error) throw usageError(command, yargsSentence(error.message));
  const options = new Map<string, string[]>(names.map((name) => [name, asList(argv[name])]));
  if (split.rest) {
    const { name } = split.rest.named;
    if (split.rest.values.length === 0) throw usageError(command, `--${name} needs a value`);
    options.set(name, [...split.rest.values]);
  }
  return { options, positionals: argv._.map(String) };
}

/**
 * COMPAT(yargs 18): it reads `-ojson` as five flags, lets an option with an optional value take the next word, and no
 * option a value that begins with a dash. So switches are spelt out here, and such values tied to theirs with `=`.
 */
function forYargs(words: readonly string[], table: SwitchTable, command: Command): string[] {
  const out: string[] = [];
  for (let index = 0; index < words.length; index++) {
    const word = words[index] ?? '';
    const read = table.read(word);
    if (read === undefined) {
      out.push(word);
      continue;
    }
    if (read.unknown !== undefined) throw unknownOption(read.unknown, table, `'${command.name}'`);
    for (const { named, value } of read.switches) {
      const isOptional = named.arg.kind === 'option' && named.arg.bare !== undefined;
      const next = words[index + 1];
      if (value !== undefined) out.push(`--${named.name}=${value}`);
      else if (takesNextWord(named.arg, next) && isValue(next, table)) {
        out.push(`--${named.name}=${next}`);
        index += 1;
      } else out.push(isOptional ? `--${named.name}=${bare}` : `--${named.name}`);
    }
  }
  return out;
}

function yargsSentence(message: string): string {
  const name = message.slice(message.lastIndexOf(' ') + 1);
  return message.startsWith('Argument unexpected') ? `--${name} takes no value` : `--${name} needs a value`;
}

const asList = (value: unknown): string[] => (value === undefined ? [] : [value].flat().map(String));
