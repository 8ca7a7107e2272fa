// The end of accounts, and their passwords, on real servers.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { removeDirectory, temporaryDirectory } from '../support/daemon.ts';
import { servers, type XmppServer } from '../support/servers.ts';
import { at, type Result, spawnXmppctl, xmppctl } from '../support/xmppctl.ts';

describe.each(servers)('%s', (_kind, start) => {
  let server: XmppServer;
  let home: string;
  let jid: string;
  let count = 0;
  beforeAll(async () => {
    server = await start();
  });
  afterAll(() => server.stop());
  beforeEach(async () => {
    count += 1;
    jid = `alice${count}@${server.domain}`;
    home = await temporaryDirectory('home');
    await server.register(`alice${count}`, 'secret');
  });
  afterEach(() => removeDirectory(home));

  /** As somebody whose password is stored. */
  const run = (args: string[], input?: string): Promise<Result> =>
    xmppctl(args, {
      home,
      env: { ...at(server, jid, ''), XMPPCTL_PASSWORD: undefined },
      ...(input === undefined ? {} : { input }),
    });
  const logIn = async (password = 'secret'): Promise<void> => {
    const result = await run(['login', jid, '--store', 'file', '--password-stdin'], `${password}\n`);
    expect(result.stderr).toBe('');
    expect(result.exitCode).toBe(0);
  };
  const stateOf = async (name: string): Promise<string> =>
    await readFile(join(home, '.local/state/xmppctl', name), 'utf8').catch(() => '');
  const mayLogIn = async (password: string): Promise<boolean> =>
    (await xmppctl(['contacts'], { env: at(server, jid, password) })).exitCode === 0;

  describe('delete', () => {
    test('without the account written out: 64, and nothing is sent', async () => {
      await logIn();
      for (const args of [[], ['--confirm', `bob@${server.domain}`], ['--confirm', `${jid}/phone`]]) {
        const result = await run(['delete', ...args, '--trace']);
        expect(result).toMatchObject({ exitCode: 64, stdout: '' });
        expect(result.stderr).not.toMatch(/>>|<</);
        expect(result.stderr).toContain(`xmppctl delete --account ${jid} --confirm ${jid}`);
      }
      expect((await run(['contacts'])).exitCode).toBe(0);
    });

    test('takes the account away, here and there, again and again', async () => {
      for (const time of [1, 2, 3]) {
        if (time > 1) await server.register(`alice${count}`, 'secret');
        await logIn();
        await run(['add', `bob@${server.domain}`]);
        const result = await run(['delete', '--confirm', jid, '--json']);
        expect(result).toMatchObject({ exitCode: 0, stderr: '' });
        expect(result.json()).toEqual({ jid, jidAscii: null, deleted: true });
        expect((await run(['accounts', '--json'])).json()).toEqual([]);
        expect(await stateOf('secrets.json')).not.toContain(jid);
        expect(await readFile(join(home, '.cache/xmppctl/completion.tsv'), 'utf8')).toBe('');
        expect(await mayLogIn('secret')).toBe(false);
      }
      await server.register(`alice${count}`, 'secret');
      const fresh = await xmppctl(['contacts', '--json'], { env: at(server, jid, 'secret') });
      expect(fresh.json()).toEqual([]);
    });

    test('is silent', async () => {
      await logIn();
      expect(await run(['delete', '--confirm', jid])).toMatchObject({ exitCode: 0, stdout: '', stderr: '' });
    });
  });

  describe('passwd', () => {
    test('changes the password on the server, then in the store', async () => {
      await logIn();
      const result = await run(['passwd', '--new-password-stdin', '--json'], 'new secret\n');
      expect(result).toMatchObject({ exitCode: 0, stderr: '' });
      expect(result.json()).toEqual({ jid, jidAscii: null, changed: true, secret: 'file' });
      expect(JSON.parse(await stateOf('secrets.json'))).toEqual({ [jid]: { password: 'new secret' } });
      expect(await stateOf(`accounts/${jid}/passwd.json`)).toBe('');
      expect(await run(['contacts'])).toMatchObject({ exitCode: 0, stderr: '' });
      expect(await mayLogIn('secret')).toBe(false);
      expect(await mayLogIn('new secret')).toBe(true);
    });

    test('with a password given by hand nothing is stored', async () => {
      const env = { ...at(server, jid, 'secret'), NEW: 'other' };
      const result = await xmppctl(['passwd', '--new-password-command', 'echo $NEW', '--json'], { home, env });
      expect(result.json()).toMatchObject({ changed: true, secret: 'none' });
      expect(await stateOf('secrets.json')).toBe('');
      expect(await mayLogIn('other')).toBe(true);
    });

    test('a wrong old password, or no new one: nothing is changed', async () => {
      const wrong = await xmppctl(['passwd', '--new-password-command', 'echo new'], { env: at(server, jid, 'wrong') });
      expect(wrong.exitCode).toBe(77);
      await logIn();
      expect(await run(['passwd'])).toMatchObject({ exitCode: 64 });
      expect(await run(['passwd', '--new-password-stdin'], '')).toMatchObject({ exitCode: 78 });
      expect(await run(['passwd', '--new-password-stdin'], 'a\u0007b\n')).toMatchObject({ exitCode: 65 });
      expect(await run(['passwd', '--new-password-stdin', '--dry-run'], 'dry\n')).toMatchObject({
        exitCode: 0,
        stdout: expect.stringContaining('[redacted]'),
      });
      expect(await stateOf(`accounts/${jid}/passwd.json`)).toBe('');
      expect(await mayLogIn('secret')).toBe(true);
    });

    test('killed at any point, one of the two works, and the next command knows which', async () => {
      await logIn();
      const whole = (await run(['passwd', '--new-password-stdin'], 'secret 0\n')).durationMs;
      let current = 'secret 0';
      for (let step = 1; step <= 12; step += 1) {
        const next = `secret ${step}`;
        const child = await spawnXmppctl(['passwd', '--new-password-stdin'], {
          ...{ home, input: `${next}\n`, env: { ...at(server, jid, ''), XMPPCTL_PASSWORD: undefined } },
        });
        const timer = setTimeout(() => child.kill('SIGKILL'), (whole * step) / 12);
        await child.done;
        clearTimeout(timer);
        expect((await run(['contacts'])).exitCode).toBe(0);
        const stored = JSON.parse(await stateOf('secrets.json'));
        expect([{ [jid]: { password: current } }, { [jid]: { password: next } }]).toContainEqual(stored);
        current = stored[jid].password;
        expect(await stateOf(`accounts/${jid}/passwd.json`)).toBe('');
      }
    });
  });
});
