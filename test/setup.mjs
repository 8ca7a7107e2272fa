// Puts on this machine what the tests and the demo need, or says which line does. Works before node_modules exists.
// node test/setup.mjs PART…: the same by hand.
import { spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { connect } from 'node:net';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { prosody13, unpackProsody13 } from './prosody13.mjs';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** What a part consists of, and the packages that bring it. Without a Homebrew name macOS has no such part. */
const parts = {
  bash: { commands: ['bash'], debian: ['bash'], brew: 'bash' },
  curl: { commands: ['curl'], debian: ['curl'], brew: 'curl' },
  ejabberd: { commands: ['ejabberdctl', 'erl'], debian: ['ejabberd'], brew: 'ejabberd' },
  fish: { commands: ['fish'], debian: ['fish'], brew: 'fish' },
  gajim: { commands: ['gajim'], debian: ['gajim'] },
  'gnome-keyring': {
    commands: ['gnome-keyring-daemon', 'dbus-daemon', 'dbus-send', 'secret-tool'],
    debian: ['gnome-keyring', 'dbus', 'libsecret-1-0', 'libsecret-tools'],
  },
  jq: { commands: ['jq'], debian: ['jq'], brew: 'jq' },
  mandoc: { commands: ['mandoc'], debian: ['mandoc'], brew: 'mandoc' },
  openssl: { commands: ['openssl'], debian: ['openssl'], brew: 'openssl' },
  prosody: { commands: ['prosody', 'prosodyctl'], debian: ['prosody'], brew: 'prosody/prosody/prosody' },
  zsh: { commands: ['zsh'], debian: ['zsh'], brew: 'zsh' },
};

/** What comes into this directory and changes nothing on the machine; in this order. */
const ownParts = { node_modules: ensureNodeModules, prosody13: ensureProsody13 };

/** Makes sure that each of these is there; throws an Error whose message is for the user otherwise. */
export async function ensure(names) {
  for (const [name, bring] of Object.entries(ownParts)) if (names.includes(name)) bring();
  const missing = names.filter((name) => !(name in ownParts) && !isThere(name));
  if (missing.length === 0) return;
  if (process.platform === 'darwin') installWithBrew(missing);
  else await installWithApt(missing);
  const still = missing.filter((name) => !isThere(name));
  if (still.length > 0) throw new Error(`installed, but not found: ${still.join(', ')}`);
}

function isThere(name) {
  const part = parts[name];
  if (!part) throw new Error(`setup.mjs knows no part ${name}`);
  // An ordinary user's PATH on Debian is without sbin, where ejabberdctl lives.
  const places = [...(process.env.PATH ?? '').split(':'), '/usr/sbin', '/opt/homebrew/sbin', '/usr/local/sbin'];
  return part.commands.every((command) => places.some((place) => existsSync(join(place, command))));
}

function ensureNodeModules() {
  const installed = join(root, 'node_modules', '.package-lock.json');
  const changed = (file) => statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  if (changed(installed) > 0 && changed(installed) >= changed(join(root, 'package-lock.json'))) return;
  say('installing node_modules (npm ci)');
  const { status } = spawnSync('npm', ['ci', '--no-audit', '--no-fund'], { cwd: root, stdio: ['ignore', 2, 2] });
  if (status !== 0) throw new Error('node_modules is missing or old. Install it with:\n  npm ci');
}

function ensureProsody13() {
  if (existsSync(prosody13)) return;
  say('unpacking Prosody 13 (packages of Debian trixie)');
  unpackProsody13();
}

function installWithBrew(missing) {
  const foreign = missing.filter((name) => !parts[name].brew);
  if (foreign.length > 0) throw new Error(`not available on macOS: ${foreign.join(', ')}`);
  const packages = missing.map((name) => parts[name].brew);
  say(`installing ${packages.join(', ')} (Homebrew)`);
  const { status } = spawnSync('brew', ['install', '--quiet', ...packages], { stdio: ['ignore', 2, 2] });
  if (status !== 0)
    throw new Error(`missing: ${missing.join(', ')}. Install with:\n  brew install ${packages.join(' ')}`);
}

/**
 * Debian starts a server when it is installed, and again at each boot, on all addresses. We want the programs only: a
 * policy-rc.d (ours for this moment, unless the machine has one) forbids the start, and services that are new are disabled.
 */
const aptScript = `
policy=/usr/sbin/policy-rc.d
if ! [ -e $policy ]; then
  trap 'rm -f $policy' EXIT
  trap 'exit 130' HUP INT TERM
  printf '#!/bin/sh\\nexit 101\\n' >$policy && chmod 755 $policy || exit 1
fi
new=
for service in prosody.service ejabberd.service epmd.service epmd.socket; do
  [ -e /lib/systemd/system/$service ] || new="$new $service"
done
export DEBIAN_FRONTEND=noninteractive
install() { apt-get -q -y -o DPkg::Lock::Timeout=300 install --no-install-recommends "$@"; }
install "$@" || { apt-get -q update && install "$@"; } || exit 1
command -v systemctl >/dev/null || exit 0
for service in $new; do
  [ ! -e /lib/systemd/system/$service ] || systemctl --quiet disable $service
done
`;

async function installWithApt(missing) {
  const packages = missing.flatMap((name) => parts[name].debian);
  const line = `sudo apt-get install -y --no-install-recommends ${packages.join(' ')}`;
  const help = `missing: ${missing.join(', ')}. Install with:\n  ${line}`;
  const asRoot = process.getuid() === 0 ? [] : ['sudo', '-n'];
  if (spawnSync('apt-get', ['--version']).status !== 0)
    throw new Error(`missing: ${missing.join(', ')}, and no apt-get`);
  if (asRoot.length > 0 && spawnSync('sudo', ['-n', 'true']).status !== 0) throw new Error(help);
  const busy = await someoneListensOn(5222);
  say(`installing ${packages.join(', ')} (apt-get)`);
  const [command, ...args] = [...asRoot, 'sh', '-c', aptScript, 'sh', ...packages];
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  if (status !== 0) throw new Error(`${stdout}${stderr}\n${help}`);
  if (!busy && (await someoneListensOn(5222))) {
    throw new Error('the installed server was started. Stop it with:\n  sudo systemctl disable --now prosody ejabberd');
  }
}

function someoneListensOn(port) {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}

export function say(text) {
  console.error(`xmppctl: ${text}`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await ensure(process.argv.slice(2)).catch((error) => {
    console.error(error.message);
    process.exitCode = 1;
  });
}
