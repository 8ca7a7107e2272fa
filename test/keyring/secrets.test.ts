// Secrets and local trust (CASES group H) with the whole program, a real server and a real keychain.
import { randomBytes } from 'node:crypto';
import { chmod, cp, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { removeDirectory, temporaryDirectory } from '../support/daemon.ts';
import { expectInTime } from '../support/in-time.ts';
import { type Keyring, startKeyring } from '../support/keyring.ts';
import { listening } from '../support/listening.ts';
import { startProsody, type XmppServer } from '../support/servers.ts';
import { at, environmentOf, program, type RunOptions, xmppctl } from '../support/xmppctl.ts';

const password = `pw-${randomBytes(8).toString('hex')}`;
let server: XmppServer;
let keyring: Keyring;
let home: string;

beforeAll(async () => {
  server = await startProsody();
  keyring = await startKeyring();
  await server.register('alice', password);
});
afterAll(async () => {
  await keyring.stop();
  await server.stop();
});
beforeEach(async () => {
  home = await temporaryDirectory('secrets');
  return () => removeDirectory(home);
});
const there = () => {
  const { XMPPCTL_PASSWORD: _password, ...env } = at(server, 'alice', password);
  return env;
};
const send = (args: readonly string[], options: RunOptions = {}) =>
  xmppctl(['send', 'alice@localhost', 'hi', ...args], { home, ...options, env: { ...there(), ...options.env } });

describe('68: the password on a command line', () => {
  test('--password VALUE: 64, the alternatives, and not a word of the value', async () => {
    for (const words of [['--password', password], [`--password=${password}`], ['--pass', password]]) {
      const result = await send(words);
      expect(result).toMatchObject({ exitCode: 64, stdout: '' });
      expect(result.stderr).toContain('--password-stdin');
      expect(result.stderr).not.toContain(password);
    }
  });

  test('is in no process while it is registered, stored, looked up and used', async () => {
    const file = join(home, 'pw');
    await writeFile(file, password, { mode: 0o600 });
    const env = { ...there(), ...keyring.env };
    const run = (args: readonly string[], options: RunOptions = {}) => xmppctl(args, { home, env, ...options });
    const runs = async () => {
      const stdin = { input: password };
      const statuses = [
        await run(['register', 'bob@localhost', '--password-stdin'], stdin),
        await run(['login', 'alice@localhost', '--password-file', file]),
        await run(['send', 'bob@localhost', 'from the keychain']),
        await run(['login', 'alice@localhost', '--password-stdin', '--store', 'file'], stdin),
        await run(['send', 'bob@localhost', 'from the file store']),
        await run(['send', 'bob@localhost', 'from a command', '--password-command', `cat ${file}`]),
        await run(['listen', '--once', '--password-file', file]),
        await run(['logout', 'alice@localhost']),
      ];
      return statuses.map(({ exitCode, stdout, stderr }) => `${exitCode}${stdout}${stderr}`);
    };
    let running = true;
    const done = runs().finally(() => {
      running = false;
    });
    let samples = 0;
    while (running) {
      for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
        const words = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
        expect(words).not.toContain(password);
      }
      samples += 1;
      await new Promise(setImmediate);
    }
    expect(await done).toEqual(['0', '0', '0', '0', '0', '0', '0', '0']);
    expect(samples).toBeGreaterThan(50);
  });
});

describe('69: what others can read or change', () => {
  const config = async (text: string, mode: number) => {
    await mkdir(join(home, '.config', 'xmppctl'), { recursive: true, mode: 0o700 });
    const file = join(home, '.config', 'xmppctl', 'config.json');
    await writeFile(file, text);
    await chmod(file, mode);
    return file;
  };
  const withSecret = JSON.stringify({ accounts: { 'alice@localhost': { passwordCommand: `echo ${password}` } } });

  test('a configuration with a password command that others can change: 78, with the chmod line', async () => {
    const file = await config(withSecret, 0o666);
    const result = await send([]);
    expect(result).toMatchObject({ exitCode: 78, stdout: '' });
    expect(result.stderr).toMatch(/chmod/);
    expect(result.stderr).toContain(file);
    expect(result.stderr).not.toContain(password);
    await chmod(file, 0o600);
    expect(await send([])).toMatchObject({ exitCode: 0, stderr: '' });
  });

  test('a password file that others can read: 78, with the chmod line', async () => {
    const file = join(home, 'pw');
    await writeFile(file, password);
    await chmod(file, 0o644);
    const result = await send(['--password-file', file]);
    expect(result).toMatchObject({ exitCode: 78, stdout: '' });
    expect(result.stderr).toMatch(/chmod/);
  });

  test('a file store that others can read, or that is a link: 78', async () => {
    const login = ['login', 'alice@localhost', '--store', 'file', '--password-stdin'];
    expect((await xmppctl(login, { home, env: there(), input: password })).exitCode).toBe(0);
    const entries = await readdir(home, { recursive: true, withFileTypes: true });
    const stores: string[] = [];
    for (const entry of entries.filter((one) => one.isFile())) {
      const path = join(entry.parentPath, entry.name);
      if ((await readFile(path, 'utf8')).includes(password)) stores.push(path);
    }
    expect(stores).toHaveLength(1);
    const [store = ''] = stores;
    await chmod(store, 0o644);
    const result = await send([]);
    expect(result.exitCode).toBe(78);
    expect(result.stderr).toMatch(/chmod/);
    const elsewhere = join(home, 'elsewhere');
    await cp(store, elsewhere);
    await chmod(elsewhere, 0o600);
    await execa('rm', [store]);
    await symlink(elsewhere, store);
    expect((await send([])).exitCode).toBe(78);
  });
});

