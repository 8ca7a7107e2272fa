// The machine under the program: what it is started with, and what fails under it (CASES L).
import { spawn } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { password, says, welcomes } from '../support/attempt.ts';
import { removeDirectory, temporaryDirectory } from '../support/daemon.ts';
import { listening } from '../support/listening.ts';
import { until } from '../support/ports.ts';
import { recordedProgram } from '../support/recorded.ts';
import { scriptedArchive } from '../support/scripted-archive.ts';
import { type ScriptedServer, scriptedServer } from '../support/scripted-server.ts';
import { onSmallDisk } from '../support/small-disk.ts';
import { environmentOf, program } from '../support/xmppctl.ts';

let dir: string;
let checkRecords: () => Promise<number>;
beforeEach(async () => {
  dir = await temporaryDirectory('machine');
  checkRecords = await recordedProgram(join(dir, 'bin'));
});
afterEach(async () => {
  removeDirectory(dir);
  await checkRecords();
});

const hi = "<message from='bob@localhost/x' type='chat' id='m1'><body>grüße</body></message>";
const nobody = { url: 'xmpps://127.0.0.1:9', caFile: '' };
const variables = ({ url, caFile }: Pick<ScriptedServer, 'url' | 'caFile'>) => ({
  XMPPCTL_SERVER: url,
  ...(caFile === '' ? {} : { XMPPCTL_CA_FILE: caFile }),
  XMPPCTL_ACCOUNT: 'alice@localhost',
  XMPPCTL_PASSWORD: password,
});

/** A line of shell, in which $XMPPCTL is the program. */
async function shell(line: string, server: Pick<ScriptedServer, 'url' | 'caFile'>, env: Record<string, string> = {}) {
  const result = await execa('bash', ['-c', line], {
    env: { ...environmentOf(dir), XMPPCTL: join(dir, 'bin', 'xmppctl'), ...variables(server), ...env },
    extendEnv: false,
    reject: false,
    cwd: dir,
    timeout: 20_000,
  });
  expect(result.stderr).not.toMatch(/^\s+at .*:\d+|TypeError/m);
  return result;
}

describe('standard input (CASES 98, 99)', () => {
  test.each(['<&-', '</dev/null', '<empty'])('%s where a text is needed: 66, and nobody is asked', async (input) => {
    await writeFile(join(dir, 'empty'), '');
    const { exitCode, stdout, stderr } = await shell(`$XMPPCTL send -v bob@localhost ${input}`, nobody);
    expect([exitCode, stdout], stderr).toEqual([66, '']);
    expect(stderr).not.toContain('connecting');
  });

  test('a terminal where a text is needed: 66 and how to give one, not a program that waits', async () => {
    const { exitCode, stdout } = await shell(`script -qefc "$XMPPCTL send bob@localhost" /dev/null </dev/null`, nobody);
    expect(exitCode).toBe(66);
    expect(stdout).toContain('there is no message text');
  });

  test('without end: 65 at the limit, without connecting, in the usual memory', async () => {
    const memory = 'process.on("exit", () => console.log(process.resourceUsage().maxRSS))';
    const node = `${process.execPath} --import 'data:text/javascript,${encodeURIComponent(memory)}' ${program}`;
    const { exitCode, stdout, stderr } = await shell(`${node} send -v bob@localhost </dev/zero`, nobody);
    expect(exitCode).toBe(65);
    expect(stderr).not.toContain('connecting');
    expect(Number(stdout) / 1024).toBeLessThan(100);
  });
});

describe('a reader that goes away (CASES 100)', () => {
  test('in the middle of a record: quietly, with 0', async () => {
    const long = `<message from='bob@localhost/x' type='chat'><body>${'x'.repeat(200_000)}</body></message>`;
    await using server = await scriptedServer({ tls: 'direct' }, says(long));
    const line = '$XMPPCTL listen --json --for 20s | head -c 70000 >/dev/null; echo $PIPESTATUS';
    const { stdout, stderr } = await shell(line, server);
    expect([stdout, stderr]).toEqual(['0', '']);
  });

  test('and the cursor of --durable is at the last whole record', async () => {
    const archive = scriptedArchive(3, (number) => `${number} ${'x'.repeat(number === 1 ? 200_000 : 10)}`);
    await using server = await scriptedServer({ tls: 'direct' }, async (peer) => {
      await peer.login({ password });
      peer.acks();
      await peer.session(archive);
    });
    const listen = '$XMPPCTL listen --json --durable --since 2026-01-01 --once';
    const { stdout } = await shell(`${listen} | head -c 70000 | head -1; echo; ${listen}`, server);
    const ids = stdout.split('\n').flatMap((line) => (line.startsWith('{') ? [JSON.parse(line).stanzaId] : []));
    expect(ids).toEqual(['archive-0', 'archive-1', 'archive-2']);
  });
});

describe('next to nothing in the environment (CASES 101)', () => {
  test('as cron does it, in a directory that cannot be read, UTF-8 all the same', async () => {
    await using server = await scriptedServer({ tls: 'direct' }, says(hi));
    const given = Object.entries({ ...variables(server), LANG: 'C', LC_ALL: 'C' });
    const assigned = given.map(([name, value]) => `${name}=${value}`).join(' ');
    await mkdir(join(dir, 'gone'));
    const line = `cd gone && rmdir ../gone; env -i ${assigned} $XMPPCTL listen --json --count 1`;
    const { exitCode, stdout, stderr } = await shell(line, server);
    expect([exitCode, stderr]).toEqual([0, '']);
    expect(JSON.parse(stdout).body).toBe('grüße');
  });
});

