// npm run demo: a real server on this machine, two accounts, and what the program does between them.
import { spawnSync } from 'node:child_process';
import { importBundled } from './bundle.mjs';
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

const { demo } = await importBundled('demo', 'demo');
process.exitCode = await demo({ keep: process.argv.includes('--keep') });
