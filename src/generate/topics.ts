/** What the manual says beside the commands: topics of `xmppctl help` and pages of sections 5 and 7, from one text. */
import { type ErrorKind, errorKinds } from '../errors.ts';
import { type Command, variableName } from '../grammar/command.ts';
import { connectionArgs, helpArgs, outputArgs } from '../grammar/shared-args.ts';
import { type NamedSwitch, switchesOf, switchForm } from '../grammar/usage.ts';
import { credentialBlocks, cronBlocks, environmentNotes, jsonBlocks } from './prose.ts';

export type Block =
  | { readonly text: string }
  | { readonly heading: string }
  /** Lines that stay as they are. */
  | { readonly code: readonly string[] }
  | { readonly list: readonly (readonly [term: string, text: string])[] };

export interface Topic {
  readonly name: string;
  readonly summary: string;
  /** The section of its own man page; without one it is a part of xmppctl(1). */
  readonly section?: 5 | 7;
  blocks(commands: readonly Command[]): readonly Block[];
}

export const topics: readonly Topic[] = [
  {
    name: 'commands',
    summary: 'every command in one line',
    blocks: (commands) => [{ list: commands.map(({ name, summary }) => [name, sentence(summary)]) }],
  },
  { name: 'options', summary: 'the options of every connecting command', blocks: optionBlocks },
  { name: 'credentials', summary: 'where the password comes from', section: 7, blocks: () => credentialBlocks },
  { name: 'environment', summary: 'environment variables and files', blocks: environmentBlocks },
  {
    name: 'json',
    summary: 'the formats of results and errors',
    section: 5,
    blocks: (commands) => [...jsonBlocks, ...keyBlocks(commands)],
  },
  { name: 'cron', summary: 'use from cron, systemd and scripts', blocks: () => cronBlocks },
  { name: 'exit-codes', summary: 'the exit status and what to do about it', section: 7, blocks: exitBlocks },
];

/** With a capital and a full stop, as summaries are written without. */
export const sentence = (text: string): string => stopped(text.charAt(0).toUpperCase() + text.slice(1));

/** With a full stop. */
export const stopped = (text: string): string => (/[.!?:…]$/.test(text) ? text : `${text}.`);

/** ` (default: 30s)`: what is to be known of an option beside its summary; `form` is how it is written. */
export function switchNotes({ arg }: NamedSwitch, form: string): string {
  if (arg.kind === 'flag') return '';
  const preset = arg.presetText ?? (arg.preset === undefined ? undefined : String(arg.preset));
  const notes = [
    ...(arg.type.choices && !form.includes(arg.type.choices.join('|'))
      ? [`one of ${arg.type.choices.join(', ')}`]
      : []),
    ...(preset === undefined ? [] : [`default: ${preset}`]),
    ...(arg.repeat && !arg.rest ? ['may be repeated'] : []),
  ];
  return notes.length === 0 ? '' : ` (${notes.join('; ')})`;
}

/** `-a, --account JID` and what it says. */
export function switchEntry(named: NamedSwitch): readonly [term: string, text: string] {
  const short = named.arg.alias === undefined ? '    ' : `-${named.arg.alias}, `;
  const form = switchForm(named);
  return [short + form, named.arg.summary + switchNotes(named, form)];
}

/** `75 tempfail`, then when, then whether to try again. */
export function exitRows(): readonly (readonly [code: string, kind: string, sentence: string, retry: string])[] {
  const rows = Object.entries(errorKinds).map(
    ([kind, { exit, retry, sentence: when }]) => [String(exit), kind, when, retry] as const,
  );
  return [
    ...rows,
    ['130', 'signal', 'Interrupted (SIGINT): cleaned up first.', ''],
    ['143', 'signal', 'Terminated (SIGTERM): cleaned up first.', ''],
  ];
}

const retries: Readonly<Record<(typeof errorKinds)[ErrorKind]['retry'], string>> = {
  '': '',
  no: '',
  yes: 'The same command may be run again.',
  once: 'May be run again once.',
  never: 'Do not run it again unchanged.',
  maybe: 'May work later.',
  'with care': 'Run it again only with care.',
  report: 'Please report it.',
};

function exitBlocks(): Block[] {
  const list = exitRows().map(([code, kind, when, retry]): [string, string] => [
    `${code} ${kind}`,
    `${when} ${retries[retry as keyof typeof retries]}`.trim(),
  ]);
  return [
    {
      text: 'Every run ends with one of these. With --json the error on standard error says the same: its keys are exit, kind, condition, message, hint, retryable and delivered.',
    },
    { list },
    { text: 'A script that sends may repeat 75 blindly, 79 only with the same --id, and must not repeat 77 and 80:' },
    {
      code: [
        'xmppctl send ops@example.org "$text" --id "$id"',
        'case $? in',
        '0) ;;',
        '75) sleep 60; retry ;;',
        '79) retry with the same --id ;;',
        '*) exit 1 ;;',
        'esac',
      ],
    },
  ];
}

function optionBlocks(): Block[] {
  const entries = (args: Parameters<typeof switchesOf>[0]) => ({ list: switchesOf(args).map(switchEntry) });
  return [
    { heading: 'Account and connection' },
    entries(connectionArgs),
    { heading: 'Output, of every command' },
    entries({ ...outputArgs, ...helpArgs }),
    {
      text: 'A duration is a number with ms, s, m, h or d; without one it is seconds. Options may stand before or after the command; -- ends them. Each has an environment variable and, but for --json, --trace and --dry-run, a key per account in config.json: see xmppctl help environment.',
    },
  ];
}

/** Not from the environment: what reads standard input, what is only for one run, and what takes protection away. */
const withoutVariable = new Set(['passwordStdin', 'insecureNoTls']);

function environmentBlocks(): Block[] {
  const named = switchesOf({ ...connectionArgs, ...outputArgs }).filter(({ key }) => !withoutVariable.has(key));
  return [
    { text: 'An option wins over its variable, and the variable over config.json. Flags take 1 or 0.' },
    { list: named.map(({ key, name }) => [variableName(key), `as --${name}`]) },
    { heading: 'More variables, and files' },
    { list: environmentNotes },
  ];
}

function keyBlocks(commands: readonly Command[]): Block[] {
  return commands.flatMap((command): Block[] => {
    const shapes = command.variants ? Object.entries(command.variants.fields) : [['', command.fields] as const];
    return shapes.flatMap(([shape, fields]): Block[] =>
      fields.length === 0
        ? []
        : [
            {
              heading:
                shape === '' ? `xmppctl ${command.name}` : `xmppctl ${command.name}: ${command.variants?.key} ${shape}`,
            },
            { list: fields.map(({ key, type, summary }) => [key, `${type}: ${summary}`]) },
          ],
    );
  });
}
