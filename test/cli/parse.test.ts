import { describe, expect, test } from 'vitest';
import { parseArgv } from '../../src/cli/parse.ts';
import { wantsJson } from '../../src/cli/wants-json.ts';
import { XmppctlError } from '../../src/errors.ts';
import { commands } from './fixtures.ts';

/** The values that were given, without those at rest: JIDs by their full form. */
function parse(...argv: string[]) {
  const parsed = parseArgv(argv, commands);
  if (parsed.kind !== 'run') return parsed;
  const given = (values: object) =>
    Object.fromEntries(
      Object.entries(values)
        .filter(([, value]) => value !== undefined && value !== false && !(Array.isArray(value) && value.length === 0))
        .map(([key, value]) => [key, plain(value)]),
    );
  return { name: parsed.command.name, args: given(parsed.args), shared: given(parsed.shared) };
}
const plain = (value: unknown): unknown =>
  Array.isArray(value) ? value.map(plain) : ((value as { full?: string }).full ?? value);

function failure(...argv: string[]): XmppctlError {
  try {
    parseArgv(argv, commands);
  } catch (error) {
    if (error instanceof XmppctlError) return error;
    throw error;
  }
  throw new Error(`no error for ${JSON.stringify(argv)}`);
}

const bob = 'bob@example.org';
const wait = 'server';

describe('the arguments of send', () => {
  test.each<[string, string[], object]>([
    ['a text', [bob, 'hello'], { to: bob, body: 'hello' }],
    ['no text', [bob], { to: bob }],
    ['a number', [bob, '100'], { to: bob, body: '100' }],
    ['a number with an exponent', [bob, '1e5'], { to: bob, body: '1e5' }],
    ['a number with zeros', [bob, '007'], { to: bob, body: '007' }],
    ['a hexadecimal number', [bob, '0x10'], { to: bob, body: '0x10' }],
    ['a negative number', [bob, '-5'], { to: bob, body: '-5' }],
    ['an empty text', [bob, ''], { to: bob, body: '' }],
    ['a lone dash', [bob, '-'], { to: bob, body: '-' }],
    ['true after a flag', [bob, '--lines', 'true'], { to: bob, lines: true, body: 'true' }],
    ['false after a shared flag', ['-q', bob, 'false'], { to: bob, body: 'false' }],
    ['a text with dashes after --', [bob, '--', '--body -x'], { to: bob, body: '--body -x' }],
    ['-- itself after --', [bob, '--', '--'], { to: bob, body: '--' }],
    ['everything after --', ['--', bob, '-q'], { to: bob, body: '-q' }],
    ['quotes in the text', [bob, '"hi"'], { to: bob, body: '"hi"' }],
    ['newlines', [bob, 'a\nb=c\n'], { to: bob, body: 'a\nb=c\n' }],
    ['a dot in an option value', [bob, '--subject', 'a.b'], { to: bob, subject: 'a.b' }],
    ['an xmpp: URI', ['xmpp:bob@example.org?message'], { to: bob }],
    ['a name of Object.prototype', [bob, '__proto__'], { to: bob, body: '__proto__' }],
    ['a body called like a command', [bob, 'send'], { to: bob, body: 'send' }],
    ['a body called help', [bob, 'help'], { to: bob, body: 'help' }],
  ])('%s', (_, argv, args) => {
    expect(parse('send', ...argv)).toMatchObject({ name: 'send', args: { wait, ...args } });
  });
});

