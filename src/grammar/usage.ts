/** How a command line is written: what parser, help, completions and man pages all need to know of a command. */
import { type ErrorKind, errorKinds } from '../errors.ts';
import {
  type Arg,
  type Args,
  type Command,
  type Field,
  type Flag,
  type Option,
  optionName,
  type Positional,
} from './command.ts';
import { connectionArgs, helpArgs, outputArgs } from './shared-args.ts';

// biome-ignore-start lint/suspicious/noExplicitAny: each argument keeps its own value type
export type Switch = Option<any> | Flag;
export interface NamedSwitch {
  /** The key in Values: `bodyFile`. */
  readonly key: string;
  /** As typed after the two dashes: `body-file`. */
  readonly name: string;
  readonly arg: Switch;
}
export interface NamedPositional {
  readonly key: string;
  readonly arg: Positional<any>;
}
// biome-ignore-end lint/suspicious/noExplicitAny: see above

/** The shared options that this command takes. */
export function sharedArgs(shared: Command['shared']): Args {
  return shared === 'connecting' ? { ...connectionArgs, ...outputArgs, ...helpArgs } : { ...outputArgs, ...helpArgs };
}

/** The options and flags among the arguments, in the order they are declared. */
export function switchesOf(args: Args): NamedSwitch[] {
  return Object.entries(args).flatMap(([key, arg]) => (isSwitch(arg) ? [{ key, name: optionName(key), arg }] : []));
}

/** The positionals, in the order they are written. */
export function positionalsOf(args: Args): NamedPositional[] {
  return Object.entries(args).flatMap(([key, arg]) => (arg.kind === 'positional' ? [{ key, arg }] : []));
}

/** Everything that may stand after this command with dashes; its own options hide shared ones of the same name. */
export function allSwitches(command: Command): NamedSwitch[] {
  return switchesOf({ ...sharedArgs(command.shared), ...command.args });
}

/** Whether the next word is the option's value, whatever it is or as it is. */
export const takesNextWord = (arg: Switch, next?: string): boolean =>
  arg.kind === 'option' && (arg.bare === undefined || (next !== undefined && arg.mayFollow?.test(next) === true));

/** `--body-file FILE`, `--durable[=NAME]`, `--quiet`. */
export function switchForm({ name, arg }: NamedSwitch): string {
  if (arg.kind === 'flag') return `--${name}`;
  if (arg.rest) return `--${name} ${arg.type.name} [ARG…]`;
  return arg.bare === undefined ? `--${name} ${valueName(arg)}` : `--${name}[=${valueName(arg)}]`;
}

/** The metavariable, or the choices where they are few. */
function valueName(arg: Switch): string {
  if (arg.kind === 'flag') return '';
  const choices: readonly string[] | undefined = arg.type.choices;
  return choices !== undefined && choices.join('|').length <= 24 && !arg.type.list ? choices.join('|') : arg.type.name;
}

/** `JID [BODY]`, `URL…`. */
export function positionalForm({ arg }: NamedPositional): string {
  const name = arg.repeat ? `${arg.type.name}…` : arg.type.name;
  return arg.required ? name : `[${name}]`;
}

/** `xmppctl send [OPTIONS] JID [BODY]`. */
export function usageLine(command: Command): string {
  return ['xmppctl', command.name, '[OPTIONS]', ...positionalsOf(command.args).map(positionalForm)].join(' ');
}

/** The names of the groups: `muc` for 'muc send'. */
export function groupsOf(commands: readonly Command[]): string[] {
  return [...new Set(commands.flatMap(({ name }) => (name.includes(' ') ? [name.slice(0, name.indexOf(' '))] : [])))];
}

/** The commands of a group, in their order. */
export const commandsOfGroup = (commands: readonly Command[], group: string): Command[] =>
  commands.filter(({ name }) => name.startsWith(`${group} `));

/** All fields that any row of the command can have, each key once. */
export function allFields(command: Command): readonly Field<Record<string, unknown>>[] {
  const fields = [command.fields, ...Object.values(command.variants?.fields ?? {})].flat();
  return fields.filter(({ key }, index) => fields.findIndex((field) => field.key === key) === index);
}

const isSwitch = (arg: Arg): arg is Switch => arg.kind !== 'positional';

const failsAlways: readonly ErrorKind[] = ['usage', 'software', 'oserr', 'ioerr'];
const failsConnecting: readonly ErrorKind[] = [
  'noinput',
  'nohost',
  'unavailable',
  'cantcreat',
  'tempfail',
  'protocol',
  'noperm',
  'config',
  'insecure',
];

/** The kinds of error that the command can end with: its own, and those of every command and of every connection. */
export function exitKinds(command: Command): { readonly kind: ErrorKind; readonly exit: number }[] {
  const common = command.shared === 'connecting' ? [...failsAlways, ...failsConnecting] : failsAlways;
  const kinds = [...new Set([...(command.fails ?? []), ...common])];
  return kinds.map((kind) => ({ kind, exit: errorKinds[kind].exit })).sort((a, b) => a.exit - b.exit);
}
