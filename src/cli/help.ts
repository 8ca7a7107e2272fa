/** What `xmppctl help` and `--help` print: made from the definitions of the commands. */
import { XmppctlError } from '../errors.ts';
import { layBlocks, section, twoColumns, wrap } from '../generate/layout.ts';
import { sectionsOf } from '../generate/sections.ts';
import { sentence, switchEntry, topics } from '../generate/topics.ts';
import type { Command } from '../grammar/command.ts';
import { didYouMean } from '../grammar/suggest.ts';
import {
  commandsOfGroup,
  exitKinds,
  groupsOf,
  positionalForm,
  positionalsOf,
  sharedArgs,
  switchesOf,
  usageLine,
} from '../grammar/usage.ts';

/** The help for '' (overview), a command, a group or a topic. Throws kind usage if there is no such thing. */
export function helpText(topic: string, commands: readonly Command[]): string {
  return `${helpLines(topic, commands).join('\n')}\n`;
}

function helpLines(topic: string, commands: readonly Command[]): string[] {
  if (topic === '') return overviewLines(commands.map(({ name }) => name));
  const command = commands.find(({ name }) => name === topic);
  const group = groupsOf(commands).includes(topic) ? commandsOfGroup(commands, topic) : [];
  if (command)
    return [
      ...commandHelp(command),
      ...section(
        'More',
        group.map(usageLine).map((line) => `  ${line}`),
      ),
    ];
  if (group.length > 0) return groupHelp(topic, group);
  const found = topics.find(({ name }) => name === topic);
  if (found) return [sentence(found.summary), ...layBlocks(found.blocks(commands))];

  const names = [...commands.map(({ name }) => name), ...groupsOf(commands), ...topics.map(({ name }) => name)];
  throw new XmppctlError('usage', `there is no help on '${topic}'`, {
    hint: didYouMean(topic, names) ?? `Topics are: ${topics.map(({ name }) => name).join(', ')}.`,
  });
}

/** The overview, for which the names of the commands are enough. */
export function overview(names: readonly string[]): string {
  return `${overviewLines(names).join('\n')}\n`;
}

/** One screen of 24 lines. */
function overviewLines(names: readonly string[]): string[] {
  return [
    'Usage: xmppctl COMMAND [OPTIONS] [ARGUMENTS]',
    '',
    ...twoColumns(
      sectionsOf(names.map((name) => ({ name }))).map((part) => [part.heading, joined(part.commands)]),
      0,
    ),
    '',
    'xmppctl register alice@example.org   or, with an account: xmppctl login …',
    'xmppctl send bob@example.org "hello"',
    'xmppctl listen --json | jq',
    '',
    ...twoColumns(
      [
        ['xmppctl COMMAND --help', 'options and examples'],
        ['xmppctl help TOPIC', topics.map(({ name }) => name).join(', ')],
      ],
      0,
    ),
  ];
}

/** `send, listen`; of a group the name only once: `muc create, join`. */
function joined(commands: readonly Pick<Command, 'name'>[]): string {
  let before = '';
  const words = commands.map(({ name }) => {
    const group = name.includes(' ') ? name.slice(0, name.indexOf(' ') + 1) : '';
    const shown = group !== '' && group === before ? name.slice(group.length) : name;
    before = group;
    return shown;
  });
  return words.join(', ');
}

function groupHelp(group: string, commands: readonly Command[]): string[] {
  return [
    `Usage: xmppctl ${group} COMMAND [OPTIONS] [ARGUMENTS]`,
    ...section('Commands', twoColumns(commands.map(({ name, summary }) => [name.slice(group.length + 1), summary]))),
    '',
    `See xmppctl ${group} COMMAND --help.`,
  ];
}

function commandHelp(command: Command): string[] {
  const { args, description, examples, summary } = command;
  const shared = switchesOf(sharedArgs(command.shared)).filter(({ key }) => !Object.hasOwn(args, key));
  const keys = command.variants
    ? [`by ${command.variants.key}, see xmppctl help json`]
    : command.fields.map(({ key }) => key);
  return [
    `Usage: ${usageLine(command)}`,
    '',
    sentence(summary),
    ...(description?.split(/\n\s*\n/) ?? []).flatMap((paragraph) => ['', ...wrap(paragraph)]),
    ...section('Arguments', twoColumns(positionalsOf(args).map((named) => [positionalForm(named), named.arg.summary]))),
    ...section('Options', twoColumns(switchesOf(args).map(switchEntry))),
    ...section(
      command.shared === 'connecting'
        ? 'Options of every connecting command (xmppctl help options)'
        : 'Options of every command (xmppctl help options)',
      indented(
        shared.map(({ name, arg }) => (arg.alias === undefined ? `--${name}` : `-${arg.alias}/--${name}`)).join(' '),
      ),
    ),
    ...section('Keys of --json', indented(keys.join(' '))),
    ...section(
      'Examples',
      examples.flatMap(([line, meaning]) => [`  ${line}`, `      ${meaning}`]),
    ),
    ...section(
      'Exit status (xmppctl help exit-codes)',
      indented(['0', ...exitKinds(command).map(({ exit, kind }) => `${exit}\u00a0${kind}`)].join(', ')),
    ),
  ];
}

const indented = (text: string): string[] => (text === '' ? [] : wrap(text, 78).map((line) => `  ${line}`));
