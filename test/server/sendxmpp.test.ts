// Started as sendxmpp or go-sendxmpp: what scripts have been saying for years still sends. And import, which ends that.
import { readFileSync, statSync } from 'node:fs';
import { chmod, mkdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { removeDirectory, temporaryDirectory } from '../support/daemon.ts';
import { startKeyring } from '../support/keyring.ts';
import { listening } from '../support/listening.ts';
import { servers, type XmppServer } from '../support/servers.ts';
import { at, environmentOf, program, xmppctl } from '../support/xmppctl.ts';

const password = 'c0rrect-horse';

describe.each(servers)('on %s', (_kind, start) => {
  let server: XmppServer;
  let home: string;
  beforeAll(async () => {
    server = await start();
    await server.register('alice', password);
    await server.register('bob', password);
    home = await temporaryDirectory('sendxmpp');
    await mkdir(join(home, 'bin'));
    for (const name of ['sendxmpp', 'go-sendxmpp']) await symlink(program, join(home, 'bin', name));
    await keep('.sendxmpprc', `alice@localhost;127.0.0.1:${server.starttlsPort} ${password}\n`);
    await keep(
      '.config/go-sendxmpp/config',
      `username: alice@localhost\npassword: ${password}\njserver: 127.0.0.1:${server.starttlsPort}\n`,
    );
  });
  afterAll(async () => {
    await server.stop();
    removeDirectory(home);
  });

  const keep = async (name: string, text: string) => {
    await mkdir(dirname(join(home, name)), { recursive: true });
    await writeFile(join(home, name), text, { mode: 0o600 });
    return join(home, name);
  };
  /** A shell line where both programs are in the PATH. */
  const shell = (line: string, env: Record<string, string> = {}) =>
    execa('bash', ['-o', 'pipefail', '-c', line], {
      env: {
        ...environmentOf(home),
        XMPPCTL_CA_FILE: server.caFile,
        PATH: `${join(home, 'bin')}:${process.env.PATH}`,
        ...env,
      },
      extendEnv: false,
      cwd: home,
      reject: false,
      stripFinalNewline: false,
    });
  /** What bob hears while `send` runs, and how that ended. */
  const heard = async (
    send: () => Promise<Pick<Awaited<ReturnType<typeof shell>>, 'exitCode' | 'stdout' | 'stderr'>>,
  ) => {
    await using bob = await listening(['--json', '--count', '1'], { env: at(server, 'bob', password) });
    const { exitCode, stdout, stderr } = await send();
    expect({ exitCode, stdout, stderr }).toMatchObject({ exitCode: 0, stdout: '' });
    return { event: (await bob.done).json<Record<string, unknown>>(), stderr };
  };

  test('acme.sh tells of a renewal', async () => {
    const { event, stderr } = await heard(() =>
      shell(
        `echo 'Renew example.org success' | eval "'sendxmpp' 'bob@localhost' -n -t --tls-ca-path=${dirname(server.caFile)}/ca.crt"`,
      ),
    );
    expect(event).toMatchObject({ from: 'alice@localhost', body: 'Renew example.org success' });
    expect(stderr).toMatch(/^xmppctl: warning: -n is ignored: .*\n$/);
  });

  test('Nagios tells of a host', async () => {
    const { event, stderr } = await heard(() =>
      shell(
        `/usr/bin/printf "%b" "Host: web1\\nState: DOWN\\n" | sendxmpp -f ${home}/.sendxmpprc -s "Nagios Alert" bob@localhost`,
      ),
    );
    expect(event).toMatchObject({ subject: 'Nagios Alert', body: 'Host: web1\nState: DOWN' });
    expect(stderr).toBe('');
  });

  test('go-sendxmpp sends a file of text to several', async () => {
    const text = await keep('text', 'from a file\n');
    const { event } = await heard(() => shell(`go-sendxmpp -t -m ${text} bob@localhost alice@localhost </dev/null`));
    expect(event).toMatchObject({ body: 'from a file' });
  });

  test('tail -f is told line by line', async () => {
    await using bob = await listening(['--json', '--count', '2'], { env: at(server, 'bob', password) });
    const { exitCode, stderr } = await shell("printf 'one\\ntwo\\n' | sendxmpp --tls --interactive bob@localhost");
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    const bodies = (await bob.done).lines().map((line) => JSON.parse(line).body);
    expect(bodies).toEqual(['one', 'two']);
  });

  test('-p is taken, with one warning, and gone from the process list once the program runs', async () => {
    const line = `sendxmpp -t -u alice -p ${password} -j localhost:${server.starttlsPort} bob@localhost`;
    const env = { XMPPCTL_SERVER: `xmpp://127.0.0.1:${server.starttlsPort}` };
    const { event, stderr } = await heard(async () => {
      const sending = shell(
        `exec ${line.replace('localhost:', '127.0.0.1:').replace('-u alice', '-u alice@localhost')}`,
        env,
      );
      const argumentsOf = () => readFileSync(`/proc/${sending.pid}/cmdline`, 'latin1');
      await expect.poll(argumentsOf, { interval: 5, timeout: 5000 }).toMatch(/^sendxmpp\0*$/);
      sending.stdin.end('watched');
      return await sending;
    });
    expect(event).toMatchObject({ body: 'watched' });
    expect(stderr).toMatch(/^xmppctl: warning: -p shows the password [^\n]*\n$/);
  });

  test('a room is told, under the name that -r gives', async () => {
    const room = 'ops@conference.localhost';
    const env = at(server, 'bob', password);
    expect(await xmppctl(['muc', 'create', room, '--public'], { env })).toMatchObject({ exitCode: 0 });
    const { exitCode, stderr } = await shell(`echo up | sendxmpp -r monitor --chatroom ${room}`);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  });

  test('a room that asks for a password gets that of --muc-password', async () => {
    const room = 'vault@conference.localhost';
    const env = at(server, 'bob', password);
    const args = ['muc', 'create', room, '--room-password-file', await keep('room.txt', 'open sesame\n')];
    expect(await xmppctl(args, { env })).toMatchObject({ exitCode: 0 });
    const said = await shell(`echo up | go-sendxmpp -a monitor -c --muc-password 'open sesame' ${room}`);
    expect(said).toMatchObject({
      exitCode: 0,
      stderr: expect.stringMatching(/^xmppctl: warning: --muc-password shows it/),
    });
    expect(await shell(`echo up | go-sendxmpp -c --muc-password wrong ${room}`)).toMatchObject({ exitCode: 77 });
  });

  test('what goes wrong ends with our exit status', async () => {
    expect(await shell('echo hi | sendxmpp nobody@localhost')).toMatchObject({ exitCode: 67 });
    expect(await shell('echo hi | sendxmpp -p wrong -u alice@localhost -j 127.0.0.1:1 bob@localhost')).toMatchObject({
      exitCode: 75,
    });
    expect(await shell('sendxmpp bob@localhost </dev/null')).toMatchObject({ exitCode: 66 });
  });

  test('import takes the accounts over, to the keychain, and leaves the files as they are', async () => {
    await using keyring = await startKeyring();
    const env = { XMPPCTL_CA_FILE: server.caFile, ...keyring.env, ...environmentOf(home) };
    const before = readFileSync(join(home, '.sendxmpprc'));
    const dry = await xmppctl(['import', '--dry-run', '--json'], { env, home });
    const found = { jid: 'alice@localhost', from: 'sendxmpp', secret: 'keychain', status: 'found' };
    expect(dry.json()).toMatchObject([found, { ...found, from: 'go-sendxmpp', status: 'known' }]);
    expect(dry.stdout).not.toContain(password);
    expect((await xmppctl(['accounts', '--json'], { env, home })).json()).toEqual([]);

    const done = await xmppctl(['import', '--json'], { env, home });
    expect(done).toMatchObject({ exitCode: 0, stderr: '' });
    expect(done.json()).toMatchObject([{ ...found, status: 'imported' }, { status: 'known' }]);
    expect(readFileSync(join(home, '.sendxmpprc'))).toEqual(before);
    await using bob = await listening(['--json', '--count', '1'], { env: at(server, 'bob', password) });
    expect(await xmppctl(['send', 'bob@localhost', 'taken over'], { env, home })).toMatchObject({
      exitCode: 0,
      stderr: '',
    });
    expect((await bob.done).json()).toMatchObject({ from: 'alice@localhost', body: 'taken over' });
  });

  test('import --store file keeps the password where only the user can read it', async () => {
    const own = await temporaryDirectory('import');
    await writeFile(join(own, '.sendxmpprc'), `alice@localhost ${password}\n`, { mode: 0o600 });
    await chmod(join(own, '.sendxmpprc'), 0o644);
    const result = await xmppctl(['import', '--store', 'file'], { home: own });
    expect(result).toMatchObject({
      exitCode: 0,
      stderr: expect.stringMatching(/^xmppctl: warning: other users can read/),
    });
    expect(result.stdout).toMatch(
      /^JID +FROM +FILE +SECRET +SERVER +STATUS\nalice@localhost +sendxmpp .* file .*imported\n$/,
    );
    expect(result.stdout + result.stderr).not.toContain(password);
    expect(statSync(join(own, '.local/state/xmppctl/secrets.json')).mode & 0o777).toBe(0o600);
    removeDirectory(own);
  });

  test.each([{ more: [] }, { more: ['--replace'] }])(
    'import $more takes of two accounts with one JID the one with the password',
    async ({ more }) => {
      const own = await temporaryDirectory('import');
      await mkdir(join(own, '.local/share/profanity'), { recursive: true });
      await writeFile(
        join(own, '.local/share/profanity/accounts'),
        `[alice@localhost]\njid=alice@localhost\nmuc.nick=alice\n\n[home]\njid=alice@localhost\npassword=${password}\n`,
        { mode: 0o600 },
      );
      const result = await xmppctl(['import', '--store', 'file', '--json', ...more], { home: own });
      expect(result.json()).toMatchObject([
        { jid: 'alice@localhost', secret: 'file', status: 'imported' },
        { jid: 'alice@localhost', secret: 'none', status: 'known' },
      ]);
      expect((await xmppctl(['accounts', '--json'], { home: own })).json()).toMatchObject([{ secret: 'file' }]);
      removeDirectory(own);
    },
  );
});
