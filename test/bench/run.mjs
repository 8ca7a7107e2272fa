// npm run bench: how fast and how small the program is, beside bare Node, bare sockets and other tools that are installed.
// npm run bench -- NAME…: only those whose name contains one of the words.
import { spawnSync } from 'node:child_process';
import { importBundled } from '../bundle.mjs';
import { ensure, root, say } from '../setup.mjs';

try {
  const linuxOnly = process.platform === 'linux' ? ['prosody13'] : [];
  await ensure(['node_modules', 'openssl', 'prosody', 'ejabberd', ...linuxOnly]);
} catch (error) {
  console.error(error.message);
  process.exit(1);
}

say('build');
const { status } = spawnSync('npm', ['run', '--silent', 'build'], { cwd: root, stdio: 'inherit' });
if (status !== 0) process.exit(status || 1);
const { runBenches } = await importBundled('bench', 'benches');
// Not process.exitCode: Node 20 has been seen to spin for ever in its own clean-up of handles after the last row.
process.exit(await runBenches(process.argv.slice(2)));
