// A program that waits for input, and is told to stop.
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, test } from 'vitest';
import { removeDirectory, temporaryDirectory } from '../support/daemon.ts';
import { environmentOf, program, spawnXmppctl } from '../support/xmppctl.ts';

const env = { XMPPCTL_ACCOUNT: 'alice@localhost', XMPPCTL_PASSWORD: 'secret' };
const moreThanAPipeHolds = `${' '.repeat(999)}\n`.repeat(900);

describe('standard input that does not end', () => {
  test.each([
    ['send bob@localhost', 'SIGINT'],
    ['send bob@localhost -', 'SIGTERM'],
    ['muc send room@rooms.localhost -', 'SIGTERM'],
    ['sendfile bob@localhost - --name log.txt', 'SIGTERM'],
    ['raw', 'SIGTERM'],
    ['get -', 'SIGTERM'],
  ] as const)('%s: %s ends it', async (line, signal) => {
    const running = await spawnXmppctl(line.split(' '), { env, openInput: true });
    const { stdin } = running.process;
    stdin?.on('error', () => {});
    if (stdin && !stdin.write(moreThanAPipeHolds)) await once(stdin, 'drain');
    running.kill(signal);
    expect(await running.done).toMatchObject({ signal, stdout: '', stderr: '' });
  });
});

test('standard input that stays open behind the password keeps nobody waiting', async () => {
  const words = ['login', 'alice@localhost', '--server', 'xmpps://127.0.0.1:9', '--password-stdin'];
  const running = await spawnXmppctl(words, { openInput: true });
  running.process.stdin?.write('secret\nrest');
  expect(await running.done).toMatchObject({ exitCode: 75 });
});

test('SIGUSR1 does not open the debugger of Node, which would tell everybody on the machine all secrets', async () => {
  const running = await spawnXmppctl(['raw'], { env, openInput: true });
  const { stdin } = running.process;
  stdin?.on('error', () => {});
  const reads = async () => {
    if (stdin && !stdin.write(moreThanAPipeHolds)) await once(stdin, 'drain');
  };
  await reads();
  running.kill('SIGUSR1');
  for (let time = 0; time < 5; time += 1) await reads();
  running.kill();
  expect(await running.done).toMatchObject({ signal: 'SIGTERM', stderr: '' });
});

describe('a named pipe that nobody writes to any more', () => {
  test.each(['--body-file', '--recipients'])('%s: SIGTERM ends it', async (option) => {
    const home = await temporaryDirectory('home');
    const pipe = join(home, 'pipe');
    execFileSync('mkfifo', [pipe]);
    const words = option === '--recipients' ? [option, pipe, 'hello'] : ['bob@localhost', option, pipe];
    const running = await spawnXmppctl(['send', ...words], { env, home });
    const writer = await open(pipe, 'w'); // succeeds when the program has it open
    running.kill();
    expect(await running.done).toMatchObject({ signal: 'SIGTERM', stdout: '', stderr: '' });
    await writer.close();
    removeDirectory(home);
  });
});

test('standard input that is open for writing only, as nohup leaves it, is no bug: 66', async () => {
  const home = await temporaryDirectory('home');
  const script = 'exec "$0" "$@" 0>/dev/null';
  const line = [process.execPath, program, 'send', 'bob@localhost'];
  const { exitCode, stderr } = await execa('sh', ['-c', script, ...line], {
    ...{ env: { ...environmentOf(home), ...env }, extendEnv: false, reject: false },
  });
  expect([exitCode, stderr]).toEqual([66, 'xmppctl: cannot read standard input: it is not open for reading']);
  removeDirectory(home);
});
