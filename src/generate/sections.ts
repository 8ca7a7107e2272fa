/** The order in which help, man page and README show the commands: by what people want to do. */
import type { Command } from '../grammar/command.ts';

/** Headings, and the first words of the commands under them. A command that no heading names comes under the last. */
const headings: readonly (readonly [heading: string, words: readonly string[]])[] = [
  ['Accounts', ['register', 'login', 'logout', 'accounts', 'passwd', 'delete', 'import']],
  ['Contacts', ['contacts', 'info', 'add', 'accept', 'deny', 'remove', 'block', 'unblock']],
  ['Messages', ['send', 'listen', 'history', 'unread', 'flush']],
  ['Rooms', ['muc']],
  ['Files', ['sendfile', 'get']],
  ['Presence', ['presence']],
  ['Server', ['doctor', 'services', 'raw']],
  ['Shell', ['completion', 'schema', 'help']],
];

type Named = Pick<Command, 'name'>;

export interface Section<C extends Named> {
  readonly heading: string;
  readonly commands: readonly C[];
}

/** The commands by heading; headings without commands are left out. */
export function sectionsOf<C extends Named>(commands: readonly C[]): readonly Section<C>[] {
  const first = ({ name }: Named): string => name.split(' ')[0] ?? '';
  const named = headings.map(([heading, words]) => ({
    heading,
    commands: words.flatMap((word) => commands.filter((command) => first(command) === word)),
  }));
  const known = new Set(headings.flatMap(([, words]) => words));
  const others = { heading: 'More', commands: commands.filter((command) => !known.has(first(command))) };
  return [...named, others].filter((section) => section.commands.length > 0);
}
