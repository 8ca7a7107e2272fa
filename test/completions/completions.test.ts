import { existsSync } from 'node:fs';
import { afterAll, describe, expect, test } from 'vitest';
import { commands } from '../cli/fixtures.ts';
import { bash, fish, Sandbox, typedInBash, zsh } from './shells.ts';

const sandbox = new Sandbox(commands);
afterAll(() => sandbox[Symbol.dispose]());

describe.each([bash(sandbox), zsh(sandbox), fish(sandbox)])('$name offers', (shell) => {
  test.each<[string, string, string[]]>([
    ['commands and groups', 'xmppctl ', ['accounts', 'completion', 'contacts', 'get', 'help', 'listen', 'muc', 'send']],
    ['a command that is begun', 'xmppctl se', ['send']],
    ['the commands of a group', 'xmppctl muc ', ['list', 'send']],
    ['the commands of a group after options', 'xmppctl -q muc -a alice@example.org ', ['list', 'send']],
    ['nothing after a command without arguments', 'xmppctl muc list x', []],
    ['what a command alone can be followed by', 'xmppctl accounts ', ['use']],
    ['an option that is begun', 'xmppctl send --wa', ['--wait']],
    ['shared options', 'xmppctl contacts --ca', ['--ca-file']],
    ['shared options before the command', 'xmppctl --ca', ['--ca-file']],
    ['no option of another command', 'xmppctl contacts --wa', []],
    ['no option of a connection where there is none', 'xmppctl completion --ca', []],
    ['no option after --', 'xmppctl send -- --wa', []],
    ['choices', 'xmppctl send --wait ', ['displayed', 'none', 'receipt', 'server']],
    ['choices of a short option', 'xmppctl contacts -o t', ['table', 'tsv']],
    ['choices after =', 'xmppctl send --wait=re', ['--wait=receipt']],
    ['the choices of an argument', 'xmppctl completion ', ['bash', 'fish', 'zsh']],
    ['nothing after the last argument', 'xmppctl completion bash ', []],
    ['words of a list', 'xmppctl listen --events mes', ['message']],
    ['further words of a list', 'xmppctl listen --events message,pr', ['message,presence']],
    ['keys of --json', 'xmppctl send --json=to,i', ['--json=to,id']],
    ['JIDs from the cache', 'xmppctl send bo', ['bob@example.org']],
    ['JIDs with an @ typed', 'xmppctl send bob@ex', ['bob@example.org']],
    ['JIDs beyond ASCII', 'xmppctl send bü', ['bücher@example.org']],
    ['rooms', 'xmppctl muc send ', ['lounge@conference.example.org']],
    ['rooms as values', 'xmppctl listen --room ', ['lounge@conference.example.org']],
    ['accounts', 'xmppctl -a ', ['alice@example.org']],
    ['directories', 'xmppctl get --dir f', shell.name === 'fish' ? ['folder/'] : ['folder']],
    ['help topics', 'xmppctl help exit', ['exit-codes']],
    ['the commands of a group that help can be asked for', 'xmppctl help muc l', ['list']],
    ['no second word of what is no group', 'xmppctl help send ', []],
    ['words after quoted ones', 'xmppctl send --body-file "a -- b" --wait=re', ['--wait=receipt']],
    ['nothing for free text', 'xmppctl send bob@example.org ', []],
  ])('%s', (_, line, words) => {
    expect(shell.offers(line)).toEqual(words);
  });

  test('file names', () => {
    expect(shell.offers('xmppctl send --body-file wi').join()).toContain('with space.txt');
    expect(shell.offers('xmppctl send --body-file=wi').join()).toContain('with space.txt');
  });
  test('programs for a hook, then files', () => {
    expect(shell.offers('xmppctl listen --exec print')).toContain('printf');
    expect(shell.offers('xmppctl listen --exec cat wi').join()).toContain('with space.txt');
  });
  test('nothing that a shell would act on, and runs none of it', () => {
    const offered = shell.offers('xmppctl send bad');
    if (shell.name === 'bash') expect(offered).toEqual([]);
    expect(existsSync(sandbox.injected)).toBe(false);
  });
});

test.each([zsh(sandbox), fish(sandbox)])('$name says what the words mean', (shell) => {
  expect(shell.describes('xmppctl s')).toContain('sends one message');
  expect(shell.describes('xmppctl send --wa')).toContain('what to wait for');
  expect(shell.describes('xmppctl send bo')).toContain('Bob');
});

test.each([
  ['letters in this order', 'xmppctl send bbex', ['bob@example.org']],
  ['capitals', 'xmppctl send BO', ['bob@example.org']],
  ['letters where a regular expression has signs', 'xmppctl send bo.*', []],
  ['the value of a short option', 'xmppctl -aal', ['-aalice@example.org']],
  ['a word in quotes', "xmppctl send 'bo", ['bob@example.org']],
])('fish offers names for %s', (_, line, words) => {
  expect(fish(sandbox).offers(line)).toEqual(words);
});

test('zsh offers names for a pattern', () => {
  const shell = zsh(sandbox, 'setopt glob_complete');
  expect(shell.offers('xmppctl send b*@example')).toEqual(
    expect.arrayContaining(['bea@example.org', 'bob@example.org']),
  );
});

test.each([
  ['xmppctl send bob@ex\thello', '<send><bob@example.org><hello>'],
  ['true | xmppctl send --wait=rec\tbo\t', '<send><--wait=receipt><bob@example.org>'],
  ['xmppctl send --json=to,i\t', '<send><--json=to,id>'],
  ['xmppctl send --body-file=wi\t', '<send><--body-file=with space.txt>'],
  ['xmppctl get --dir fol\t', '<get><--dir><folder/>'],
  ['xmppctl listen --room l\t', '<listen><--room><lounge@conference.example.org>'],
  ['xmppctl send "bo\thello', '<send><bob@example.org><hello>'],
  ['xmppctl send --body-file "a -- b" bo\t', '<send><--body-file><a -- b><bob@example.org>'],
  ['xmppctl send --body-file with\\\\ sp\t', '<send><--body-file><with space.txt>'],
])('bash turns what is typed, %j, into %s', (keys, args) => {
  expect(typedInBash(sandbox, keys)).toBe(args);
});

test('no completion starts Node or xmppctl', () => {
  expect(existsSync(sandbox.nodeWasStarted)).toBe(false);
});
