// Runs the tests' own TypeScript outside of vitest: Node 20 does not read it.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { root } from './setup.mjs';

/** Where a module is put as a bundle, from the root. */
export const bundleOf = (name) => `node_modules/.cache/xmppctl-${name}.mjs`;

/** Bundles a module of test/FOLDER/ with everything that it imports from the tree. */
export async function bundle(folder, name) {
  const { build } = await import('esbuild');
  const source = join(root, 'test', folder, `${name}.ts`);
  const outfile = join(root, bundleOf(name));
  // esbuild leaves a file that would stay the same as old as it was.
  rmSync(outfile, { force: true });
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
  return outfile;
}

/** Imports a module of test/FOLDER/; what the program prints in it is held against the bundled contract. */
export async function importBundled(folder, name) {
  await bundle('support', 'json-contract');
  return import(pathToFileURL(await bundle(folder, name)).href);
}
