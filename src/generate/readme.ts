/** The tables of README.md: what stands between two markers is made from the definitions. */
import type { Command } from '../grammar/command.ts';
import { usageLine } from '../grammar/usage.ts';
import { sectionsOf } from './sections.ts';
import { exitRows, sentence } from './topics.ts';

/** The text with each table between `<!-- begin NAME -->` and `<!-- end NAME -->` replaced. */
export function updateReadme(readme: string, commands: readonly Command[]): string {
  const tables: Readonly<Record<string, string>> = { commands: commandTable(commands), 'exit-codes': exitTable() };
  return readme.replace(
    /(<!-- begin ([\w-]+) -->\n)[\s\S]*?(<!-- end \2 -->)/g,
    (all, begin: string, name: string, end: string) =>
      Object.hasOwn(tables, name) ? `${begin}\n${tables[name]}\n${end}` : all,
  );
}

function commandTable(commands: readonly Command[]): string {
  const rows = sectionsOf(commands).flatMap(({ heading, commands: some }) => [
    `| **${heading}** | |`,
    ...some.map(
      (command) =>
        `| \`${cell(usageLine(command).replace('xmppctl ', '').replace(' [OPTIONS]', ''))}\` | ${cell(sentence(command.summary))} |`,
    ),
  ]);
  return ['| Command | |', '| --- | --- |', ...rows, ''].join('\n');
}

function exitTable(): string {
  const rows = exitRows().map(([code, kind, when, retry]) => `| ${code} | ${kind} | ${cell(when)} | ${retry} |`);
  return ['| Status | Kind | When | Try again |', '| --- | --- | --- | --- |', ...rows, ''].join('\n');
}

const cell = (text: string): string => text.replaceAll('|', '\\|');
