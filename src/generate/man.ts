/** The man pages: one for each command, xmppctl(1), and the topics that have a page of their own. */
import { errorKinds } from '../errors.ts';
import type { Command } from '../grammar/command.ts';
import { exitKinds, positionalForm, positionalsOf, sharedArgs, switchesOf } from '../grammar/usage.ts';
import { argument, blocks, list, literal, prose, section, switchTerm } from './mdoc.ts';
import { sectionsOf } from './sections.ts';
import { exitRows, sentence, stopped, switchNotes, type Topic, topics } from './topics.ts';

/** mdoc wants a date: that of the release, so that two builds of one version are equal. Changed with the version. */
const released = 'November 22, 2026';

/** All pages by file name. */
export function manPages(commands: readonly Command[]): ReadonlyMap<string, string> {
  const pages: [string, string][] = [
    ['xmppctl.1', page('xmppctl', 1, mainPage(commands))],
    ...commands.map((command): [string, string] => [
      `${pageName(command)}.1`,
      page(pageName(command), 1, commandPage(command)),
    ]),
    ...topics.flatMap((topic): [string, string][] => {
      const { name, section: number } = topic;
      return number === undefined
        ? []
        : [[`xmppctl-${name}.${number}`, page(`xmppctl-${name}`, number, topicPage(topic, commands))]];
    }),
  ];
  return new Map(pages);
}

/** `xmppctl-muc-send`. */
export const pageName = ({ name }: Command): string => `xmppctl-${name.replaceAll(' ', '-')}`;

function page(name: string, number: number, lines: readonly string[]): string {
  const head = [
    '.\\" Made from the definitions of the commands by `npm run generate`.',
    `.Dd ${released}`,
    `.Dt ${name.toUpperCase()} ${number}`,
    '.Os',
  ];
  return `${[...head, ...lines].join('\n')}\n`;
}

function commandPage(command: Command): string[] {
  const { name, summary, description, args, examples, shared } = command;
  const positionals = positionalsOf(args);
  const own = switchesOf(args).map((named) => [switchTerm(named), details(named.arg, switchNotes(named, ''))] as const);
  const notOwn = switchesOf(sharedArgs(shared)).filter(({ key }) => !Object.hasOwn(args, key));
  return [
    ...section('NAME', [`.Nm ${pageName(command)}`, `.Nd ${prose(summary)}`]),
    ...section('SYNOPSIS', [
      `.Nm xmppctl ${name}`,
      '.Op Ar OPTIONS',
      ...positionals.map(
        (named) =>
          `${named.arg.required ? '.Ar' : '.Op Ar'} ${argument(positionalForm(named).replace(/^\[|\]$/g, ''))}`,
      ),
    ]),
    ...section('DESCRIPTION', [
      ...(description ?? sentence(summary))
        .split(/\n\s*\n/)
        .flatMap((paragraph) => ['.Pp', prose(paragraph.replaceAll('\n', ' '))]),
    ]),
    ...section(
      'ARGUMENTS',
      list(positionals.map((named) => [`Ar ${argument(positionalForm(named))}`, details(named.arg)])),
    ),
    ...section('OPTIONS', [
      ...list(own),
      '.Pp',
      shared === 'connecting' ? 'Options of every connecting command, see' : 'Options of every command, see',
      '.Xr xmppctl 1 :',
      ...notOwn.map(
        ({ name: option }, index) =>
          `.Fl \\-${option.replaceAll('-', '\\-')}${index === notOwn.length - 1 ? ' .' : ' ,'}`,
      ),
    ]),
    ...section('RESULT', result(command)),
    ...section('EXIT STATUS', exitStatus(command)),
    ...section(
      'EXAMPLES',
      examples.flatMap(([line, meaning]) => ['.Pp', prose(sentence(meaning)), ...literal([line])]),
    ),
    ...section('SEE ALSO', [
      '.Xr xmppctl 1 ,',
      '.Xr xmppctl-json 5 ,',
      '.Xr xmppctl-credentials 7 ,',
      '.Xr xmppctl-exit-codes 7',
    ]),
  ];
}

function details(arg: { summary: string; description?: string }, notes = ''): string {
  return [sentence(arg.summary + notes), ...(arg.description === undefined ? [] : [stopped(arg.description)])].join(
    ' ',
  );
}

function result(command: Command): string[] {
  const fields = (of: Command['fields']) =>
    list(of.map(({ key, type, summary }) => [`Cm ${argument(key)}`, stopped(`${type}: ${summary}`)]));
  const how = {
    one: 'With --json one object:',
    list: 'With --json one array of objects:',
    stream: 'With --json one object a line:',
    text: '',
  }[command.yields];
  if (command.variants) {
    return [
      prose(`${how} its ${command.variants.key} says which keys it has.`),
      ...Object.entries(command.variants.fields).flatMap(([name, of]) => [`.Ss ${argument(name)}`, ...fields(of)]),
    ];
  }
  return command.fields.length === 0 || how === '' ? [] : [prose(how), ...fields(command.fields)];
}

function exitStatus(command: Command): string[] {
  const rows: (readonly [string, string])[] = exitKinds(command).map(({ kind, exit }) => [
    `Sy ${exit}`,
    errorKinds[kind].sentence,
  ]);
  return [...list([['Sy 0', errorKinds.ok.sentence], ...rows])];
}

function mainPage(commands: readonly Command[]): string[] {
  const topic = (name: string): string[] => blocks(topics.find((each) => each.name === name)?.blocks(commands) ?? []);
  return [
    ...section('NAME', ['.Nm xmppctl', '.Nd scriptable XMPP client']),
    ...section('SYNOPSIS', ['.Nm xmppctl', '.Ar COMMAND', '.Op Ar OPTIONS', '.Op Ar ARGUMENTS']),
    ...section('DESCRIPTION', [
      '.Nm',
      prose(
        'is to XMPP what curl is to HTTP: one command, one short-lived connection, one truthful exit status. It is made for shell scripts, cron and pipes, needs no terminal and no daemon, and keeps passwords in the keychain of the system.',
      ),
      '.Pp',
      prose(
        'Results go to standard output, and all of them; everything else goes to standard error. Commands that act are silent on success.',
      ),
    ]),
    ...section(
      'COMMANDS',
      sectionsOf(commands).flatMap(({ heading, commands: some }) => [
        `.Ss ${argument(heading)}`,
        ...list(some.map((command) => [`Xr ${pageName(command)} 1`, sentence(command.summary)])),
      ]),
    ),
    ...section('OPTIONS', topic('options')),
    ...section('USE FROM CRON', topic('cron')),
    ...section('ENVIRONMENT', topic('environment')),
    ...section('EXIT STATUS', [
      ...list(exitRows().map(([code, kind, when]) => [`Sy ${argument(`${code} ${kind}`)}`, when])),
      '.Pp',
      'See',
      '.Xr xmppctl-exit-codes 7 .',
    ]),
    ...section('SEE ALSO', ['.Xr xmppctl-json 5 ,', '.Xr xmppctl-credentials 7 ,', '.Xr xmppctl-exit-codes 7']),
  ];
}

function topicPage(topic: Topic, commands: readonly Command[]): string[] {
  return [
    ...section('NAME', [`.Nm xmppctl-${topic.name}`, `.Nd ${prose(topic.summary)}`]),
    ...section('DESCRIPTION', blocks(topic.blocks(commands))),
    ...section('SEE ALSO', ['.Xr xmppctl 1']),
  ];
}