describe('options', () => {
  test.each<[string, string[], object, object]>([
    ['--opt=value', ['--subject=a=b', bob], { subject: 'a=b' }, {}],
    ['--opt value', ['--subject', 'a', bob], { subject: 'a' }, {}],
    ['--opt= with nothing', ['--subject=', bob], { subject: '' }, {}],
    ['--opt and an empty word', ['--subject', '', bob], { subject: '' }, {}],
    ['a value that is a number', ['--subject', '1e5', bob], { subject: '1e5' }, {}],
    ['a value with a dash, by =', ['--subject=-x', bob], { subject: '-x' }, {}],
    ['a value with a dash, as a word', ['--subject', '-x', bob], { subject: '-x' }, {}],
    ['a value with two dashes, as a word', ['--subject', '--no such option', bob], { subject: '--no such option' }, {}],
    ['a value that begins like an option', ['--subject', '--json is great', bob], { subject: '--json is great' }, {}],
    ['a lone dash as value', ['-f', '-', bob], { bodyFile: '-' }, {}],
    ['a negative number as value', ['--subject', '-5', bob], { subject: '-5' }, {}],
    ['-f VALUE', ['-f', 'x', bob], { bodyFile: 'x' }, {}],
    ['-fVALUE', ['-fx', bob], { bodyFile: 'x' }, {}],
    ['-f=VALUE', ['-f=x', bob], { bodyFile: 'x' }, {}],
    ['-fVALUE that looks like flags', ['-fqv', bob], { bodyFile: 'qv' }, {}],
    ['-f and a path', ['-f/tmp/a=b', bob], { bodyFile: '/tmp/a=b' }, {}],
    ['a cluster of flags', ['-qv', bob], {}, { quiet: true, verbose: true }],
    ['a cluster that ends in a value', ['-qfx', bob], { bodyFile: 'x' }, { quiet: true }],
    ['a cluster, then the value', ['-qf', 'x', bob], { bodyFile: 'x' }, { quiet: true }],
    ['-o VALUE', ['-o', 'tsv', bob], {}, { output: 'tsv' }],
    ['-oVALUE', ['-ojson', bob], {}, { output: 'json' }],
    ['a flag twice', ['-q', '--quiet', bob], {}, { quiet: true }],
    ['a repeatable option', ['-t', 'a@x.org', '--also-to=b@x.org', bob], { alsoTo: ['a@x.org', 'b@x.org'] }, {}],
    ['an option whose name begins with no-', ['--no-header', bob], {}, { noHeader: true }],
    ['--json alone takes no word', ['--json', bob], {}, { json: '' }],
    ['--json=keys', ['--json=to,id', bob], {}, { json: 'to,id' }],
    ['--trace alone takes no word', ['--trace', bob], {}, { trace: '-' }],
    ['--trace=FILE', ['--trace=x.log', bob], {}, { trace: 'x.log' }],
    ['--trace FILE, with an ending', ['--trace', 'x.log', bob], {}, { trace: 'x.log' }],
    ['--trace FILE, with a path', ['--trace', '../x', bob], {}, { trace: '../x' }],
    ['a duration', ['--timeout', '5m', bob], {}, { timeout: 300_000 }],
    ['a choice', ['--wait=none', bob], { wait: 'none' }, {}],
  ])('%s', (_, argv, args, shared) => {
    const expected = { name: 'send', args: { to: bob, wait, ...args }, shared };
    expect(parse('send', ...argv)).toEqual(expected);
    expect(parse(...argv.slice(0, -1), 'send', bob), 'before the command').toEqual(expected);
    expect(parse('send', bob, ...argv.slice(0, -1)), 'after the arguments').toEqual(expected);
  });

  test('--trace does not take what may be a message', () => {
    const traced = (body: string) => parse('send', bob, '--trace', body);
    for (const body of ['and/or', './a b', 'x@y.xml']) expect(traced(body)).toMatchObject({ args: { body } });
  });

  test('an optional value does not take the command', () => {
    expect(parse('--json', 'send', bob)).toMatchObject({ name: 'send', shared: { json: '' } });
    expect(parse('listen', '--durable')).toMatchObject({ args: { durable: 'default' } });
    expect(parse('listen', '--durable=cron')).toMatchObject({ args: { durable: 'cron' } });
  });

  test('a value that is the name of a command', () => {
    expect(parse('-f', 'listen', 'send', bob)).toMatchObject({ name: 'send', args: { bodyFile: 'listen' } });
  });

  test('an option that takes the rest', () => {
    const parsed = parse('listen', '-q', '--exec', 'notify', '--quiet', '-h', '--', 'x');
    expect(parsed).toEqual({
      name: 'listen',
      args: { exec: ['notify', '--quiet', '-h', '--', 'x'] },
      shared: { quiet: true },
    });
    expect(parse('listen', '--exec=notify', '-u')).toMatchObject({ args: { exec: ['notify', '-u'] } });
    expect(parse('listen', '--exec', '--', 'notify')).toMatchObject({ args: { exec: ['notify'] } });
    expect(failure('listen', '--exec').message).toBe('--exec needs a value');
  });
});

describe('commands', () => {
  test.each<[string[], string]>([
    [['muc', 'send', bob], 'muc send'],
    [['-a', 'me@x.org', 'muc', '-q', 'send', bob], 'muc send'],
    [['muc', '--nick', 'send', 'list'], 'muc list'],
    [['accounts'], 'accounts'],
    [['accounts', 'use', bob], 'accounts use'],
    [['get', 'a', '--dir', 'b', 'c'], 'get'],
  ])('%j', (argv, name) => {
    if (name === 'muc list') expect(failure(...argv).message).toContain("'muc list' has no option --nick");
    else expect(parse(...argv)).toMatchObject({ name });
  });

  test('repeated positionals', () => {
    expect(parse('get', 'a', '--dir', 'b', 'c', '--', '-d')).toMatchObject({
      args: { urls: ['a', 'c', '-d'], dir: 'b' },
    });
  });

  test.each<[string[], object]>([
    [[], { kind: 'help', topic: '' }],
    [['-h'], { kind: 'help', topic: '' }],
    [['help'], { kind: 'help', topic: '' }],
    [['help', 'muc', 'send'], { kind: 'help', topic: 'muc send' }],
    [['help', 'exit-codes'], { kind: 'help', topic: 'exit-codes' }],
    [['send', '--help'], { kind: 'help', topic: 'send' }],
    [['send', bob, 'hi', '-qh'], { kind: 'help', topic: 'send' }],
    [['muc', '--help'], { kind: 'help', topic: 'muc' }],
    [['muc', 'send', '-h'], { kind: 'help', topic: 'muc send' }],
    [['-h', 'accounts', 'use'], { kind: 'help', topic: 'accounts use' }],
    [['send', '--no-such-option', '--help'], { kind: 'help', topic: 'send' }],
    [['-V'], { kind: 'version' }],
    [['send', '--version'], { kind: 'version' }],
  ])('%j', (argv, expected) => {
    expect(parse(...argv)).toEqual(expected);
  });

  test('after -- an option is no option', () => {
    expect(parse('send', bob, '--', '--help')).toMatchObject({ args: { body: '--help' } });
  });
});

