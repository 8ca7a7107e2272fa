/** A command as data plus one function. Parser, help, completions, man pages, schema and tables all read this. */
import type { Context } from '../commands/context.ts';
import type { ErrorKind } from '../errors.ts';
import type { ValueType } from './values.ts';

interface ArgBase {
  readonly summary: string;
  /** More words for the man page. */
  readonly description?: string;
}
export interface Positional<T> extends ArgBase {
  readonly kind: 'positional';
  readonly type: ValueType<T>;
  readonly required: boolean;
  readonly repeat: boolean;
}
export interface Option<T> extends ArgBase {
  readonly kind: 'option';
  readonly type: ValueType<T>;
  readonly alias?: string;
  readonly repeat: boolean;
  /** Printed in help; the command itself applies it when the value is undefined, unless `preset` is given. */
  readonly preset?: T;
  readonly presetText?: string;
  /** The value when `--name` stands without one (`--durable[=NAME]`); such an option takes no next word, */
  readonly bare?: T;
  /** but one that can hardly be anything else (`--trace [FILE]`). */
  readonly mayFollow?: RegExp;
  /** Takes every word that follows, options too, to the end of the line (`--exec CMD ARGS…`). */
  readonly rest?: boolean;
}
export interface Flag extends ArgBase {
  readonly kind: 'flag';
  readonly alias?: string;
}

// biome-ignore lint/suspicious/noExplicitAny: a heterogeneous list; each entry keeps its own type through Values<A>
export type Arg = Positional<any> | Option<any> | Flag;
export type Args = Readonly<Record<string, Arg>>;

/** The values that a command's run() gets: keys are the camelCase names of its arguments. */
export type Values<A extends Args> = { readonly [K in keyof A]: ValueOf<A[K]> };
type ValueOf<G extends Arg> = G extends Flag
  ? boolean
  : G extends { type: ValueType<infer T>; repeat: infer R; required?: infer Q; preset?: infer P }
    ? R extends true
      ? readonly T[]
      : Q extends true
        ? T
        : [P] extends [undefined]
          ? T | undefined
          : undefined extends P
            ? T | undefined
            : T
    : never;

type Extra<T> = {
  description?: string;
  alias?: string;
  preset?: T;
  presetText?: string;
  bare?: T;
  mayFollow?: RegExp;
};

export const positional = <T>(type: ValueType<T>, summary: string) =>
  ({ kind: 'positional', type, summary, required: true, repeat: false }) as const;
export const optionalPositional = <T>(type: ValueType<T>, summary: string) =>
  ({ kind: 'positional', type, summary, required: false, repeat: false }) as const;
export const positionals = <T>(type: ValueType<T>, summary: string, required = true) =>
  ({ kind: 'positional', type, summary, required, repeat: true }) as const;
export const option = <T, const E extends Extra<T> = Record<never, never>>(
  type: ValueType<T>,
  summary: string,
  extra?: E,
) => ({ kind: 'option', type, summary, repeat: false, ...(extra as E) }) as const;
export const options = <T>(
  type: ValueType<T>,
  summary: string,
  extra?: Omit<Extra<T>, 'preset' | 'bare' | 'mayFollow'>,
) => ({ kind: 'option', type, summary, repeat: true, ...extra }) as const;
/** An option that ends the command line: all words after it are its values. */
export const restOption = <T>(type: ValueType<T>, summary: string, extra?: { alias?: string; description?: string }) =>
  ({ kind: 'option', type, summary, repeat: true, rest: true, ...extra }) as const;
export const flag = (summary: string, extra?: { alias?: string; description?: string }) =>
  ({ kind: 'flag', summary, ...extra }) as const;

export type FieldType = 'string' | 'number' | 'boolean' | 'string[]' | 'object' | 'object[]';

/** One column of a table and one key of the JSON. Rows hold all keys; an absent value is null, an empty list []. */
export interface Field<R> {
  readonly key: keyof R & string;
  readonly summary: string;
  /** JSON Schema type of the value, beside null. */
  readonly type: FieldType;
  /** Of an object, or of each in a list: its keys, where all are always there. */
  readonly keys?: Readonly<Record<string, FieldType>>;
  /** Column heading; default the key in capitals. `false`: JSON only. */
  readonly column?: string | false;
  /** How the value looks in a table cell; default: text as it is, lists joined by commas, null empty. */
  readonly show?: (value: unknown, row: R) => string;
}

