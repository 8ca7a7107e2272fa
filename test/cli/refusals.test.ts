// What the real commands say of command lines that they refuse.
import { expect, test } from 'vitest';
import { parseArgv } from '../../src/cli/parse.ts';
import type { Context } from '../../src/commands/context.ts';
import { allCommands } from '../../src/commands/index.ts';
import { schema } from '../../src/commands/schema.ts';

test('a word after a command that takes none, and that begins other commands, is one of them mistyped', async () => {
  const hint = 'Did you mean accounts use?';
  const message = "there is no command 'accounts us'";
  const commands = await allCommands();
  expect(() => parseArgv(['accounts', 'us'], commands)).toThrow(expect.objectContaining({ message, hint }));
});

test('one argument too many where one is taken', async () => {
  const message = "'completion' takes 1 argument, not 2";
  const commands = await allCommands();
  expect(() => parseArgv(['completion', 'bash', 'x'], commands)).toThrow(expect.objectContaining({ message }));
});

test.each([
  ['no address', ['get', 'foo'], "'foo' is no URL"],
  ['an aesgcm address without its key', ['get', 'aesgcm://example.org/x'], 'key at the end'],
  ['standard output', ['get', 'https://example.org/x', '--output-file', '-'], 'not written to standard output'],
])('get refuses %s', async (_, argv, message) => {
  const commands = await allCommands();
  const refused = expect.objectContaining({ kind: 'usage', message: expect.stringContaining(message) });
  expect(() => parseArgv(argv, commands)).toThrow(refused);
});

test('an option that no command has, and no command', async () => {
  const expected = { message: 'xmppctl has no option --josn', hint: 'Did you mean --json?' };
  const commands = await allCommands();
  expect(() => parseArgv(['--josn'], commands)).toThrow(expect.objectContaining(expected));
});

test('a password before the command is not taken for one, and not repeated', async () => {
  const commands = await allCommands();
  const message = 'a password on the command line can be read by everyone on this machine';
  expect(() => parseArgv(['--password', 'hunter2', 'contacts'], commands)).toThrow(
    expect.objectContaining({ kind: 'usage', message }),
  );
  expect(() => parseArgv(['snd', '--josn'], commands)).toThrow(expect.objectContaining({ hint: 'Did you mean send?' }));
});

test('a schema of a mistyped command', async () => {
  const ctx = { commands: allCommands } as unknown as Context;
  const refused = { kind: 'usage', message: "there is no command 'muc sned'", hint: 'Did you mean muc send?' };
  await expect(schema.run({ command: ['muc', 'sned'] }, ctx)).rejects.toMatchObject(refused);
});

test.each([
  [['muc', 'kick', 'ops', 'spammer', '--reason', 'a\u0001b']],
  [['sendfile', 'bob@example.org', 'x.png', '--caption', 'a\u0001b']],
  [['muc', 'subject', 'ops', 'a\u0001b']],
  [['send', 'bob@example.org', 'hi', '--replace-invalid', '--subject', 'a\u0001b']],
])('%j names no option that would not help', async (argv) => {
  const commands = await allCommands();
  const refused = expect.objectContaining({ kind: 'data', hint: undefined });
  expect(() => parseArgv(argv, commands)).toThrow(refused);
});
