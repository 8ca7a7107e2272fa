// What the demo, the benches and the soak begin with.
import { spawnSync } from 'node:child_process';
import { ensure, root, say } from './setup.mjs';

/** Makes sure of these parts and builds the program, or ends with what is missing. */
export async function prepare(parts) {
  try {
    await ensure(['node_modules', ...parts]);
  } catch (error) {
    console.error(error.message);
    process.exit(1);
  }
  say('build');
  const { status } = spawnSync('npm', ['run', '--silent', 'build'], { cwd: root, stdio: 'inherit' });
  if (status !== 0) process.exit(status || 1);
}