test('70: a crash leaves no report, and its text no secret', async () => {
  const cwd = await temporaryDirectory('crash');
  const env = { ...at(server, 'alice', password), XMPPCTL_PASSWORD: password };
  for (const signal of ['SIGABRT', 'SIGUSR2', 'SIGQUIT'] as const) {
    const running = await listening(['--json'], { env, home, cwd });
    running.kill(signal);
    const result = await running.done;
    expect(result.signal).toBe(signal);
    expect(result.stdout + result.stderr).not.toContain(password);
    const left = (await readdir(cwd)).filter((name) => !name.startsWith('core'));
    expect(left).toEqual([]);
  }
  removeDirectory(cwd);
});

describe('71, 72: no keychain', () => {
  test('no D-Bus: 78 in less than two seconds, and the other ways are named', async () => {
    const result = await send([]);
    expect(result).toMatchObject({ exitCode: 78, stdout: '' });
    for (const way of ['--password-command', '--password-file', '--store file']) expect(result.stderr).toContain(way);
    expectInTime(result.durationMs, 2000);
  });

  test.each([
    ['is not installed', undefined],
    [
      'is for another Node',
      "throw Object.assign(new Error('compiled against a different version'), { code: 'ERR_DLOPEN_FAILED' });",
    ],
  ])('the module %s: 78 without a stack trace; other sources work', async (_what, code) => {
    const copy = await temporaryDirectory('copy');
    const root = join(program, '..', '..');
    for (const part of ['bin', 'dist', 'package.json'])
      await cp(join(root, part), join(copy, part), { recursive: true });
    if (code !== undefined) {
      const keytar = join(copy, 'node_modules', 'keytar');
      await mkdir(keytar, { recursive: true });
      await writeFile(join(keytar, 'package.json'), '{"name":"keytar","main":"index.js"}');
      await writeFile(join(keytar, 'index.js'), code);
    }
    const args = [join(copy, 'bin', 'xmppctl.js'), 'send', 'alice@localhost', 'hi'];
    const env = { ...environmentOf(home), ...there(), ...keyring.env };
    const run = (more: Record<string, string>) =>
      execa(process.execPath, args, { env: { ...env, ...more }, extendEnv: false, reject: false, stdin: 'ignore' });
    const { exitCode, stderr, stdout } = await run({});
    expect({ exitCode, stdout }).toEqual({ exitCode: 78, stdout: '' });
    expect(stderr).toContain('keychain: ');
    expect(stderr).not.toMatch(/\n {4}at |node:internal/);
    expect(await run({ XMPPCTL_PASSWORD: password })).toMatchObject({ exitCode: 0, stderr: '' });
    removeDirectory(copy);
  });
});

describe('74: a password command', () => {
  test('that fails: 78 with its exit status', async () => {
    const result = await send(['--password-command', `echo ${password} >&2; exit 3`]);
    expect(result).toMatchObject({ exitCode: 78, stdout: '' });
    expect(result.stderr).toContain('exit status 3');
  });
  test('that prints two lines: the first one counts', async () => {
    expect(await send(['--password-command', `printf '%s\\nsecond\\n' ${password}`])).toMatchObject({ exitCode: 0 });
  });
  test('that hangs: 78 at the deadline, and it is gone with all that it started', async () => {
    const marker = 4_000_000 + Math.floor(Math.random() * 1_000_000);
    const result = await send(['--password-command', `sleep ${marker} & sleep ${marker}`, '--timeout', '1s']);
    expect(result).toMatchObject({ exitCode: 78, stdout: '' });
    expectInTime(result.durationMs, 4000);
    const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
    const lines = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')));
    expect(lines.filter((line) => line.startsWith('sleep') && line.includes(String(marker)))).toEqual([]);
  });
});
