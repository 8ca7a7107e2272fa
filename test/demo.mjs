// npm run demo: a real server on this machine, two accounts, and what the program does between them.
// npm run picture: such a session in a terminal, as the picture of README.md.
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { importBundled } from './bundle.mjs';
import { ensure, root, say } from './setup.mjs';

try {
  await ensure(['node_modules', 'openssl', 'prosody', ...(process.argv.includes('--picture') ? ['jq'] : [])]);
} catch (error) {
  console.error(error.message);
  process.exit(1);
}

say('build');
const { status } = spawnSync('npm', ['run', '--silent', 'build'], { cwd: root, stdio: 'inherit' });
if (status !== 0) process.exit(status || 1);

if (process.argv.includes('--picture')) {
  const { picture } = await importBundled('demo', 'picture');
  writeFileSync(join(root, 'test', 'demo', 'terminal.svg'), await picture());
} else {
  const { demo } = await importBundled('demo', 'demo');
  process.exitCode = await demo({ keep: process.argv.includes('--keep') });
}