describe('a home that cannot be written to (CASES 102)', () => {
  test.each(['/proc', '/dev/null'])('%s: send works without it; listen --durable: 73', async (home) => {
    await using server = await scriptedServer({ tls: 'direct' }, welcomes());
    const env = { HOME: home, XDG_CONFIG_HOME: '', XDG_STATE_HOME: '', XDG_CACHE_HOME: '', XDG_DATA_HOME: '' };
    const sent = await shell('$XMPPCTL send bob@localhost hi', server, env);
    expect(sent.exitCode, sent.stderr).toBe(0);
    const listener = await shell('$XMPPCTL listen --durable --once', server, env);
    expect([listener.exitCode, listener.stdout], listener.stderr).toEqual([73, '']);
  });

  test('a full disk: send works; listen --durable: 74, or 73 if not even a directory can be made', async () => {
    await using server = await scriptedServer({ tls: 'direct' }, welcomes());
    const env = { ...variables(server), HOME: dir, XDG_STATE_HOME: dir, XDG_CACHE_HOME: dir, XDG_CONFIG_HOME: dir };
    const sent = await onSmallDisk(['send', 'bob@localhost', 'hi'], { dir, options: 'nr_inodes=1', env });
    expect([sent.exitCode, sent.stderr]).toEqual([0, '']);
    const listener = await onSmallDisk(['listen', '--durable', '--once'], { dir, options: 'nr_inodes=1', env });
    expect([73, 74]).toContain(listener.exitCode);
  });
});

describe('what is known of a message', () => {
  test('whose result cannot be printed: 74, and that it may have been delivered', async () => {
    await using server = await scriptedServer({ tls: 'direct' }, welcomes());
    const { exitCode, stderr } = await shell('$XMPPCTL send bob@localhost hi --json >/dev/full', server);
    expect(exitCode).toBe(74);
    expect(JSON.parse(stderr)).toMatchObject({ error: { kind: 'ioerr', delivered: 'unknown' } });
  });
});

describe('Ctrl-C at the question for the password', () => {
  test.each(['login alice@localhost', 'register carol@localhost', 'contacts'])('%s: 130 and no error', async (line) => {
    const { XMPPCTL_PASSWORD: _, ...asking } = variables(nobody);
    const terminal = execa('script', ['-qefc', `${process.execPath} ${program} ${line}`, '/dev/null'], {
      env: { ...environmentOf(dir), ...asking },
      extendEnv: false,
      reject: false,
      timeout: 20_000,
    });
    terminal.stdout.on('data', (text: Buffer) => {
      if (text.includes('assword for')) terminal.stdin.write('\x03');
    });
    const { exitCode, stdout } = await terminal;
    expect(exitCode, stdout).toBe(130);
    expect(stdout).not.toContain('xmppctl:');
  });
});

describe('limits of the system (CASES 103)', () => {
  test('too few open files: 71, if Node itself can start with them', async () => {
    const ends: (number | undefined)[] = [];
    for (let limit = 17; limit < 30; limit += 1) {
      const line = `ulimit -n ${limit}; exec ${process.execPath} ${program} accounts`;
      const { exitCode, stderr } = await execa('sh', ['-c', line], {
        env: environmentOf(dir),
        extendEnv: false,
        reject: false,
      });
      if (exitCode !== 0 && !stderr.startsWith('xmppctl')) continue;
      ends.push(exitCode);
      expect(stderr).toMatch(exitCode === 0 ? /^/ : /^xmppctl: .*EMFILE.*$/);
    }
    expect(new Set(ends)).toEqual(new Set([71, 0]));
  });

  test('a hook that cannot be started for want of them: 71', async () => {
    await using server = await scriptedServer({ tls: 'direct' }, says([]));
    const env = variables(server);
    await using listener = await listening(['--count', '1', '--exec', 'cat'], { env });
    await execa('prlimit', ['--nofile=10', '--pid', String(listener.process.pid)]);
    await server.peers[0]?.send(hi);
    const { exitCode, stderr } = await listener.done;
    expect(exitCode, stderr).toBe(71);
    expect(stderr).toContain('EMFILE');
  });
});

describe('variables that change Node or the network (CASES 104)', () => {
  test('proxies of the environment are not used, and no check of certificates is switched off', async () => {
    await using server = await scriptedServer({ tls: 'direct' }, welcomes());
    const proxies = { HTTPS_PROXY: 'http://127.0.0.1:9', ALL_PROXY: 'socks5://127.0.0.1:9', https_proxy: 'x' };
    expect((await shell('$XMPPCTL send bob@localhost hi', server, proxies)).exitCode).toBe(0);
    const trusting = { NODE_TLS_REJECT_UNAUTHORIZED: '0' };
    const { exitCode } = await shell('unset XMPPCTL_CA_FILE; $XMPPCTL send bob@localhost hi', server, trusting);
    expect(exitCode).toBe(80);
  });
});

describe('two interrupts (CASES 105)', () => {
  test('the second one ends what the first one has asked to end', async () => {
    await using server = await scriptedServer({ tls: 'direct' }, async (peer) => {
      await peer.login({ password });
      // Nothing comes any more, not even the end of the stream.
      await peer.gone();
    });
    const child = spawn(process.execPath, [program, 'listen'], {
      env: { ...environmentOf(dir), ...variables(server) },
      stdio: 'ignore',
    });
    const ended = new Promise<string | null>((resolve) => child.once('exit', (_code, signal) => resolve(signal)));
    await until('it is there', async () =>
      server.peers.some(({ received }) => received.some(({ name }) => name === 'presence')),
    );
    child.kill('SIGINT');
    child.kill('SIGTERM');
    expect(['SIGINT', 'SIGTERM']).toContain(await ended);
  });
});
