// Runs the tests' own TypeScript outside of vitest: Node 20 does not read it.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { root } from './setup.mjs';

/** Imports a module of test/FOLDER/ with everything that it imports from test/. */
export async function importBundled(folder, name) {
  const { build } = await import('esbuild');
  const source = join(root, 'test', folder, `${name}.ts`);
  const outfile = join(root, 'node_modules', '.cache', `xmppctl-${name}.mjs`);
  await build({
    entryPoints: [source],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20.19',
    packages: 'external',
    define: { 'import.meta.url': JSON.stringify(pathToFileURL(source).href) },
    logLevel: 'warning',
  });
  return import(pathToFileURL(outfile).href);
}