describe('errors', () => {
  test.each<[string, string[], string, string?]>([
    ['an unknown command', ['sned', bob], "there is no command 'sned'", 'Did you mean send?'],
    ['a command like no other', ['xyzzy'], "there is no command 'xyzzy'", 'See xmppctl help.'],
    ['an unknown command of a group', ['muc', 'snd'], "there is no command 'muc snd'", 'Did you mean muc send?'],
    ['a group alone', ['muc'], "'muc' needs one of its commands", 'The commands of muc are: send, list.'],
    ['no command', ['-q'], 'no command is given', 'See xmppctl help.'],
    ['an unknown option', ['send', bob, '--subjcet', 'x'], "'send' has no option --subjcet", 'Did you mean --subject?'],
    ['an abbreviated option', ['send', bob, '--sub', 'x'], "'send' has no option --sub"],
    ['an unknown letter', ['send', bob, '-qz'], "'send' has no option -z"],
    ['an option of another command', ['send', bob, '--room', 'x@y'], "'send' has no option --room"],
    ['a connection option of a local command', ['completion', 'bash', '-a', bob], "'completion' has no option -a"],
    ['a negated flag', ['send', bob, '--no-lines'], "'send' has no option --no-lines"],
    ['a missing argument', ['send'], 'JID is missing', 'Usage: xmppctl send [OPTIONS] JID [BODY]'],
    ['a missing repeated argument', ['get'], 'URL… is missing', 'Usage: xmppctl get [OPTIONS] URL…'],
    ['one argument too many', ['send', bob, 'a', 'b'], "'send' takes 2 arguments, not 3"],
    ['arguments where none are taken', ['listen', 'a'], "'listen' takes no arguments, not 1"],
    ['an option twice', ['send', bob, '--subject=a', '--subject', 'b'], '--subject is given twice'],
    ['an optional value twice', ['send', bob, '--json', '--json'], '--json is given twice'],
    ['a missing value at the end', ['send', bob, '--subject'], '--subject needs a value'],
    ['a missing value before an option', ['send', bob, '--subject', '-q'], '--subject needs a value'],
    ['a missing value before --', ['send', bob, '--subject', '--', 'x'], '--subject needs a value'],
    ['a value for a flag', ['send', bob, '--lines=yes'], '--lines takes no value'],
    ['a bad duration', ['send', bob, '--timeout', 'x'], "--timeout: 'x' is not a duration; write 30, 30s, 5m or 1h"],
    ['a bad choice', ['send', bob, '--wait=x'], "--wait: 'x' is not one of none, server, receipt, displayed"],
    [
      'a bad JID',
      ['send', 'a@@b'],
      "'a@@b' is not a JID: the domain is not valid",
      'A JID looks like alice@example.org.',
    ],
  ])('%s', (_, argv, message, hint) => {
    const error = failure(...argv);
    expect([error.exit, error.message]).toEqual([64, message]);
    if (hint !== undefined) expect(error.hint).toBe(hint);
  });

  test.each([['--password', 'hunter2'], ['--password=hunter2']])(
    '%s names the alternatives and not the password',
    (...words) => {
      const error = failure('send', bob, 'hi', ...words);
      expect(error.exit).toBe(64);
      expect(error.hint).toBe('Use --password-stdin, --password-file FILE or --password-command CMD.');
      expect(JSON.stringify(error)).not.toContain('hunter2');
    },
  );

  test('what may be a password is not repeated', () => {
    for (const words of [['-phunter2'], ['--passwrod=hunter2'], ['x', 'hunter2'], ['--password', 'hunter2', 'send']]) {
      expect(JSON.stringify(failure('send', bob, ...words))).not.toContain('hunter2');
    }
    expect(failure('--password=hunter2', 'send', bob).hint).toContain('--password-stdin');
  });
});

test('a rule between arguments is checked', () => {
  const check = () => {
    throw new XmppctlError('usage', 'not both');
  };
  const strict = commands.map((command) => ({ ...command, check }));
  expect(() => parseArgv(['send', bob], strict)).toThrow('not both');
});

test.each<[string[], boolean]>([
  [['send', '--json'], true],
  [['send', '--json=to'], true],
  [['-o', 'ndjson', 'x'], true],
  [['-ojson'], true],
  [['--output=json'], true],
  [['--output', 'json'], true],
  [['-qo', 'json'], true],
  [['-o', 'table'], false],
  [['send', 'bob', '--', '--json'], false],
  [['send', 'bob', 'json'], false],
])('errors as JSON for %j: %s', (argv, expected) => {
  expect(wantsJson(argv)).toBe(expected);
});
