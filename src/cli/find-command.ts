/** Which command a command line names: its words may stand anywhere among the options. */
import { XmppctlError } from '../errors.ts';
import type { Command } from '../grammar/command.ts';
import { didYouMean } from '../grammar/suggest.ts';
import { allSwitches, commandsOfGroup, groupsOf, positionalsOf, takesNextWord } from '../grammar/usage.ts';
import { isValue, type SplitWords, SwitchTable, splitWords, unknownOption } from './words.ts';

export interface FoundCommand {
  /** The positional words with their place, the command's name among them. */
  readonly words: readonly { readonly text: string; readonly index: number }[];
  readonly wantsHelp: boolean;
  readonly wantsVersion: boolean;
  /** About the first option before any word that no command has: the first word may be its value, even a secret. */
  readonly unknown: XmppctlError | undefined;
}

/** Looks through the words with the options of all commands: which command it is, is not known yet. */
export function scanWords(argv: readonly string[], commands: readonly Command[]): FoundCommand {
  const table = new SwitchTable(commands.flatMap(allSwitches));
  const { before, plain }: SplitWords = splitWords(argv, table);
  const words: { text: string; index: number }[] = [];
  const seen = new Set<string>();
  let unknown: XmppctlError | undefined;
  for (let index = 0; index < before.length; index++) {
    const text = before[index] ?? '';
    const read = table.read(text);
    if (read === undefined) {
      words.push({ text, index });
      continue;
    }
    for (const { named } of read.switches) seen.add(named.key);
    if (read.unknown !== undefined && words.length === 0) unknown ??= unknownOption(read.unknown, table, 'xmppctl');
    const last = read.switches.at(-1);
    const waits = last !== undefined && read.unknown === undefined && last.value === undefined;
    const next = before[index + 1];
    if (waits && takesNextWord(last.named.arg, next) && isValue(next, table)) index += 1;
  }
  const after = argv.length - plain.length;
  if (plain.length > 0 && words.length === 0)
    words.push(...plain.map((text, place) => ({ text, index: after + place })));
  return { words, wantsHelp: seen.has('help'), wantsVersion: seen.has('version'), unknown };
}

/** The command that the words begin with and how many words its name has. Throws kind usage with what could be meant, or `unknown`. */
export function resolveCommand(
  words: readonly string[],
  commands: readonly Command[],
  unknown?: XmppctlError,
): { command: Command; length: 1 | 2 } {
  const [first = '', second] = words;
  const named = (name: string): Command | undefined => commands.find((command) => command.name === name);
  const inGroup = second === undefined ? undefined : named(`${first} ${second}`);
  if (inGroup) return { command: inGroup, length: 2 };
  const alone = named(first);
  const isGroup = groupsOf(commands).includes(first);
  const mistyped = isGroup && second !== undefined && alone !== undefined && positionalsOf(alone.args).length === 0;
  if (alone && !mistyped) return { command: alone, length: 1 };
  if (unknown) throw unknown;
  if (isGroup) throw unknownInGroup(first, second, commands);

  const names = [...commands.map(({ name }) => name), ...groupsOf(commands), 'help'];
  throw new XmppctlError('usage', `there is no command '${first}'`, {
    hint: didYouMean(first, names) ?? 'See xmppctl help.',
  });
}

function unknownInGroup(group: string, word: string | undefined, commands: readonly Command[]): XmppctlError {
  const names = commandsOfGroup(commands, group).map(({ name }) => name.slice(group.length + 1));
  const list = `The commands of ${group} are: ${names.join(', ')}.`;
  if (word === undefined) return new XmppctlError('usage', `'${group}' needs one of its commands`, { hint: list });
  const meant = didYouMean(word, names, `${group} `);
  return new XmppctlError('usage', `there is no command '${group} ${word}'`, { hint: meant ?? list });
}
