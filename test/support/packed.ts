// The npm package as users get it, and other versions of Node.
import { existsSync } from 'node:fs';
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';

export const root = fileURLToPath(new URL('../../', import.meta.url));

export interface Packed {
  readonly file: string;
  /** Paths in the package, sorted. */
  readonly contents: readonly string[];
}

/** Packs the tree as it is built, without building it again. */
export async function pack(directory: string): Promise<Packed> {
  const args = ['pack', '--json', '--ignore-scripts', '--pack-destination', directory];
  const { stdout } = await execa('npm', args, { cwd: root });
  const [packed] = JSON.parse(stdout) as [{ filename: string; files: readonly { path: string }[] }];
  return { file: join(directory, packed.filename), contents: packed.files.map(({ path }) => path).sort() };
}

/** `npm install -g` into a prefix, scripts off, on a machine without compiler and without D-Bus. */
export async function installGlobally(file: string, prefix: string, more: readonly string[] = []): Promise<void> {
  const bare = join(prefix, 'path');
  await mkdir(bare, { recursive: true });
  await symlink(process.execPath, join(bare, 'node'));
  const npm = (await execa('sh', ['-c', 'readlink -f "$(command -v npm)"'])).stdout;
  const { DBUS_SESSION_BUS_ADDRESS: _bus, XDG_RUNTIME_DIR: _runtime, ...env } = process.env;
  const quick = ['--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline'];
  const args = ['install', '-g', '--prefix', prefix, ...quick, ...more, file];
  await execa(process.execPath, [npm, ...args], { env: { ...env, PATH: bare }, extendEnv: false });
}

/** The program that runs Node of a major version: this one, or one from npm, kept for the next time. */
export async function nodeOf(major: number): Promise<string> {
  if (Number(process.versions.node.split('.')[0]) === major) return process.execPath;
  const name = `node-${process.platform}-${process.arch}`;
  const directory = join(root, 'node_modules', '.cache', 'xmppctl', `node-${major}`);
  const program = join(directory, 'node_modules', name, 'bin', 'node');
  if (existsSync(program)) return program;
  await mkdir(directory, { recursive: true });
  // Else npm looks for the package.json above, which is ours.
  await writeFile(join(directory, 'package.json'), '{ "private": true }\n');
  const options = ['--ignore-scripts', '--no-audit', '--no-fund', '--no-save'];
  await execa('npm', ['install', ...options, `${name}@${major}`], { cwd: directory });
  return program;
}

/** The value of a field of package.json. */
export async function manifest(): Promise<Record<string, unknown>> {
  return JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as Record<string, unknown>;
}
