// What npm packs, and that it runs where it is installed: without compiler, D-Bus or install scripts, on Node 20, 22 and 24.
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { removeDirectory, temporaryDirectory } from '../support/daemon.ts';
import { listening } from '../support/listening.ts';
import { installGlobally, manifest, nodeOf, type Packed, pack } from '../support/packed.ts';
import { startProsody, type XmppServer } from '../support/servers.ts';
import { at, checkPrinted, environmentOf } from '../support/xmppctl.ts';

let directory: string;
let packed: Packed;
let program: string;
beforeAll(async () => {
  directory = await temporaryDirectory('packed');
  packed = await pack(directory);
  await installGlobally(packed.file, join(directory, 'prefix'));
  program = join(directory, 'prefix', 'bin', 'xmppctl');
}, 300_000);
afterAll(() => removeDirectory(directory));

const installed = (...path: string[]) => join(directory, 'prefix', 'lib', 'node_modules', 'xmppctl', ...path);
/** Runs the installed program by a version of Node. */
async function run(node: string, args: readonly string[], env: Record<string, string> = {}, input = '') {
  const result = await execa(node, [program, ...args], {
    env: { ...environmentOf(join(directory, 'home')), ...env },
    extendEnv: false,
    input,
    reject: false,
  });
  const { exitCode, stdout, stderr } = result;
  await checkPrinted({ args, env, exitCode, stdout: stdout === '' ? '' : `${stdout}\n`, stderr });
  return result;
}

describe('the package', () => {
  test('holds what runs, what shells and man read, and nothing else', () => {
    const kinds =
      /^(LICENSE|README\.md|package\.json|bin\/xmppctl\.js|dist\/[\w.-]+\.js|dist\/third-party-licenses\.txt|completions\/(_xmppctl|xmppctl\.(bash|fish))|man\/xmppctl[\w-]*\.[157])$/;
    expect(packed.contents.filter((path) => !kinds.test(path))).toEqual([]);
    const needed = ['LICENSE', 'README.md', 'bin/xmppctl.js', 'dist/main.js', 'dist/third-party-licenses.txt'];
    const completions = ['completions/_xmppctl', 'completions/xmppctl.bash', 'completions/xmppctl.fish'];
    expect(packed.contents).toEqual(expect.arrayContaining([...needed, ...completions, 'man/xmppctl.1']));
  });

  test('holds every file of the program once, and none of an earlier build', async () => {
    const dist = packed.contents.filter((path) => path.endsWith('.js') && path.startsWith('dist/'));
    const texts = await Promise.all(dist.map(async (path) => readFile(installed(path), 'utf8')));
    for (const path of dist.filter((each) => each !== 'dist/main.js')) {
      const name = path.slice('dist/'.length);
      expect([path, texts.some((text) => text.includes(name))]).toEqual([path, true]);
    }
  });

  test('names each man page to npm, and is no library', async () => {
    const { man, exports, main, dependencies = {} } = await manifest();
    const pages = packed.contents.filter((path) => path.startsWith('man/'));
    expect([...(man as string[])].sort()).toEqual(pages);
    expect({ exports, main, dependencies }).toEqual({ exports: undefined, main: undefined, dependencies: {} });
  });

  test('brings the terms of every package that is bundled', async () => {
    const terms = await readFile(installed('dist', 'third-party-licenses.txt'), 'utf8');
    for (const name of ['@xmpp/client', 'saxes', 'yargs-parser', 'execa', 'cli-table3', 'ora'])
      expect(terms).toMatch(new RegExp(`^${name} \\d`, 'm'));
    expect(terms).not.toMatch(/(?<!\w)\/(home|root|work|tmp)\//);
  });
});

describe('npm install -g', () => {
  test('puts the program, its pages, and of other packages only the keychain', async () => {
    const pages = await readdir(join(directory, 'prefix', 'share', 'man', 'man1'));
    expect(pages).toEqual(expect.arrayContaining(['xmppctl.1', 'xmppctl-send.1']));
    const others = await readdir(installed('node_modules'));
    expect(others.filter((name) => !name.startsWith('.')).sort()).toEqual(['keytar', 'node-addon-api']);
  });

  test.each([20, 22, 24])('runs on Node %i', async (major) => {
    const node = await nodeOf(major);
    expect((await execa(node, ['--version'])).stdout).toMatch(new RegExp(`^v${major}\\.`));
    const { version } = await manifest();
    expect(await run(node, ['--version'])).toMatchObject({ exitCode: 0, stdout: `xmppctl ${version}`, stderr: '' });
    expect((await run(node, ['help'])).stdout).toMatch(/^Usage: xmppctl COMMAND/);
    expect(await run(node, ['no-such-command'])).toMatchObject({ exitCode: 64, stdout: '' });
    expect(await run(node, ['accounts', '--json'])).toMatchObject({ exitCode: 0, stdout: '[]', stderr: '' });
    const noKeychain = await run(node, ['send', 'bob@example.org', 'hi', '--account', 'alice@example.org']);
    expect(noKeychain).toMatchObject({ exitCode: 78, stderr: expect.stringMatching(/no session bus/) });
  });

  test.each([20, 22, 24])('on Node %i: what Nodes differ in', async (major) => {
    const node = await nodeOf(major);
    const message = ['send', 'bob@localhost', '--account', 'alice@localhost', '--dry-run'];
    const behindPassword = await run(node, [...message, '--password-stdin'], {}, 'secret\nhello');
    expect(behindPassword).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('<body>hello</body>') });
    expect(await run(node, ['--version'], { HOME: '/proc', XDG_CACHE_HOME: '' })).toMatchObject({ exitCode: 0 });
    expect(await run(node, ['send', 'bob@xn--zzzzzz', 'hi'])).toMatchObject({ exitCode: 64 });
  });

  describe('with a server', () => {
    let server: XmppServer;
    beforeAll(async () => {
      server = await startProsody();
      await server.register('alice', 'secret');
      await server.register('bob', 'secret');
    });
    afterAll(() => server.stop());

    test.each([20, 22, 24])('sends and receives on Node %i, over TLS and STARTTLS', async (major) => {
      const node = await nodeOf(major);
      for (const tls of ['direct', 'starttls'] as const) {
        await using bob = await listening(['--json', '--count', '1'], { env: at(server, 'bob', 'secret') });
        const body = `${tls} on ${major}`;
        expect(await run(node, ['send', 'bob@localhost'], at(server, 'alice', 'secret', tls), body)).toMatchObject({
          exitCode: 0,
          stdout: '',
          stderr: '',
        });
        expect((await bob.done).json()).toMatchObject({ from: 'alice@localhost', body });
      }
      const checks = await run(node, ['doctor', '--json'], at(server, 'alice', 'secret'));
      expect(checks.exitCode).toBe(0);
    });
  });

  test('works without the keychain package, and says that it is not there', async () => {
    await rm(installed('node_modules'), { recursive: true });
    expect(await run(process.execPath, ['accounts', '--json'])).toMatchObject({ exitCode: 0, stdout: '[]' });
    const result = await run(process.execPath, ['send', 'bob@example.org', 'hi', '--account', 'alice@example.org']);
    expect(result).toMatchObject({ exitCode: 78, stderr: expect.stringMatching(/keychain: keytar is not installed/) });
  });
});
