// Command lines of sendxmpp and go-sendxmpp as they stand in public projects; names and passwords are not theirs.
import { describe, expect, test } from 'vitest';
import { parseArgv } from '../../src/cli/parse.ts';
import { allCommands } from '../../src/commands/index.ts';
import { said } from './old-lines.ts';

const commands = await allCommands();

const rc = { '.sendxmpprc': 'bot@example.org from-file\n' };
const asBot = '--account=bot@example.org';

describe('a line of', () => {
  test.each([
    [
      'acme.sh',
      "sendxmpp 'me@example.com' -n -t --tls-ca-path=/nowhere/certs",
      `send --to me@example.com --body-file - ${asBot}`,
    ],
    [
      'Nagios',
      'sendxmpp -f HOME/.sendxmpprc -s "Nagios Alert" me@example.com',
      `send --to me@example.com --subject=Nagios Alert --body-file - ${asBot}`,
    ],
    [
      'Pandora FMS',
      'sendxmpp -r alerts --chatroom ops@conference.example.org',
      `muc send --to ops@conference.example.org --nick=alerts --body-file - ${asBot}`,
    ],
    [
      'a backup script',
      'sendxmpp --tls-ca-path="/nowhere/certs" -t -n foo@example.com',
      `send --to foo@example.com --body-file - ${asBot}`,
    ],
    [
      'a web radio',
      'sendxmpp -f HOME/.sendxmpprc -c radio@conference.example.org',
      `muc send --to radio@conference.example.org --body-file - ${asBot}`,
    ],
    ['a makefile', 'sendxmpp --tls --interactive me@example.com', `send --to me@example.com --lines ${asBot}`],
    ['WeeChat', 'sendxmpp -t -r notifier me@example.com', `send --to me@example.com --body-file - ${asBot}`],
    [
      'a daily alarm',
      'sendxmpp -s alarm a@example.com b@example.com',
      `send --to a@example.com --to b@example.com --subject=alarm --body-file - ${asBot}`,
    ],
    ['a headline', 'sendxmpp -l me@example.com', `send --to me@example.com --type headline --body-file - ${asBot}`],
    [
      'a file',
      'sendxmpp -m HOME/text.txt me@example.com',
      `send --to me@example.com --body-file HOME/text.txt ${asBot}`,
    ],
    ['raw XML', 'sendxmpp --raw -v', `raw ${asBot} --verbose`],
  ])('%s, with ~/.sendxmpprc', async (_where, line, ours) => {
    expect(await said(line, rc)).toMatchObject({ line: ours, password: 'from-file' });
  });

  test.each([
    [
      'Rails',
      'sendxmpp -t -n -u "bot" -p "pw" -j example.org chef@example.com',
      `send --to chef@example.com --body-file - ${asBot}`,
    ],
    [
      'an ejabberd module',
      'sendxmpp -u "bot" -j "example.org" -p "pw" "me@example.com"',
      `send --to me@example.com --body-file - ${asBot}`,
    ],
    [
      'a PHP page',
      'sendxmpp -d -t -u bot -p pw -j example.org me@example.com',
      `send --to me@example.com --body-file - ${asBot} --verbose`,
    ],
    ['a router', 'sendxmpp -t -u bot -o example.org -p pw me', `send --to me@example.org --body-file - ${asBot}`],
    [
      'a notifier with long names',
      'sendxmpp --tls --username bot --password pw --jserver xmpp.example.net --component example.org --resource x me',
      `send --to me@example.org --body-file - ${asBot} --server=xmpp://xmpp.example.net`,
    ],
    [
      'a Nagios bot',
      "sendxmpp -i -s 'nagios xmpp alert' -d -v -u bot -p 'pw' -j example.org:5222 -c noise@chat.example.org -r bot1",
      `muc send --to noise@chat.example.org --nick=bot1 --subject=nagios xmpp alert --lines ${asBot} --server=xmpp://example.org:5222 --verbose`,
    ],
    [
      'old TLS',
      'sendxmpp -e -u bot@example.org -p pw me@example.com',
      `send --to me@example.com --body-file - ${asBot} --server=xmpps://example.org`,
    ],
    [
      'a balance checker',
      'go-sendxmpp -u "bot@example.org" -p "pw" -c "room@conference.example.org"',
      `muc send --to room@conference.example.org --body-file - ${asBot}`,
    ],
    [
      'a monitor',
      'go-sendxmpp -u bot@example.org -p pw -j xmpp.example.net -n -m HOME/t me@example.com',
      `send --to me@example.com --body-file HOME/t ${asBot} --server=xmpp://xmpp.example.net`,
    ],
    [
      'an SMS gateway',
      'go-sendxmpp -u bot -j example.org -p pw --tls me@example.com',
      `send --to me@example.com --body-file - ${asBot}`,
    ],
    ['a listener', 'go-sendxmpp -n -p pw -u bot@example.org -l', `listen ${asBot}`],
    [
      'a listener for some',
      'go-sendxmpp -p pw -u bot@example.org -l a@example.com',
      `listen --from a@example.com ${asBot}`,
    ],
    [
      'a file upload',
      'go-sendxmpp -p pw -u bot@example.org -h HOME/a.png a@example.com',
      `sendfile --to a@example.com HOME/a.png ${asBot}`,
    ],
    [
      'a file upload, by a name of its own',
      'go-sendxmpp -p pw -u bot@example.org --http-upload=-.png a@example.com',
      `sendfile --to a@example.com ./-.png ${asBot}`,
    ],
    [
      'a room with a password',
      "go-sendxmpp -p pw -u bot@example.org -c --muc-password='open sesame' room@conference.example.org",
      `muc send --to room@conference.example.org --body-file - ${asBot}`,
    ],
  ])('%s, with the password on it', async (_where, line, ours) => {
    const { line: got, password, warnings } = await said(line);
    expect(got).toBe(ours);
    expect(password).toBe('pw');
    expect(warnings?.filter((warning) => warning.startsWith('-p shows'))).toHaveLength(1);
  });

  test.each([
    [
      'a site check',
      'go-sendxmpp --alias=news -t -c room@conference.example.org',
      `muc send --to room@conference.example.org --nick=news --body-file - ${asBot}`,
    ],
    ['a cron line', 'go-sendxmpp --tls me@example.com', `send --to me@example.com --body-file - ${asBot}`],
    [
      'two recipients',
      'go-sendxmpp a@example.com b@example.com',
      `send --to a@example.com --to b@example.com --body-file - ${asBot}`,
    ],
  ])('%s, with the config of go-sendxmpp', async (_where, line, ours) => {
    const config = 'username: bot@example.org\npassword: a: b\n';
    expect(await said(line, { '.config/go-sendxmpp/config': config })).toMatchObject({ line: ours, password: 'a: b' });
  });

  test('both kinds becomes a command of ours', async () => {
    for (const [line, name] of [
      ['sendxmpp -c -r nick -s subject room@conference.example.org', 'muc send'],
      ['sendxmpp -l -s subject me@example.com', 'send'],
      ['sendxmpp -i me@example.com', 'send'],
      ['go-sendxmpp -l me@example.com', 'listen'],
      ['go-sendxmpp -h file me@example.com', 'sendfile'],
    ]) {
      const { line: ours = '' } = await said(line ?? '', rc);
      expect(parseArgv(ours.split(' '), commands)).toMatchObject({ kind: 'run', command: { name } });
    }
  });
});

