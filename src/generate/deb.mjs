// A Debian package from the npm package: node src/generate/deb.mjs [DIRECTORY], needs npm and dpkg-deb.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

const root = fileURLToPath(new URL('../../', import.meta.url));
const target = resolve(process.argv[2] ?? '.');
const { name, version, description } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
const architecture = run('dpkg', ['--print-architecture']).trim();
/** keytar's binary of this architecture, by Debian's name of it. */
const prebuilds = { amd64: 'linux-x64', arm64: 'linux-arm64', armhf: 'linux-armv7l', i386: 'linux-ia32' };

const work = await mkdtemp(join(tmpdir(), 'xmppctl-deb-'));
try {
  const packed = JSON.parse(run('npm', ['pack', '--json', '--pack-destination', work], root));
  run('tar', ['-xzf', join(work, packed[0].filename), '-C', work]);
  const tree = join(work, 'tree');
  await layOut(join(work, 'package'), tree);
  await writeControl(tree);
  const file = join(target, `${name}_${version}_${architecture}.deb`);
  run('dpkg-deb', ['--root-owner-group', '--build', tree, file]);
  console.log(file);
} finally {
  await rm(work, { recursive: true, force: true });
}

/** Puts each file of the npm package where Debian looks for its kind. */
async function layOut(from, tree) {
  const library = join(tree, 'usr/lib', name);
  await copy(join(from, 'dist'), join(library, 'dist'));
  await copy(join(from, 'package.json'), join(library, 'package.json'));
  await copyProgram(join(from, 'bin/xmppctl.js'), join(library, 'bin/xmppctl.js'));
  await makeDirectory(join(tree, 'usr/bin'));
  await symlink(`../lib/${name}/bin/xmppctl.js`, join(tree, 'usr/bin', name));
  await copyKeytar(join(library, 'node_modules/keytar'));

  const share = join(tree, 'usr/share');
  for (const page of await readdir(join(from, 'man'))) {
    const section = page.slice(page.lastIndexOf('.') + 1);
    await zip(join(from, 'man', page), join(share, `man/man${section}`, `${page}.gz`));
  }
  await copy(join(from, 'completions/xmppctl.bash'), join(share, 'bash-completion/completions', name));
  await copy(join(from, 'completions/_xmppctl'), join(share, 'zsh/vendor-completions/_xmppctl'));
  await copy(join(from, 'completions/xmppctl.fish'), join(share, 'fish/vendor_completions.d/xmppctl.fish'));
  await copy(join(from, 'README.md'), join(share, 'doc', name, 'README.md'));
  const licenses = [join(from, 'LICENSE'), join(from, 'dist/third-party-licenses.txt')];
  const texts = await Promise.all(licenses.map((file) => readFile(file, 'utf8')));
  await write(join(share, 'doc', name, 'copyright'), texts.join('\n'));
}

/** Debian's Node is at one place; cron finds nothing by PATH. */
async function copyProgram(from, to) {
  const text = await readFile(from, 'utf8');
  await write(to, text.replace(/^#!.*/, '#!/usr/bin/node'));
  await chmod(to, 0o755);
}

/** Without its sources, and with the binary of this architecture only. */
async function copyKeytar(to) {
  const from = join(root, 'node_modules/keytar');
  const prebuild = prebuilds[architecture];
  if (prebuild === undefined) return; // the program says that keytar is not installed, and works without
  for (const part of ['package.json', 'LICENSE.md', 'lib/keytar.js', `prebuilds/${prebuild}/keytar.node`]) {
    await copy(join(from, part), join(to, part));
  }
}

async function writeControl(tree) {
  const control = join(tree, 'DEBIAN');
  const files = await filesIn(tree);
  const sizes = await Promise.all(files.map(async (file) => (await stat(file)).size));
  const { DEBFULLNAME = 'The xmppctl authors', DEBEMAIL = 'root@localhost' } = process.env;
  const fields = {
    Package: name,
    Version: version,
    Architecture: architecture,
    Maintainer: `${DEBFULLNAME} <${DEBEMAIL}>`,
    'Installed-Size': Math.ceil(sizes.reduce((sum, size) => sum + size, 0) / 1024),
    Depends: 'nodejs (>= 20.19)',
    Recommends: 'libsecret-1-0',
    Suggests: 'gnome-keyring | keepassxc',
    Section: 'net',
    Priority: 'optional',
    Description: `${description.split(':')[0]}\n ${description.slice(description.indexOf(':') + 1).trim()}.`,
  };
  await write(
    join(control, 'control'),
    `${Object.entries(fields)
      .map((field) => field.join(': '))
      .join('\n')}\n`,
  );
  const sums = await Promise.all(
    files.map(async (file) => {
      const sum = createHash('md5')
        .update(await readFile(file))
        .digest('hex');
      return `${sum}  ${relative(tree, file)}\n`;
    }),
  );
  await write(join(control, 'md5sums'), sums.sort().join(''));
}

/** Regular files only: a link has no contents of its own. */
async function filesIn(directory) {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

/** Modes do not depend on the umask of whoever builds. */
async function write(file, contents) {
  await makeDirectory(dirname(file));
  await writeFile(file, contents);
  await chmod(file, 0o644);
}

async function makeDirectory(directory) {
  const first = await mkdir(directory, { recursive: true });
  if (first === undefined) return;
  for (let each = directory; each.length >= first.length; each = dirname(each)) await chmod(each, 0o755);
}

async function copy(from, to) {
  if ((await stat(from)).isFile()) return await write(to, await readFile(from));
  for (const entry of await readdir(from)) await copy(join(from, entry), join(to, basename(entry)));
}

async function zip(from, to) {
  await write(to, gzipSync(await readFile(from), { level: 9 }));
}

function run(command, args, cwd) {
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd, encoding: 'utf8' });
  if (status === 0) return stdout;
  throw new Error(`${command} failed: ${error?.message ?? stderr}`);
}
