// The main job: what one sends the other hears, however they connect and wherever the password is.
import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { removeDirectory, temporaryDirectory } from '../support/daemon.ts';
import { expectInTime } from '../support/in-time.ts';
import { startKeyring } from '../support/keyring.ts';
import { listening } from '../support/listening.ts';
import { recordedProgram } from '../support/recorded.ts';
import { servers, type XmppServer } from '../support/servers.ts';
import { at, environmentOf, type RunOptions, xmppctl } from '../support/xmppctl.ts';

const run = promisify(execFile);
const secret = 'correct horse & <battery>';

describe.each(servers)('on %s', (_kind, start) => {
  let server: XmppServer;
  let home: string;
  let checkRecords: () => Promise<number>;
  beforeAll(async () => {
    server = await start();
    await server.register('alice', secret);
    await server.register('bob', 'secret');
    // ejabberd may keep what came in the moment of the meeting for the next listener too: that one is not in the way here.
    await server.register('carol', 'secret');
    home = await temporaryDirectory('meet');
    checkRecords = await recordedProgram(join(home, 'bin'));
  });
  afterAll(async () => {
    await server.stop();
    removeDirectory(home);
    expect(await checkRecords()).toBeGreaterThan(0);
  });

  /** Alice's environment, all but the password. */
  const withoutPassword = (tls?: 'starttls' | 'direct') => {
    const { XMPPCTL_PASSWORD: _password, ...env } = at(server, 'alice', secret, tls);
    return env;
  };

  describe.each(['starttls', 'direct'] as const)('over %s', (tls) => {
    test('"echo hi | xmppctl send carol@localhost" and "xmppctl listen --json --count 1 | jq -r .body" meet', async () => {
      const shell = (line: string, who: string, password: string) => {
        const env = { ...environmentOf(home), ...at(server, who, password, tls) };
        return run('bash', ['-o', 'pipefail', '-c', line], {
          env: { ...env, PATH: `${join(home, 'bin')}:${process.env.PATH}` },
        });
      };
      const listener = shell('xmppctl listen --json --count 1 | jq -r .body', 'carol', 'secret');
      expect(await shell('echo hi | xmppctl send carol@localhost', 'alice', secret)).toEqual({
        stdout: '',
        stderr: '',
      });
      expect(await listener).toEqual({ stdout: 'hi\n', stderr: '' });
    });
  });

  describe('with the password from', () => {
    /** Sends with it, and hears what arrives. */
    const sends = async (args: readonly string[], options: RunOptions) => {
      const body = `from ${args.join(' ')}`;
      await using bob = await listening(['--json', '--count', '1'], { env: at(server, 'bob', 'secret') });
      const result = await xmppctl(['send', 'bob@localhost', body, ...args], {
        ...options,
        env: { ...withoutPassword(), ...options.env },
      });
      expect(result).toMatchObject({ stderr: '', stdout: '', exitCode: 0 });
      expect((await bob.done).json()).toMatchObject({ from: 'alice@localhost', body, delayed: false });
    };
    const file = async (name: string) => {
      const path = join(home, name);
      await writeFile(path, `${secret}\n`, { mode: 0o600 });
      return path;
    };

    test('--password-stdin', () => sends(['--password-stdin'], { input: `${secret}\n` }));
    test.each([['--password-stdin'], ['--password-file=-']])('%s, before the message', async (given) => {
      await using bob = await listening(['--json', '--count', '2'], { env: at(server, 'bob', 'secret') });
      const args = ['send', 'bob@localhost', given];
      const one = await xmppctl(args, { env: withoutPassword(), input: `${secret}\none\ntwo\n` });
      expect(one).toMatchObject({ stderr: '', stdout: '', exitCode: 0 });
      const lines = await xmppctl([...args, '--lines'], { env: withoutPassword(), input: `${secret}\nthree` });
      expect(lines).toMatchObject({ stderr: '', stdout: '', exitCode: 0 });
      const bodies = (await bob.done).lines().map((line) => JSON.parse(line).body);
      expect(bodies).toEqual(['one\ntwo', 'three']);
      const dry = await xmppctl([...args, '--dry-run'], { env: withoutPassword(), input: `${secret}\none` });
      expect(dry.stdout).toContain('<body>one</body>');
    });
    test('--password-file', async () => sends(['--password-file', await file('pw')], {}));
    test('--password-command', async () => sends(['--password-command', `cat ${await file('pw')}`], {}));
    test('XMPPCTL_PASSWORD', () => sends([], { env: { XMPPCTL_PASSWORD: secret } }));
    test('XMPPCTL_PASSWORD_FILE', async () => sends([], { env: { XMPPCTL_PASSWORD_FILE: await file('pw') } }));
    test('XMPPCTL_PASSWORD_COMMAND', async () =>
      sends([], { env: { XMPPCTL_PASSWORD_COMMAND: `cat ${await file('pw')}` } }));
    test.each(['xmppctl.alice@localhost', 'xmppctl.password'])('systemd, as %s', async (name) => {
      const credentials = join(home, `credentials-${name}`);
      await mkdir(credentials, { mode: 0o700 });
      await file(join(`credentials-${name}`, name));
      await sends([], { env: { CREDENTIALS_DIRECTORY: credentials } });
    });
    test('the passwordCommand that login --store command remembers', async () => {
      const options = { home: await temporaryDirectory('home'), env: withoutPassword() };
      const command = ['--password-command', `cat ${await file('pw')}`];
      expect(await xmppctl(['login', 'alice@localhost', '--store', 'command', ...command], options)).toMatchObject({
        exitCode: 0,
      });
      await sends([], options);
      removeDirectory(options.home);
    });
    test('the file store', async () => {
      const options = { home: await temporaryDirectory('home'), env: withoutPassword() };
      const login = ['login', 'alice@localhost', '--store', 'file', '--password-stdin'];
      expect(await xmppctl(login, { ...options, input: secret })).toMatchObject({ exitCode: 0, stderr: '' });
      await sends([], options);
      removeDirectory(options.home);
    });
    test('the keychain, where login stored it, also from cron', async () => {
      await using keyring = await startKeyring();
      const options = { home: await temporaryDirectory('home'), env: { ...withoutPassword(), ...keyring.env } };
      const login = ['login', 'alice@localhost', '--password-stdin'];
      expect(await xmppctl(login, { ...options, input: secret })).toMatchObject({ exitCode: 0, stderr: '' });
      await sends([], options);
      const { DBUS_SESSION_BUS_ADDRESS: _bus, ...cron } = options.env;
      await sends([], { ...options, env: cron });
      removeDirectory(options.home);
    });
    test('nowhere: 78, with all that was tried', async () => {
      const result = await xmppctl(['send', 'bob@localhost', 'hi'], { env: withoutPassword() });
      expect(result).toMatchObject({ exitCode: 78, stdout: '' });
      expect(result.stderr).toMatch(/no password for alice@localhost\. Tried:\n.*keychain.*\n.*In cron: /s);
      expectInTime(result.durationMs, 6000);
    });
  });
});
