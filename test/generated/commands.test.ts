import { describe, expect, test } from 'vitest';
import { allCommands, commandNames, commandOf } from '../../src/commands/index.ts';
import { sectionsOf } from '../../src/generate/sections.ts';
import type { Command } from '../../src/grammar/command.ts';
import { allSwitches, positionalsOf, takesNextWord } from '../../src/grammar/usage.ts';

const commands = await allCommands();

const everySwitch = commands.flatMap((command) =>
  allSwitches(command).map((named) => ({ command: command.name, ...named })),
);

test('every command is listed under its own name, and loaded alone when a command line begins with it', async () => {
  expect(commandNames).toEqual(commands.map(({ name }) => name));
  for (const command of commands) {
    const mayHaveMore = commands.some(({ name }) => name.startsWith(`${command.name} `));
    expect(await commandOf([...command.name.split(' '), 'word'])).toBe(mayHaveMore ? undefined : command);
  }
});

test.each([[[]], [['muc']], [['--json', 'send']], [['sned', 'word']], [['constructor']]])(
  'a command line that begins with %j does not tell its command yet',
  async (argv) => {
    expect(await commandOf(argv)).toBeUndefined();
  },
);

test('no two commands have the same name', () => {
  const names = commands.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
});

test('an option takes a value in all commands or in none, so that it may stand before the command', () => {
  const forms = new Map<string, Set<boolean>>();
  for (const { name, arg } of everySwitch) forms.set(name, (forms.get(name) ?? new Set()).add(takesNextWord(arg)));
  // An account is named once more before it is deleted; a room that is destroyed is not (SPEC 1, 6).
  forms.delete('confirm');
  expect([...forms].filter(([, takes]) => takes.size > 1).map(([name]) => name)).toEqual([]);
});

test('a letter means one option', () => {
  const meanings = new Map<string, Set<string>>();
  for (const { name, arg } of everySwitch) {
    if (arg.alias !== undefined) meanings.set(arg.alias, (meanings.get(arg.alias) ?? new Set()).add(name));
  }
  expect([...meanings].filter(([, names]) => names.size > 1)).toEqual([]);
});

test('every command has a heading in the help', () => {
  expect(sectionsOf(commands).find(({ heading }) => heading === 'More')?.commands ?? []).toEqual([]);
});

describe.each(commands.map((command): [string, Command] => [command.name, command]))('%s', (name, command) => {
  test('has a summary that can be put into a sentence', () => {
    expect(command.summary).toMatch(/^[^A-Z].*[^.]$|^[A-Z]{2,}/);
    expect(command.summary.length).toBeLessThan(70);
  });
  test('has examples that call it, by its options', () => {
    const options = allSwitches(command).flatMap(({ name: option, arg }) => [
      `--${option}`,
      ...(arg.alias ? [`-${arg.alias}`] : []),
    ]);
    for (const [line] of command.examples) {
      expect(line).toContain(`xmppctl ${name}`);
      const own = line.slice(line.indexOf(`xmppctl ${name}`)).split(/[|;]/)[0] ?? '';
      for (const [, option = ''] of own.matchAll(/(?<=\s)(--[a-z][\w-]*)/g)) expect(options).toContain(option);
    }
  });
  test('has keys that are camelCase and named once', () => {
    for (const fields of [command.fields, ...Object.values(command.variants?.fields ?? {})]) {
      const keys = fields.map(({ key }) => key);
      expect(new Set(keys).size).toBe(keys.length);
      for (const key of keys) expect(key).toMatch(/^[a-z][A-Za-z0-9]*$/);
    }
  });
  test('has arguments that can be told apart by their place', () => {
    const positionals = positionalsOf(command.args).map(({ arg }) => arg);
    expect(positionals.slice(0, -1).some(({ repeat }) => repeat)).toBe(false);
    const firstOptional = positionals.findIndex(({ required }) => !required);
    if (firstOptional >= 0) expect(positionals.slice(firstOptional).some(({ required }) => required)).toBe(false);
  });
});
