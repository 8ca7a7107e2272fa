// npm test: installs what is missing, builds, checks types and style, and runs every test. Arguments go to vitest.
import { spawnSync } from 'node:child_process';
import { ensure, root, say } from './setup.mjs';

const onMac = process.platform === 'darwin' && !process.env.CI;
const vitestArgs = process.argv.slice(2);

/** gnome-keyring and Gajim are there on Linux only, and so are dpkg and Debian's packages of Prosody 13. */
const linuxOnly = onMac
  ? [
      'test/keyring/**',
      'test/man/examples.test.ts',
      'test/packaging/deb.test.ts',
      'test/**/*prosody13*',
      'test/**/*gajim*',
    ]
  : [];

const steps = [
  ['build', 'npm', ['run', '--silent', 'build']],
  ['types', 'npm', ['run', '--silent', 'types']],
  ['lint', 'npm', ['run', '--silent', 'lint']],
  ['tests', 'npx', ['vitest', 'run', ...linuxOnly.flatMap((files) => ['--exclude', files]), ...vitestArgs]],
];

const servers = ['openssl', 'prosody', 'ejabberd', ...(onMac ? [] : ['gnome-keyring', 'prosody13', 'gajim'])];
const shells = ['bash', 'zsh', 'fish', 'mandoc', 'jq', 'curl'];

try {
  await ensure(['node_modules', ...servers, ...shells]);
} catch (error) {
  console.error(error.message);
  process.exit(1);
}

for (const [name, command, args] of steps) {
  say(name);
  const { status, signal } = spawnSync(command, args, { cwd: root, stdio: 'inherit' });
  if (status !== 0) {
    say(`${name} failed${signal ? ` (${signal})` : ''}`);
    process.exit(status || 1);
  }
}
