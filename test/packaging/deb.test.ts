// The Debian package, installed by dpkg: each thing where Debian puts it, running from there, and gone when it is removed.
import { lstat, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { removeDirectory, temporaryDirectory } from '../support/daemon.ts';
import { manifest, root } from '../support/packed.ts';
import { environmentOf } from '../support/xmppctl.ts';

let directory: string;
let file: string;
/** Mode, owner, path and the target of links. */
let contents: readonly { mode: string; owner: string; path: string; target: string | undefined }[];
beforeAll(async () => {
  directory = await temporaryDirectory('deb');
  // Whoever builds may keep files to themselves; the package is for all.
  const { stdout } = await execa('sh', ['-c', 'umask 077; exec node src/generate/deb.mjs "$0"', directory], {
    cwd: root,
  });
  file = stdout;
  contents = (await execa('dpkg-deb', ['-c', file])).stdout.split('\n').map((line) => {
    const [mode = '', owner = '', , , , path = '', , target] = line.split(/\s+/);
    return { mode, owner, path: path.replace(/^\./, ''), target };
  });
  await mkdir(join(directory, 'root/var/lib/dpkg'), { recursive: true });
  await writeFile(join(directory, 'root/var/lib/dpkg/status'), '');
  await dpkg('--install', file);
});
afterAll(() => removeDirectory(directory));

/** dpkg for a system in our directory, where nothing else is installed: not even Node. */
async function dpkg(...args: string[]): Promise<string> {
  const own = join(directory, 'root');
  const options = [
    `--instdir=${own}`,
    `--admindir=${own}/var/lib/dpkg`,
    '--force-depends',
    `--log=${directory}/dpkg.log`,
  ];
  // Only root may give files to root, be it in a namespace of its own.
  const asRoot = process.getuid?.() === 0 ? [] : ['unshare', '--map-root-user'];
  const [command = '', ...rest] = [...asRoot, 'dpkg', ...options, ...args];
  const path = `/usr/sbin:/sbin:${process.env.PATH}`;
  return (await execa(command, rest, { env: { PATH: path, LC_ALL: 'C' } })).stdout;
}

const paths = () => contents.map(({ path }) => path);

test('says what it needs', async () => {
  const { version } = await manifest();
  const field = async (name: string) => (await execa('dpkg-deb', ['-f', file, name])).stdout;
  expect(await field('Package')).toBe('xmppctl');
  expect(await field('Version')).toBe(version);
  expect(await field('Depends')).toBe('nodejs (>= 20.19)');
  expect(await field('Architecture')).toBe((await execa('dpkg', ['--print-architecture'])).stdout);
  expect(await field('Description')).toMatch(/^Scriptable XMPP client\n \S/);
  expect(await field('Maintainer')).toMatch(/^.+ <.+@.+>$/);
  expect(Number(await field('Installed-Size'))).toBeGreaterThan(500);
});

test('puts the program, the pages and the completions where they are looked for', () => {
  expect(contents).toContainEqual(
    expect.objectContaining({ path: '/usr/bin/xmppctl', target: '../lib/xmppctl/bin/xmppctl.js' }),
  );
  expect(paths()).toEqual(
    expect.arrayContaining([
      '/usr/lib/xmppctl/dist/main.js',
      '/usr/share/bash-completion/completions/xmppctl',
      '/usr/share/doc/xmppctl/copyright',
      '/usr/share/fish/vendor_completions.d/xmppctl.fish',
      '/usr/share/man/man1/xmppctl.1.gz',
      '/usr/share/man/man1/xmppctl-send.1.gz',
      '/usr/share/man/man5/xmppctl-json.5.gz',
      '/usr/share/man/man7/xmppctl-exit-codes.7.gz',
      '/usr/share/zsh/vendor-completions/_xmppctl',
    ]),
  );
  const places = /^\/usr\/(bin|lib|share\/(bash-completion|doc|fish|man|zsh))\/(.*\/)?_?xmppctl/;
  expect(paths().filter((path) => !path.endsWith('/') && !places.test(path))).toEqual([]);
});

test('belongs to root, can be read by all, and only the program can be run', () => {
  for (const { mode, owner, path } of contents) {
    expect([path, owner]).toEqual([path, 'root/root']);
    const usual = path.endsWith('/') || path === '/usr/lib/xmppctl/bin/xmppctl.js' ? /^.rwxr-xr-x$/ : /^-rw-r--r--$/;
    if (!mode.startsWith('l')) expect([path, mode]).toEqual([path, expect.stringMatching(usual)]);
  }
});

test('has native code for its own architecture only', async () => {
  expect(paths().filter((path) => path.endsWith('.node'))).toHaveLength(1);
  expect(paths().filter((path) => /\.(ts|map|cc|h|gyp)$/.test(path))).toEqual([]);
});

test('agrees with its checksums', async () => {
  await execa('dpkg-deb', ['-e', file, join(directory, 'control')]);
  const sums = await readFile(join(directory, 'control', 'md5sums'), 'utf8');
  const { exitCode } = await execa('md5sum', ['--check', '--quiet', '-'], {
    input: sums,
    cwd: join(directory, 'root'),
  });
  expect(exitCode).toBe(0);
  expect(sums.split('\n').length - 1).toBe(contents.filter(({ mode }) => mode.startsWith('-')).length);
});

test('has pages that are the ones of the tree, compressed as Debian wants it', async () => {
  const page = await readFile(join(directory, 'root/usr/share/man/man1/xmppctl-send.1.gz'));
  expect(gunzipSync(page).toString()).toBe(await readFile(join(root, 'man/xmppctl-send.1'), 'utf8'));
  expect(page.readUInt32LE(4)).toBe(0); // no time in it, so that the same tree gives the same package
});

test('runs from where it is unpacked, and finds its keychain package', async () => {
  const program = join(directory, 'root/usr/bin/xmppctl');
  expect((await readFile(program, 'utf8')).split('\n')[0]).toBe('#!/usr/bin/node');
  expect((await stat(program)).mode & 0o111).toBe(0o111);
  const run = (args: readonly string[]) =>
    execa(process.execPath, [program, ...args], { env: environmentOf(directory), extendEnv: false, reject: false });
  const { version } = await manifest();
  expect(await run(['--version'])).toMatchObject({ exitCode: 0, stdout: `xmppctl ${version}` });
  const result = await run(['send', 'bob@example.org', 'hi', '--account', 'alice@example.org']);
  expect(result).toMatchObject({ exitCode: 78, stderr: expect.stringMatching(/keychain: no session bus/) });
});

test('is there whole for dpkg, and gone without a trace when it is removed', async () => {
  expect(await dpkg('--verify', 'xmppctl')).toBe('');
  const listed = (await dpkg('--listfiles', 'xmppctl')).split('\n').filter((path) => path !== '/.');
  expect(listed).toEqual(expect.arrayContaining(['/usr/bin/xmppctl', '/usr/share/man/man1/xmppctl-send.1.gz']));
  for (const path of listed) await lstat(join(directory, 'root', path));
  await dpkg('--purge', 'xmppctl');
  expect(await readdir(join(directory, 'root'))).toEqual(['var']);
});
