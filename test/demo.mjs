// npm run demo: a real server on this machine, two accounts, and what the program does between them.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ensure, root, say } from './setup.mjs';

try {
  await ensure(['node_modules', 'openssl', 'prosody']);
} catch (error) {
  console.error(error.message);
  process.exit(1);
}

say('build');
const { status } = spawnSync('npm', ['run', '--silent', 'build'], { cwd: root, stdio: 'inherit' });
if (status !== 0) process.exit(status || 1);

// The demo shares the tests' TypeScript, which Node 20 does not read.
const { build } = await import('esbuild');
const bundle = join(root, 'node_modules', '.cache', 'xmppctl-demo.mjs');
await build({
  entryPoints: [join(root, 'test', 'demo', 'demo.ts')],
  outfile: bundle,
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20.19',
  packages: 'external',
  define: { 'import.meta.url': JSON.stringify(pathToFileURL(join(root, 'test', 'demo', 'demo.ts')).href) },
  logLevel: 'warning',
});
const { demo } = await import(pathToFileURL(bundle).href);
process.exitCode = await demo({ keep: process.argv.includes('--keep') });
