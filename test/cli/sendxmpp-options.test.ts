// How the options of sendxmpp and go-sendxmpp are read, and where their account comes from.
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { oldName, type SendxmppName } from '../../src/cli/old-name.ts';
import { translate } from '../../src/cli/sendxmpp.ts';
import { readOldOptions } from '../../src/cli/sendxmpp-options.ts';
import { fakeSystem, temporaryDir } from '../account/fake-system.ts';
import { said, wordsOf } from './old-lines.ts';

const asBot = '--account=bot@example.org';

describe('options', () => {
  const read = (line: string, name: SendxmppName = 'sendxmpp') =>
    Object.fromEntries(readOldOptions(name, wordsOf(line)).options);
  test('may be cut short, and have one dash, or be letters in one word', () => {
    expect(read('--chat --user a --pass=b --subj c')).toEqual({
      chatroom: '',
      username: 'a',
      password: 'b',
      subject: 'c',
    });
    expect(read('-chatroom -tls')).toEqual({ chatroom: '', tls: '' });
    expect(read('-tnuname -ppw', 'go-sendxmpp')).toEqual({
      tls: '',
      'no-tls-verify': '',
      username: 'name',
      password: 'pw',
    });
  });
  test('end at two dashes', () => {
    expect(readOldOptions('sendxmpp', ['-t', '--', '-odd@example.org']).words).toEqual(['-odd@example.org']);
  });
  test('differ: -l is a headline for one and listens for the other', () => {
    expect([read('-l'), read('-l', 'go-sendxmpp')]).toEqual([{ headline: '' }, { listen: '' }]);
  });
});

describe('the account', () => {
  test('is that of xmppctl where there is no file', async () => {
    expect(await said('sendxmpp me@example.com')).toMatchObject({
      line: 'send --to me@example.com --body-file -',
      password: undefined,
      warnings: [],
    });
  });
  test('comes with the command that prints its password', async () => {
    const config = 'username: bot@example.org\neval_password: pass xmpp/bot\n';
    expect(await said('go-sendxmpp me@example.com', { '.config/go-sendxmpp/config': config })).toMatchObject({
      line: `send --to me@example.com --body-file - ${asBot} --password-command=pass xmpp/bot`,
      password: undefined,
    });
  });
  test.each([
    ['user@domain password', 'bot@example.org pw', asBot],
    [
      'user@domain;host:port password',
      'bot@example.org;xmpp.example.net:5223 pw',
      `${asBot} --server=xmpps://xmpp.example.net:5223`,
    ],
    [
      'user@host password component',
      'bot@talk.example.net pw example.org',
      `${asBot} --server=xmpp://talk.example.net`,
    ],
    [
      'keys',
      'username: bot\njserver: example.org\nport: 5222\npassword: pw',
      `${asBot} --server=xmpp://example.org:5222`,
    ],
  ])('stands in ~/.sendxmpprc as %s', async (_format, text, account) => {
    const { line, password } = await said('sendxmpp me@example.com', { '.sendxmpprc': `# mine\n\n${text}\n` });
    expect([line, password]).toEqual([`send --to me@example.com --body-file - ${account}`, 'pw']);
  });
  test('is not read from a file that others can read: 78', async () => {
    const home = temporaryDir();
    const path = join(home, '.sendxmpprc');
    writeFileSync(path, 'bot@example.org pw\n');
    chmodSync(path, 0o644);
    const system = { ...fakeSystem({ HOME: home }), argv: ['me@example.com'] };
    await expect(translate('sendxmpp', system)).rejects.toMatchObject({
      kind: 'config',
      hint: `Run: chmod 600 ${path}`,
    });
  });
  test('in a broken file is 78, and nothing of the file is shown', async () => {
    const broken = said('sendxmpp me@example.com', { '.sendxmpprc': '\nsecret stuff here is wrong\n' });
    await expect(broken).rejects.toMatchObject({ kind: 'config', message: expect.stringMatching(/line 2 is not of/) });
    await expect(broken).rejects.not.toMatchObject({ message: expect.stringMatching(/stuff/) });
  });
});

test.each([
  ['/usr/local/bin/sendxmpp', 'sendxmpp'],
  ['/opt/bin/go-sendxmpp', 'go-sendxmpp'],
  ['/usr/bin/xmppctl', undefined],
  ['/usr/lib/xmppctl/bin/xmppctl.js', undefined],
])('%s is %s', (program, name) => {
  expect(oldName({ program })).toBe(name);
});
