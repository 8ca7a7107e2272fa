// npm run demo: a real server on this machine, two accounts, and what the program does between them.
// npm run picture: such a session in a terminal, as the picture of README.md.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { importBundled } from './bundle.mjs';
import { prepare } from './prepare.mjs';
import { root } from './setup.mjs';

await prepare(['openssl', 'prosody', ...(process.argv.includes('--picture') ? ['jq'] : [])]);

if (process.argv.includes('--picture')) {
  const { picture } = await importBundled('demo', 'picture');
  writeFileSync(join(root, 'test', 'demo', 'terminal.svg'), await picture());
} else {
  const { demo } = await importBundled('demo', 'demo');
  process.exitCode = await demo({ keep: process.argv.includes('--keep') });
}