describe('what cannot be done is 64:', () => {
  test.each([
    ['an option that there never was', 'sendxmpp --nonsense me@example.com', /no option --nonsense of sendxmpp/],
    ['a letter that there never was', 'go-sendxmpp -tq me@example.com', /no option -q/],
    ['Kerberos', 'sendxmpp --sso me@example.com', /--sso of sendxmpp is not supported/],
    ['OpenPGP', 'go-sendxmpp --ox me@example.com', /--ox of go-sendxmpp is not supported/],
    ['no recipient', 'sendxmpp -s x', /needs a recipient/],
    ['a file and line after line', 'sendxmpp -m x -i me@example.com', /cannot be given together/],
    ['a value that is missing', 'sendxmpp me@example.com -s', /-s needs a value/],
  ])('%s', async (_what, line, message) => {
    await expect(said(line, rc)).rejects.toMatchObject({ kind: 'usage', message: expect.stringMatching(message) });
  });
  test('and a password glued to a wrong letter is not shown', async () => {
    await expect(said('go-sendxmpp -tqsecret me@example.com')).rejects.toMatchObject({
      message: 'there is no option -q of go-sendxmpp',
    });
  });
});

test('with --help it says what it is', async () => {
  for (const line of ['sendxmpp --usage', 'sendxmpp --help', 'go-sendxmpp --help'])
    expect((await said(line)).usage).toMatch(/^Usage: (go-)?sendxmpp \[OPTIONS\] RECIPIENT…\n(.{0,80}\n)+$/);
});

test.each(['sendxmpp', 'go-sendxmpp'])(
  '%s without any word fails: the recipient of a script may be empty',
  async (name) => {
    await expect(said(name)).rejects.toMatchObject({ kind: 'usage', message: `${name} needs a recipient` });
  },
);
