/** Accounts that sendxmpp, go-sendxmpp and profanity keep. */
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createOtherPrograms } from '../../src/account/other-programs.ts';
import type { OtherProgram } from '../../src/commands/context.ts';
import { errorOf, fakeSystem } from './fake-system.ts';

function home(files: Record<string, string>, env: Record<string, string> = {}) {
  const system = fakeSystem(env);
  const dir = system.env.HOME ?? '';
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(dir, name)), { recursive: true });
    writeFileSync(join(dir, name), text, { mode: 0o600 });
  }
  const warnings: string[] = [];
  const programs = createOtherPrograms(system, (line) => warnings.push(line));
  const accounts = async (only?: OtherProgram, file?: string) =>
    (await programs.accounts(only, file)).map(({ jid, path, ...rest }) => ({ jid: jid.bare, ...rest }));
  return { dir, warnings, accounts };
}

const nothing = { server: undefined, password: undefined, passwordCommand: undefined, nick: undefined };
const profanity = '.local/share/profanity/accounts';

describe('profanity', () => {
  test('keeps several accounts, with servers, commands and escapes', async () => {
    const { accounts } = home({
      [profanity]: [
        '[alice@example.org]',
        'enabled=true',
        'password=a\\sb\\\\c=d',
        'muc.nick=ally',
        '',
        '# a comment',
        '[work]',
        'jid=Bob@Example.NET/laptop',
        'server=talk.example.net',
        'port=5223',
        'eval_password=pass show xmpp/work',
        '[old]',
        'jid=carol@example.org',
        'tls.policy=legacy',
      ].join('\n'),
    });
    expect(await accounts()).toEqual([
      { ...nothing, jid: 'alice@example.org', program: 'profanity', password: 'a b\\c=d', nick: 'ally' },
      {
        ...nothing,
        jid: 'bob@example.net',
        program: 'profanity',
        server: 'xmpps://talk.example.net:5223',
        passwordCommand: 'pass show xmpp/work',
      },
      { ...nothing, jid: 'carol@example.org', program: 'profanity', server: 'xmpps://example.org' },
    ]);
  });
  test('may keep them below XDG_DATA_HOME', async () => {
    const { accounts } = home({ 'data/profanity/accounts': '[a@example.org]\n' }, { XDG_DATA_HOME: '' });
    await expect(accounts('profanity')).rejects.toMatchObject({ kind: 'noinput' });
    const { dir } = home({});
    const there = home({}, { XDG_DATA_HOME: join(dir, 'data') });
    mkdirSync(join(dir, 'data/profanity'), { recursive: true });
    writeFileSync(join(dir, 'data/profanity/accounts'), '[a@example.org]\npassword=x\n', { mode: 0o600 });
    expect(await there.accounts('profanity')).toMatchObject([{ jid: 'a@example.org', password: 'x' }]);
  });
  test('with a name that is no JID is 78, naming the group', async () => {
    expect(await errorOf(home({ [profanity]: '[@]\npassword=hush\n' }).accounts())).toMatchObject({
      kind: 'config',
      message: expect.stringMatching(/profanity\/accounts, \[@\]: '@' is not a JID/),
    });
  });
});

test('all programs are looked at, and of the places of one the first', async () => {
  const { accounts } = home({
    '.sendxmpprc': 'one@example.org pw1\n',
    '.config/go-sendxmpp/config': 'username: two@example.org\npassword: pw2\nalias: deux\n',
    '.config/go-sendxmpp/sendxmpprc': 'username: other@example.org\npassword: pw\n',
    [profanity]: '[three@example.org]\n',
  });
  expect(await accounts()).toEqual([
    { ...nothing, jid: 'one@example.org', program: 'sendxmpp', password: 'pw1' },
    { ...nothing, jid: 'two@example.org', program: 'go-sendxmpp', password: 'pw2', nick: 'deux' },
    { ...nothing, jid: 'three@example.org', program: 'profanity' },
  ]);
  expect(await accounts('sendxmpp')).toHaveLength(1);
});

test('another file of a program can be named', async () => {
  const { dir, accounts } = home({ 'mine.rc': 'one@example.org pw1\n' });
  expect(await accounts('sendxmpp', join(dir, 'mine.rc'))).toMatchObject([{ jid: 'one@example.org' }]);
});

describe('a file', () => {
  test('that others can read is read, with a warning that mends it', async () => {
    const { dir, warnings, accounts } = home({ '.sendxmpprc': 'one@example.org pw1\n' });
    chmodSync(join(dir, '.sendxmpprc'), 0o644);
    expect(await accounts()).toHaveLength(1);
    expect(warnings).toEqual([`other users can read ${dir}/.sendxmpprc; run: chmod 600 ${dir}/.sendxmpprc`]);
  });
  test('that others can change is 78', async () => {
    const { dir, accounts } = home({ '.sendxmpprc': 'one@example.org pw1\n' });
    chmodSync(join(dir, '.sendxmpprc'), 0o662);
    expect(await errorOf(accounts())).toMatchObject({
      kind: 'config',
      hint: expect.stringMatching(/^Run: chmod 600 /),
    });
  });
  test('may be a link, as dotfiles are', async () => {
    const { dir, accounts } = home({ 'dotfiles/rc': 'one@example.org pw1\n' });
    symlinkSync(join(dir, 'dotfiles/rc'), join(dir, '.sendxmpprc'));
    expect(await accounts()).toHaveLength(1);
  });
  test('with anything else in it is 78, and nothing of it is told', async () => {
    const error = await errorOf(home({ '.sendxmpprc': 'hush hush hush\n' }).accounts());
    expect(error).toMatchObject({ kind: 'config', message: expect.stringMatching(/line 1 is not of the format/) });
    expect(JSON.stringify(error)).not.toContain('hush');
  });
});

test('nothing to import is 66, with the places that were looked at', async () => {
  const { dir, accounts } = home({});
  expect(await errorOf(accounts())).toMatchObject({
    kind: 'noinput',
    list: ['.sendxmpprc', '.config/go-sendxmpp/config', '.config/go-sendxmpp/sendxmpprc', profanity].map((name) =>
      join(dir, name),
    ),
  });
});
