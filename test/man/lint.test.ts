import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { allCommands } from '../../src/commands/index.ts';
import { manPages } from '../../src/generate/man.ts';
import { commands } from '../cli/fixtures.ts';

const realCommands = await allCommands();

const directory = mkdtempSync(join(tmpdir(), 'xmppctl-man-'));
afterAll(() => rmSync(directory, { recursive: true }));

// biome-ignore lint/suspicious/noControlCharactersInRegex: a backspace after a letter makes it bold
const overstruck = /.\u0008/g;
const mandoc = (...args: string[]): string => execFileSync('mandoc', args, { cwd: directory, encoding: 'utf8' });

test.each([
  ['the commands', realCommands],
  ['commands with every kind of argument', commands],
])('mandoc has nothing against the pages of %s', (_, list) => {
  const pages = manPages(list, '1.2.3');
  for (const [name, text] of pages) writeFileSync(join(directory, name), text);
  expect(mandoc('-Tlint', '-W', 'warning', ...pages.keys())).toBe('');
});

test('a page reads as it should', () => {
  const page = manPages(commands, '1.2.3').get('xmppctl-send.1') ?? '';
  writeFileSync(join(directory, 'send.1'), page);
  const text = mandoc('-Tascii', 'send.1').replaceAll(overstruck, '').replace(/\s+/g, ' ');
  expect(text).toContain('xmppctl-send - sends one message');
  expect(text).toContain('SYNOPSIS xmppctl send [OPTIONS] JID [BODY]');
  expect(text).toContain('-f, --body-file FILE The text from FILE.');
  expect(text).toContain('(one of none, server, receipt, displayed; default: server)');
  expect(text).toContain('xmppctl send bob@example.org "hello"');
  expect(text).toContain('77 Wrong password');
});

test('pages are the same at every build', () => {
  expect(manPages(commands, '1.2.3')).toEqual(manPages(commands, '1.2.3'));
  expect([...manPages(commands, '1.2.3').values()].join()).not.toContain(new Date().toISOString().slice(0, 10));
});
