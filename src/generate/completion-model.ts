/** What a shell has to know to complete command lines: the same for bash, zsh and fish. */
import type { Command } from '../grammar/command.ts';
import {
  allFields,
  groupsOf,
  type NamedSwitch,
  positionalsOf,
  type Switch,
  sharedArgs,
  switchesOf,
} from '../grammar/usage.ts';
import type { Completes } from '../grammar/values.ts';
import { topics } from './topics.ts';

/** What may stand for a value. */
export interface Offer {
  readonly completes: Completes;
  readonly words: readonly string[];
  /** Several words joined by commas. */
  readonly list: boolean;
}

export interface ModelOption {
  /** `--body-file`, and `-f` if there is one. */
  readonly names: readonly string[];
  readonly summary: string;
  /** What follows the option: nothing, a value, a value only after `=`, or all other words. */
  readonly takes: 'nothing' | 'value' | 'optional' | 'rest';
  readonly offer: Offer;
}

export interface ModelCommand {
  readonly name: string;
  readonly summary: string;
  /** Which of the shared options it takes, beside its own. */
  readonly shared: Command['shared'] | 'none';
  readonly own: readonly ModelOption[];
  /** The last one is for all further words if `repeats`. */
  readonly positionals: readonly Offer[];
  readonly repeats: boolean;
  /** What --json=KEYS takes. */
  readonly keys: Offer;
}

export interface Model {
  readonly commands: readonly ModelCommand[];
  readonly shared: Readonly<Record<ModelCommand['shared'], readonly ModelOption[]>>;
  /** What may be the next word of a command's name: after '' or after a group. */
  readonly next: ReadonlyMap<string, readonly (readonly [word: string, summary: string])[]>;
  /** Names of commands and groups. */
  readonly names: readonly string[];
  /** Options whose next word is their value, in any command. */
  readonly valued: readonly string[];
  /** Options after which nothing is an option. */
  readonly rest: readonly string[];
}

const nothing: Offer = { completes: 'none', words: [], list: false };
const shared: Model['shared'] = {
  connecting: switchesOf(sharedArgs('connecting')).map(modelOption),
  local: switchesOf(sharedArgs('local')).map(modelOption),
  none: [],
};

/** Reads the definitions of the commands. */
export function completionModel(commands: readonly Command[]): Model {
  const all = withGroups([...commands.map(modelCommand), helpCommand], groupsOf(commands));
  const options = [...shared.connecting, ...all.flatMap(({ own }) => own)];
  const namesOf = (takes: ModelOption['takes']): string[] => [
    ...new Set(options.filter((option) => option.takes === takes).flatMap(({ names }) => names)),
  ];
  const next = nextWords(all, commands);
  const names = [...new Set([...all.map(({ name }) => name), ...next.keys()])].filter((name) => name !== '');
  return { commands: all, shared, next, names, valued: namesOf('value'), rest: namesOf('rest') };
}

/** Commands of one word that also begin others ('accounts', 'accounts use') take part in both. */
function nextWords(all: readonly ModelCommand[], commands: readonly Command[]): Model['next'] {
  const groups = groupsOf(commands);
  const next = new Map<string, (readonly [string, string])[]>();
  const alone = all.filter(({ name }) => !name.includes(' ')).map(({ name, summary }) => [name, summary] as const);
  const named = new Set(alone.map(([name]) => name));
  const inGroup = (group: string): ModelCommand[] => all.filter(({ name }) => name.startsWith(`${group} `));
  const others = groups.filter((group) => !named.has(group));
  next.set('', [...alone, ...others.map((group) => [group, summaryOfGroup(group, inGroup(group))] as const)]);
  for (const group of groups) {
    next.set(
      group,
      inGroup(group).map(({ name, summary }) => [name.slice(group.length + 1), summary] as const),
    );
  }
  const first = (next.get('') ?? []).filter(([word]) => !aboutCommands.includes(word));
  for (const about of aboutCommands.filter((name) => named.has(name))) {
    next.set(
      about,
      about === 'help' ? [...first, ...topics.map(({ name, summary }) => [name, summary] as const)] : first,
    );
    for (const group of groups) next.set(`${about} ${group}`, next.get(group) ?? []);
  }
  return next;
}

const summaryOfGroup = (group: string, commands: readonly ModelCommand[]): string =>
  `${commands
    .map(({ name }) => name.slice(group.length + 1))
    .slice(0, 3)
    .join(', ')} …`;

function modelCommand(command: Command): ModelCommand {
  const positionals = positionalsOf(command.args).map(({ arg }) => arg);
  return {
    name: command.name,
    summary: command.summary,
    shared: command.shared,
    own: switchesOf(command.args).map(modelOption),
    positionals: positionals.map(({ type }) => offerOf(type)),
    repeats: positionals.at(-1)?.repeat ?? false,
    keys: { completes: 'none', words: allFields(command).map(({ key }) => key), list: true },
  };
}

function modelOption({ name, arg }: NamedSwitch): ModelOption {
  return {
    names: [`--${name}`, ...(arg.alias === undefined ? [] : [`-${arg.alias}`])],
    summary: arg.summary,
    takes: takes(arg),
    offer: arg.kind === 'flag' ? nothing : offerOf(arg.type),
  };
}

function takes(arg: Switch): ModelOption['takes'] {
  if (arg.kind === 'flag') return 'nothing';
  if (arg.rest) return 'rest';
  return arg.bare === undefined ? 'value' : 'optional';
}

function offerOf(type: { completes: Completes; choices?: readonly string[]; list?: true }): Offer {
  return {
    completes: type.completes,
    words: type.choices ?? [],
    list: type.list === true,
  };
}

/** `help` is read by the parser itself. */
const helpCommand: ModelCommand = {
  name: 'help',
  summary: 'help on a command or topic',
  shared: 'none',
  own: [],
  positionals: [],
  repeats: false,
  keys: nothing,
};

/** Commands whose argument is the name of a command: for each group they are a group themselves. */
const aboutCommands = ['help', 'schema'];

const withGroups = (all: readonly ModelCommand[], groups: readonly string[]): ModelCommand[] =>
  all.flatMap((command) =>
    aboutCommands.includes(command.name)
      ? [command, ...groups.map((group) => ({ ...command, name: `${command.name} ${group}` }))].map((one) => ({
          ...one,
          positionals: [],
        }))
      : [command],
  );
