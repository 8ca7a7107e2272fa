// Prosody 13 for the tests: Debian trixie's packages, unpacked beside and never installed. Needs no root.
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const suite = 'trixie';
/** With its own C library: the one of an older Debian is too old for these. */
const packages = [
  ...['prosody', 'prosody-modules', 'lua5.4', 'lua-bitop', 'lua-expat', 'lua-filesystem', 'lua-sec', 'lua-socket'],
  ...['libc6', 'libexpat1', 'libgcc-s1', 'libicu76', 'libreadline8t64', 'libssl3t64', 'libstdc++6', 'libtinfo6'],
  ...['libzstd1', 'zlib1g'],
];
const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg';

/** Where the packages are unpacked, with the programs `prosody` and `prosodyctl` on top. */
export const prosody13 = join(dirname(dirname(fileURLToPath(import.meta.url))), 'node_modules', '.cache', 'prosody13');

/** Downloads and unpacks; throws an Error whose message is for the user. Several at once do not disturb each other. */
export function unpackProsody13() {
  if (existsSync(prosody13)) return;
  const address = mirror();
  mkdirSync(dirname(prosody13), { recursive: true });
  const dir = mkdtempSync(`${prosody13}-`);
  try {
    const debs = download(dir, address);
    const unpacked = join(dir, 'unpacked');
    for (const deb of debs) run('dpkg-deb', ['-x', join(dir, 'debs', deb), unpacked]);
    makePrograms(unpacked);
    try {
      renameSync(unpacked, prosody13);
    } catch (error) {
      if (!existsSync(prosody13)) throw error;
    }
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

/** The Debian mirror that this machine's own packages come from. */
function mirror() {
  if (process.env.DEBIAN_MIRROR) return process.env.DEBIAN_MIRROR;
  const sources = run('apt-get', [
    'indextargets',
    '--format',
    '$(RELEASE) $(COMPONENT) $(SITE)',
    'Created-By: Packages',
  ]);
  const release = readFileSync('/etc/os-release', 'utf8');
  const [, codename] = /^VERSION_CODENAME="?(\w+)/m.exec(release) ?? [];
  const [, address] = new RegExp(`^${codename} main (\\S+)$`, 'm').exec(sources) ?? [];
  if (address && /^ID="?debian/m.test(release)) return address;
  throw new Error("Prosody 13 comes from Debian's packages, and apt knows no mirror. Name one in DEBIAN_MIRROR.");
}

/** An apt of its own: it knows that one suite, and nothing of what is installed here. Gives the names of the files. */
function download(dir, address) {
  const file = (name, text) => {
    writeFileSync(join(dir, name), text);
    return join(dir, name);
  };
  for (const name of ['debs', 'state/lists/partial', 'cache/archives/partial']) {
    mkdirSync(join(dir, name), { recursive: true });
  }
  const signedBy = existsSync(keyring) ? `[signed-by=${keyring}] ` : '';
  const config = {
    'Dir::Etc::sourcelist': file('sources.list', `deb ${signedBy}${address} ${suite} main\n`),
    'Dir::Etc::sourceparts': '/dev/null',
    'Dir::Etc::preferences': '/dev/null',
    'Dir::Etc::preferencesparts': '/dev/null',
    'Dir::State': join(dir, 'state'),
    'Dir::State::status': file('status', ''),
    'Dir::Cache': join(dir, 'cache'),
    'Acquire::Languages': 'none',
    // Downloads as the one who asks: the user that apt has for this may not enter our directory.
    'APT::Sandbox::User': 'root',
  };
  const lines = Object.entries(config).map(([name, value]) => `${name} ${JSON.stringify(value)};\n`);
  const env = { ...process.env, APT_CONFIG: file('apt.conf', lines.join('')) };
  run('apt-get', ['-q', 'update', '-o', 'APT::Update::Error-Mode=any'], { env });
  run('apt-get', ['-q', 'download', ...packages], { env, cwd: join(dir, 'debs') });
  return readdirSync(join(dir, 'debs'));
}

/** Debian writes absolute paths into the two programs: these find everything where they are, their own C library too. */
function makePrograms(dir) {
  const usr = join(dir, 'usr');
  const version = readFileSync(join(usr, 'lib', 'prosody', 'prosody.version'), 'utf8').trim();
  if (!version.startsWith('13.')) throw new Error(`Prosody 13: the mirror has version ${version}`);
  const triplet = readdirSync(join(usr, 'lib')).find((name) => name.includes('-linux-gnu')) ?? '';
  const linker = readdirSync(join(usr, 'lib', triplet)).find((name) => name.startsWith('ld-linux')) ?? '';
  for (const name of ['prosody', 'prosodyctl']) {
    const script = join(usr, 'bin', name);
    const moved = readFileSync(script, 'utf8')
      .replace(/^CFG_SOURCEDIR=.*$/m, "CFG_SOURCEDIR=os.getenv('PROSODY_SOURCE');")
      .replace(/^CFG_PLUGINDIR=.*$/m, "CFG_PLUGINDIR=CFG_SOURCEDIR..'/modules/';");
    writeFileSync(script, moved);
    const lines = [
      '#!/bin/sh',
      'usr=$(dirname "$(realpath "$0")")/usr',
      `lib=$usr/lib/${triplet}`,
      'export LUA_PATH="$usr/share/lua/5.4/?.lua" LUA_CPATH="$lib/lua/5.4/?.so"',
      'export PROSODY_SOURCE="$usr/lib/prosody" OPENSSL_CONF=/dev/null',
      `exec "$lib/${linker}" --library-path "$lib" "$usr/bin/lua5.4" "$usr/bin/${name}" "$@"`,
    ];
    writeFileSync(join(dir, name), `${lines.join('\n')}\n`, { mode: 0o755 });
  }
}

function run(command, args, options = {}) {
  const { status, error, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8', ...options });
  if (error) throw new Error(`Prosody 13 comes from Debian's packages, and ${command} does not run: ${error.message}`);
  if (status !== 0) throw new Error(`Prosody 13: ${command} ${args.join(' ')} failed\n${stdout}${stderr}`);
  return stdout;
}
