// One bundle for the program; keytar stays outside because it carries native code.
import { chmod, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { build } from 'esbuild';

/**
 * Lets esbuild drop the parts of packages that nothing uses: no module of these does anything on import, but to compile
 * tables of Unicode, which takes longer than a short command.
 */
const pure = {
  name: 'pure',
  setup(build) {
    const packages = /[\\/]node_modules[\\/](?:@xmpp|yargs|cliui|y18n|string-width|strip-ansi|wrap-ansi)[\\/]/;
    build.onResolve({ filter: /./, namespace: 'file' }, async ({ path, resolveDir, kind, pluginData }) => {
      if (pluginData === 'resolved') return undefined;
      const found = await build.resolve(path, { resolveDir, kind, pluginData: 'resolved' });
      return packages.test(found.path) ? { ...found, sideEffects: false } : found;
    });
  },
};

/**
 * `send` is a chunk of its own, and all other commands are one: a chunk for each would share the rest in dozens of small
 * files, and each file that is loaded takes a millisecond.
 */
const twoGroups = {
  name: 'two-groups',
  setup(build) {
    const others = new Set();
    build.onLoad({ filter: /[\\/]src[\\/]commands[\\/]index\.ts$/ }, async ({ path }) => {
      const text = await readFile(path, 'utf8');
      const contents = text.replace(/import\('([^']+)'\)/g, (whole, file) => {
        if (file === './send.ts') return whole;
        others.add(file);
        return "import('others')";
      });
      return { contents, loader: 'ts' };
    });
    build.onResolve({ filter: /^others$/ }, () => ({ path: 'others', namespace: 'others' }));
    build.onLoad({ filter: /./, namespace: 'others' }, () => ({
      contents: [...others].map((file) => `export * from '${file}';`).join('\n'),
      resolveDir: 'src/commands',
    }));
  },
};

const { version } = JSON.parse(await readFile(new URL('../../package.json', import.meta.url), 'utf8'));
const licenses = 'third-party-licenses.txt';

const { metafile } = await build({
  entryPoints: ['src/main.ts'],
  outdir: 'dist',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  external: ['keytar'],
  plugins: [pure, twoGroups],
  minify: true,
  define: { XMPPCTL_VERSION: JSON.stringify(version) },
  banner: {
    js: "import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);",
  },
  metafile: true,
  logLevel: 'warning',
});
await chmod('bin/xmppctl.js', 0o755);

await writeFile(join('dist', licenses), await licensesOf(Object.values(metafile.outputs)));
// Chunks are named after their contents: those of an earlier build would be packed too.
const made = new Set([licenses, ...Object.keys(metafile.outputs).map((file) => basename(file))]);
for (const file of await readdir('dist')) if (!made.has(file)) await rm(join('dist', file), { recursive: true });

/** The terms of the packages whose code is in the bundle: most of them want to come along with it. */
async function licensesOf(outputs) {
  const inputs = outputs.flatMap((output) => Object.entries(output.inputs));
  const used = inputs.filter(([, { bytesInOutput }]) => bytesInOutput > 0).map(([file]) => file);
  const folders = used.flatMap((file) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(file)?.[0] ?? []);
  const parts = ['This program holds code of the packages below, each under its own terms.\n'];
  for (const folder of [...new Set(folders)].sort()) {
    const { name, version, license } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'));
    const file = (await readdir(folder)).find((each) => /^(licen[cs]e|copying)/i.test(each));
    const text = file ? await readFile(join(folder, file), 'utf8') : `License: ${license}`;
    parts.push(`${'='.repeat(72)}\n${name} ${version}\n\n${text.trim()}\n`);
  }
  return parts.join('\n');
}
