import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { allCommands } from '../../src/commands/index.ts';
import { manPages } from '../../src/generate/man.ts';
import { continued } from '../../src/generate/mdoc.ts';
import { commands } from '../cli/fixtures.ts';

const realCommands = await allCommands();

const directory = mkdtempSync(join(tmpdir(), 'xmppctl-man-'));
afterAll(() => rmSync(directory, { recursive: true }));

// biome-ignore lint/suspicious/noControlCharactersInRegex: a backspace after a letter makes it bold
const overstruck = /.\u0008/g;
const mandoc = (...args: string[]): string => execFileSync('mandoc', args, { cwd: directory, encoding: 'utf8' });

/** All that mandoc says, among the pages: it looks for those that are named beside the page itself. */
const lint = (names: Iterable<string>): string =>
  spawnSync('mandoc', ['-Tlint', ...names], { cwd: directory, encoding: 'utf8' }).stdout;

test.each([
  ['the commands', realCommands],
  ['commands with every kind of argument', commands],
])('mandoc has nothing against the pages of %s', (_, list) => {
  const pages = manPages(list);
  for (const [name, text] of pages) writeFileSync(join(directory, name), text);
  expect(lint(pages.keys())).toBe('');
});

test('an example that is too wide for a terminal goes on in the next line, and is the same for a shell', () => {
  for (const [line] of realCommands.flatMap(({ examples }) => examples)) {
    const lines = continued(line);
    for (const one of lines) expect(one.length).toBeLessThanOrEqual(68);
    expect(lines.join('\n').replaceAll(/ \\\n {2}/g, ' ')).toBe(line);
  }
});

test('every page that is named exists', () => {
  const pages = manPages(realCommands);
  const named = [...pages.values()].flatMap((text) => [...text.matchAll(/Xr (\S+) (\d)/g)]);
  for (const [, name, number] of named) expect([...pages.keys()]).toContain(`${name}.${number}`);
});

test('a page reads as it should', () => {
  const page = manPages(commands).get('xmppctl-send.1') ?? '';
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
  expect(manPages(commands)).toEqual(manPages(commands));
  expect([...manPages(commands).values()].join()).not.toContain(new Date().toISOString().slice(0, 10));
});
