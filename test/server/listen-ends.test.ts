// How listening ends: by a signal, by its reader, by the server.
import { execFile, spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { removeDirectory, temporaryDirectory } from '../support/daemon.ts';
import { listening } from '../support/listening.ts';
import { until } from '../support/ports.ts';
import { rawStream } from '../support/raw-stream.ts';
import { recordedProgram } from '../support/recorded.ts';
import { servers, type XmppServer } from '../support/servers.ts';
import { at, environmentOf, program, xmppctl } from '../support/xmppctl.ts';

describe.each(servers)('on %s', (_kind, start) => {
  let server: XmppServer;
  let home: string;
  let checkRecords: () => Promise<number>;
  beforeAll(async () => {
    server = await start();
    for (const name of ['alice', 'bob', 'carol', 'dave', 'erin', 'frank']) await server.register(name, 'secret');
    home = await temporaryDirectory('ends');
    checkRecords = await recordedProgram(home);
  });
  afterAll(async () => {
    await server.stop();
    removeDirectory(home);
    expect(await checkRecords()).toBeGreaterThan(0);
  });
  const bob = () => at(server, 'bob', 'secret');
  const say = (body: string, to = 'bob') =>
    xmppctl(['send', `${to}@localhost`, body], { env: at(server, 'alice', 'secret') });
  /** Whether the server still has a session of bob's. */
  const online = async () => {
    using alice = await rawStream(server);
    await alice.login('bob', 'secret', 'witness');
    const answer = await alice.ask('<presence/>', /<presence .*witness.*?(\/>|<\/presence>)/s);
    return answer.includes('/xmppctl-');
  };

  test('what was printed does not come again', async () => {
    for (const body of ['one', 'two', 'three']) {
      await using running = await listening(['--json', '--count', '1'], { env: bob() });
      expect((await say(body)).exitCode).toBe(0);
      const { stdout } = await running.done;
      expect(JSON.parse(stdout)).toMatchObject({ body, delayed: false });
    }
  });

  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('%s: ends by that signal, %i in a shell, and the server knows at once', async (signal, _status) => {
    const running = await listening(['--json'], { env: bob() });
    running.kill(signal);
    const result = await running.done;
    expect(result).toMatchObject({ signal, exitCode: undefined, stdout: '' });
    await until('bob is offline', async () => !(await online()), 3000);
  });

  test.each([
    ['INT', 130],
    ['TERM', 143],
  ])('%s in a shell gives %i', async (signal, status) => {
    const line = `"$@" & pid=$!; read -r _; kill -${signal} $pid; wait $pid; echo "status $?"`;
    const shell = spawn('bash', ['-c', line, 'bash', process.execPath, program, 'listen', '-v'], {
      env: { ...environmentOf(home), ...bob() },
    });
    let stderr = '';
    let stdout = '';
    shell.stdout.on('data', (text) => {
      stdout += text;
    });
    shell.stderr.on('data', (text) => {
      stderr += text;
      if (stderr.includes('online as')) shell.stdin.end('go\n');
    });
    await new Promise((resolve) => shell.once('close', resolve));
    // Background jobs of a shell without job control ignore SIGINT unless they ask for it, as we do.
    expect(stdout).toBe(`status ${status}\n`);
    expect(stderr).not.toMatch(/xmppctl: (?!connecting|TLS|logged|bound|online|password)/);
  });

  test('a terminal is left as it was: no colours, no control characters, the cursor where it was', async () => {
    const command = `${process.execPath} ${program} listen --count 1`;
    const terminal = execFile('script', ['-qefc', command, '/dev/null'], {
      env: { ...environmentOf(home), ...at(server, 'frank', 'secret'), TERM: 'xterm-256color' },
    });
    let seen = '';
    terminal.stdout?.on('data', (text) => {
      seen += text;
    });
    // It may end before we know that the message has left.
    const ended = new Promise((resolve) => terminal.once('close', resolve));
    await say('hi there', 'frank');
    expect(await ended).toBe(0);
    expect(seen).toMatch(/ {2}alice@localhost {2}hi there\r\n$/);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: those are what must not be there
    expect(seen).not.toMatch(/[\x00-\x09\x0b\x0c\x0e-\x1f\x7f-\x9f]/);
  });

  /** A listener in a shell, as `who`; gives what the shell printed and, once it is there, what is on stderr beside the steps. */
  const inShell = (who: string, line: string) => {
    const errors = join(home, `${who}.err`);
    const variables = { LISTEN: `${home}/xmppctl listen --json --verbose`, ERRORS: errors };
    const env = { ...environmentOf(home), ...at(server, who, 'secret'), ...variables };
    const done = new Promise<string>((resolve) => execFile('bash', ['-c', line], { env }, (_, out) => resolve(out)));
    const stderr = () => readFile(errors, 'utf8').catch(() => '');
    return {
      done,
      isOnline: () => until(`${who} is online`, async () => (await stderr()).includes('online as')),
      complaints: async () => (await stderr()).split('\n').filter((one) => !/^(xmppctl: [\w ,.:@/()-]+)?$/.test(one)),
    };
  };

  test('"listen | head -1" ends quietly with 0', async () => {
    const listener = inShell('carol', '$LISTEN 2>$ERRORS | head -1; echo $PIPESTATUS');
    await listener.isOnline();
    for (const body of ['one', 'two']) await say(body, 'carol');
    const [event = '', ...rest] = (await listener.done).split('\n');
    expect(JSON.parse(event)).toMatchObject({ body: 'one' });
    expect(rest).toEqual(['0', '']);
    expect(await listener.complaints()).toEqual([]);
  });

  test('a reader that is gone before the first event: quietly 0 as well', async () => {
    const listener = inShell('dave', '$LISTEN 2>$ERRORS | true; echo $PIPESTATUS');
    await listener.isOnline();
    await say('nobody reads this', 'dave');
    expect(await listener.done).toBe('0\n');
    expect(await listener.complaints()).toEqual([]);
  });

  test('a full disk: 74', async () => {
    const listener = inShell('erin', '$LISTEN 2>$ERRORS >/dev/full; echo $?');
    await listener.isOnline();
    await say('no room', 'erin');
    expect(await listener.done).toBe('74\n');
    expect(await listener.complaints()).toEqual([
      expect.stringMatching(/^\{"error":\{"exit":74,"kind":"ioerr".*no space left.*\}\}$/),
    ]);
  });

  test('another session takes the resource: 81, at once and for good', async () => {
    await using running = await listening(['--json'], { env: bob() });
    const resource = /\/(\S+)$/.exec(running.stderr.find((line) => line.includes('online as')) ?? '')?.[1];
    using other = await rawStream(server);
    await other.login('bob', 'secret', resource);
    const result = await running.done;
    expect(result.exitCode).toBe(81);
    expect(JSON.parse(result.stderr.trim().split('\n').at(-1) ?? '').error).toMatchObject({
      kind: 'conflict',
      condition: 'conflict',
      retryable: false,
    });
  });

  test('the server shuts down: 75 with --no-reconnect', async () => {
    await using running = await listening(['--json', '--no-reconnect'], { env: bob() });
    await server.restart();
    const result = await running.done;
    expect(result.exitCode).toBe(75);
    expect(JSON.parse(result.stderr.trim().split('\n').at(-1) ?? '').error).toMatchObject({
      kind: 'tempfail',
      retryable: true,
    });
  });
});
