import { describe, expect, test } from 'vitest';
import { helpText } from '../../src/cli/help.ts';
import { parseArgv } from '../../src/cli/parse.ts';
import { allCommands } from '../../src/commands/index.ts';
import { errorKinds } from '../../src/errors.ts';
import { topics } from '../../src/generate/topics.ts';
import { connectionArgs } from '../../src/grammar/shared-args.ts';
import { switchesOf } from '../../src/grammar/usage.ts';
import { commands } from './fixtures.ts';

const realCommands = await allCommands();

const width = (text: string): number => Math.max(...text.split('\n').map((line) => line.length));

describe('the overview', () => {
  test('fits one screen and names every command', () => {
    for (const list of [commands, realCommands]) {
      const text = helpText('', list);
      expect(text.split('\n').length).toBeLessThanOrEqual(25);
      expect(width(text)).toBeLessThanOrEqual(80);
      for (const { name } of list) expect(text).toContain(name.slice(name.indexOf(' ') + 1));
      for (const { name } of topics) expect(text).toContain(name);
    }
  });
  test('has a heading for every command', () => {
    expect(helpText('', realCommands)).not.toMatch(/^More /m);
  });
});

describe('the help of a command', () => {
  test.each(realCommands.map(({ name }) => name))('%s fits 80 columns, but for its examples', (name) => {
    const lines = helpText(name, realCommands).split('\n');
    const examples = lines.indexOf('Examples:');
    const others = lines.filter((_, index) => examples < 0 || index < examples);
    for (const line of others) expect(line.length, line).toBeLessThanOrEqual(80);
  });
  test('says what each part is', () => {
    const text = helpText('send', commands);
    expect(text).toMatch(/^Usage: xmppctl send \[OPTIONS\] JID \[BODY\]\n\nSends one message\.\n\nEnds with status 0/);
    expect(text).toContain('\n\nA second paragraph.\n');
    expect(text).toMatch(/^ {2}-f, --body-file FILE +the text from FILE$/m);
    expect(text).toMatch(/what to wait for \(one of none, server,/);
    expect(text).toContain('(may be repeated)');
    expect(text).toContain('-a/--account');
    expect(text).toContain('Keys of --json:\n  to id status\n');
    expect(text).toContain('  date | xmppctl send bob@example.org\n      the text from a pipe\n');
    expect(text).toContain('0, 64 usage, 65 data, 66 noinput, 67 nouser');
  });
  test('shows optional values and what takes the rest', () => {
    const text = helpText('listen', commands);
    expect(text).toContain('--durable[=NAME]');
    expect(text).toContain('--exec CMD [ARG…]');
  });
  test('of a local command has no options of a connection', () => {
    expect(helpText('completion', commands)).not.toContain('--account');
  });
});

test('a group lists its commands', () => {
  expect(helpText('muc', commands)).toBe(
    'Usage: xmppctl muc COMMAND [OPTIONS] [ARGUMENTS]\n\nCommands:\n  send  sends a message to a room\n' +
      '  list  lists the rooms of a service\n\nSee xmppctl muc COMMAND --help.\n',
  );
  expect(helpText('accounts', commands)).toContain('More:\n  xmppctl accounts use [OPTIONS] JID\n');
});

describe('topics', () => {
  test.each(topics.map(({ name }) => name))('%s fits 80 columns', (name) => {
    const text = helpText(name, realCommands);
    expect(width(text)).toBeLessThanOrEqual(80);
    expect(text.endsWith('\n')).toBe(true);
  });
  test('exit-codes has every kind', () => {
    const text = helpText('exit-codes', commands);
    for (const [kind, { exit }] of Object.entries(errorKinds))
      expect(text).toMatch(new RegExp(`^  ${exit} ${kind} `, 'm'));
    expect(text).toMatch(/^ {2}130 .*\n {2}143 /m);
  });
  test('options has every option of a connection', () => {
    const text = helpText('options', commands);
    for (const { name } of switchesOf(connectionArgs)) expect(text).toContain(`--${name}`);
  });
  test('environment names no variable that would weaken TLS', () => {
    expect(helpText('environment', commands)).toContain('XMPPCTL_CA_FILE');
    expect(helpText('environment', commands)).not.toContain('INSECURE');
  });
});

test('help on what does not exist is a usage error with a suggestion', () => {
  expect(() => helpText('sned', commands)).toThrow(
    expect.objectContaining({ kind: 'usage', hint: 'Did you mean send?' }),
  );
  expect(() => helpText('exit-code', commands)).toThrow(expect.objectContaining({ hint: 'Did you mean exit-codes?' }));
  expect(() => helpText('xyzzy', commands)).toThrow(
    expect.objectContaining({ hint: expect.stringContaining('credentials') }),
  );
});

test('a mistyped help is recognised', () => {
  const hint = 'Did you mean help?';
  expect(() => parseArgv(['hlep'], commands)).toThrow(expect.objectContaining({ kind: 'usage', hint }));
});