interface Common<A extends Args, R> {
  /** 'send', or 'muc send' for a command of a group. */
  readonly name: string;
  readonly summary: string;
  readonly description?: string;
  readonly args: A;
  /** Which shared options it takes: those of a connection, or only output and help. */
  readonly shared: 'connecting' | 'local';
  /** Runs until stopped: --timeout covers only the connecting. */
  readonly openEnded?: boolean | ((args: Values<A>) => boolean);
  readonly fields: readonly Field<R>[];
  /** Rows of several shapes (events): the key that tells them apart, and the fields of each. */
  readonly variants?: {
    readonly key: keyof R & string;
    readonly fields: Readonly<Record<string, readonly Field<R>[]>>;
  };
  /** A command that acts is silent on success; this is the line that a terminal gets on stderr (SPEC 7). */
  readonly confirm?: (row: R) => string;
  /** What a command that acts prints on stdout even if no format is asked for; undefined: nothing. */
  readonly answer?: (row: R) => string | undefined;
  /** A command that asks or acts, as its arguments say: where it asks, its rows are printed in spite of `confirm`. */
  readonly asks?: (args: Values<A>) => boolean;
  /** Prints NDJSON where no format is asked for, as its arguments say. */
  readonly usuallyNdjson?: (args: Values<A>) => boolean;
  /** The cells of one row of a stream in table form; no heading is printed then. */
  readonly line?: (row: R) => readonly string[];
  /** With other arguments its rows are a table in spite of `line`. */
  readonly lineOnlyIf?: (args: Values<A>) => boolean;
  readonly examples: readonly (readonly [line: string, meaning: string])[];
  readonly fails?: readonly ErrorKind[];
  /** Rules between arguments that types cannot say; throws kind usage. */
  check?(args: Values<A>): void;
}

export type Command<A extends Args = Args, R = Record<string, unknown>> = Common<A, R> &
  (
    | { readonly yields: 'one'; run(args: Values<A>, ctx: Context): Promise<R> }
    | { readonly yields: 'list'; run(args: Values<A>, ctx: Context): Promise<readonly R[]> | AsyncIterable<R> }
    | { readonly yields: 'stream'; run(args: Values<A>, ctx: Context): AsyncIterable<R> }
    | { readonly yields: 'text'; run(args: Values<A>, ctx: Context): Promise<string> }
  );

/** Erases the argument and row types so that commands of all shapes fit one list. */
export function defineCommand<const A extends Args, R extends object>(command: Command<A, R>): Command {
  const { fields, variants, ...rest } = command as unknown as Command;
  const ofVariants = variants && Object.entries(variants.fields).map(([name, some]) => [name, withAscii(some)]);
  return {
    ...rest,
    fields: withAscii(fields),
    ...(variants ? { variants: { ...variants, fields: Object.fromEntries(ofVariants ?? []) } } : {}),
  } as Command;
}

/** Rows do not hold it: it is made from `jid` when they are printed. */
export const jidAscii = {
  key: 'jidAscii',
  summary: 'the JID in ASCII, if it has other characters: it may only look like one that you know',
  type: 'string',
  column: false,
} as const;

const withAscii = <F extends { readonly key: string }>(fields: readonly F[]) =>
  fields.flatMap((field) => (field.key === 'jid' ? [field, jidAscii] : [field]));

/** The command as it is when it runs with these arguments. */
export function withArguments({ confirm, line, ...command }: Command, args: Values<Args>): Command {
  const { openEnded = false, asks, lineOnlyIf } = command;
  const isOpen = typeof openEnded === 'function' ? openEnded(args) : openEnded;
  const keptLine = line && lineOnlyIf?.(args) !== false ? { line } : {};
  return { ...command, openEnded: isOpen, ...keptLine, ...(confirm && !asks?.(args) ? { confirm } : {}) };
}

/** `bodyFile` → `body-file`. */
export const optionName = (key: string): string => key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/** `bodyFile` → `XMPPCTL_BODY_FILE`: the environment variable of a shared option. */
export const variableName = (key: string): string => `XMPPCTL_${optionName(key).replaceAll('-', '_').toUpperCase()}`;
