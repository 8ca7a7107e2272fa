/** Started under the name of sendxmpp or go-sendxmpp: their command lines, said in ours. */
import { stat } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { placesOf, readForeignFile } from '../account/other-programs.ts';
import { accountOf, type KeptAccount, parseSendxmpprc, type SendxmppSettings } from '../account/sendxmpprc.ts';
import { shellWord, XmppctlError } from '../errors.ts';
import type { System } from '../system.ts';
import type { SendxmppName } from './old-name.ts';
import { type OldCommandLine, readOldOptions } from './sendxmpp-options.ts';
import { usageOf } from './sendxmpp-usage.ts';

/** What to do in place of the old program. */
export type Translated =
  | { readonly kind: 'usage'; readonly text: string }
  | {
      readonly kind: 'run';
      /** A command line of ours; the password is never on it. */
      readonly argv: readonly string[];
      readonly password: string | undefined;
      readonly roomPassword?: string | undefined;
      readonly warnings: readonly string[];
    };

const unsupported = /^(sso|http|fast-invalidate|ox(-.*)?)$/;

/** Throws kind usage for what cannot be done, config or noinput for a configuration file that cannot be used. */
export async function translate(name: SendxmppName, system: System): Promise<Translated> {
  const line = readOldOptions(name, system.argv);
  const { options } = line;
  if (options.has('version')) return { kind: 'run', argv: ['--version'], password: undefined, warnings: [] };
  if (options.has('help') || options.has('usage')) {
    return { kind: 'usage', text: usageOf(name) };
  }
  for (const option of options.keys()) {
    if (unsupported.test(option)) throw new XmppctlError('usage', `--${option} of ${name} is not supported`);
  }
  const account = await accountFor(name, line, system);
  const password = options.get('password') ?? account?.password;
  const warnings = warningsOf(line);
  const ca = await caFile(name, line, warnings);
  const argv = [...commandOf(name, line, account), ...connectionOf(line, account, ca, password !== undefined)];
  return { kind: 'run', argv, password, roomPassword: options.get('muc-password'), warnings };
}

/** A system in which our command line was given; the password goes by a variable that no child ever gets. */
export function inOurWords(system: System, translated: Extract<Translated, { kind: 'run' }>): System {
  const { argv, password, roomPassword } = translated;
  const { XMPPCTL_PASSWORD_FILE: _file, XMPPCTL_PASSWORD_COMMAND: _command, ...others } = system.env;
  const env = password === undefined ? system.env : { ...others, XMPPCTL_PASSWORD: password };
  const secrets = roomPassword === undefined ? {} : { 'room-password': roomPassword };
  return Object.create(system, { argv: { value: argv }, env: { value: env }, secrets: { value: secrets } });
}

/** The account of the options and the configuration file; undefined: that of xmppctl, where there is no such file. */
async function accountFor(
  name: SendxmppName,
  { options }: OldCommandLine,
  system: System,
): Promise<KeptAccount | undefined> {
  const given: SendxmppSettings = {
    username: options.get('username'),
    jserver: options.get('jserver'),
    component: options.get('component'),
  };
  if (options.has('anonymous')) {
    const domain = given.username ?? given.jserver;
    return domain === undefined ? undefined : accountOf({ username: `x@${domain}`, jserver: given.jserver }, name);
  }
  const isWhole = given.username !== undefined && options.has('password');
  const file = isWhole ? undefined : await settingsFile(name, options.get('file'), system);
  const settings = { ...file?.settings, ...defined(given), directTls: options.has('ssl') };
  if (settings.username === undefined) return undefined;
  return accountOf(settings, file?.path ?? 'the command line');
}

async function settingsFile(name: SendxmppName, given: string | undefined, system: System) {
  const { sendxmpp, 'go-sendxmpp': goSendxmpp } = placesOf(system);
  const places = given === undefined ? [...(name === 'go-sendxmpp' ? goSendxmpp : []), ...sendxmpp] : [given];
  for (const path of places) {
    const found = await readForeignFile(path, system);
    if (!found) continue;
    if (found.readableByOthers) {
      throw new XmppctlError('config', `other users can read ${path}`, { hint: `Run: chmod 600 ${shellWord(path)}` });
    }
    return { settings: parseSendxmpprc(found.text, path), path };
  }
  if (given !== undefined) throw new XmppctlError('noinput', `cannot read ${given}: there is no such file`);
  return undefined;
}

function commandOf(name: SendxmppName, { options, words }: OldCommandLine, account: KeptAccount | undefined): string[] {
  const type = options.get('message-type') ?? (options.has('headline') ? 'headline' : undefined);
  const inRoom = options.has('chatroom') || type === 'groupchat';
  const domain = options.get('component') ?? options.get('jserver')?.replace(/:\d+$/, '');
  // Google's server was used with bare names; so may any be whose component is named.
  const to = words.map((word) => (word.includes('@') || !options.has('component') ? word : `${word}@${domain}`));
  if (options.has('listen')) return ['listen', ...to.flatMap((jid) => ['--from', jid])];
  if (options.has('raw')) {
    if (to.length > 0) throw new XmppctlError('usage', '--raw takes no recipients: they stand in the XML');
    return ['raw'];
  }
  if (to.length === 0) throw new XmppctlError('usage', `${name} needs a recipient`, { hint: `See ${name} --help.` });
  const upload = options.get('http-upload');
  if (upload !== undefined) {
    if (inRoom) throw new XmppctlError('usage', '--http-upload does not go with --chatroom');
    return ['sendfile', ...to.flatMap((jid) => ['--to', jid]), isAbsolute(upload) ? upload : `./${upload}`];
  }
  return [
    ...(inRoom ? ['muc', 'send'] : ['send']),
    ...to.flatMap((jid) => ['--to', jid]),
    ...(inRoom ? nickOf(options, account) : typeOf(type)),
    ...valueOption('--subject', options.get('subject')),
    ...valueOption('--url', options.get('oob-file')),
    ...bodyOf(options),
  ];
}

function bodyOf(options: OldCommandLine['options']): string[] {
  const file = options.get('message');
  if (options.has('interactive')) {
    if (file !== undefined) throw new XmppctlError('usage', '--message and --interactive cannot be given together');
    return ['--lines'];
  }
  return ['--body-file', file ?? '-'];
}

/** Which name to go by in rooms; elsewhere a fixed resource would only make two jobs throw each other out. */
function nickOf(options: OldCommandLine['options'], account: KeptAccount | undefined): string[] {
  return valueOption('--nick', options.get('alias') ?? options.get('resource') ?? account?.nick);
}

function typeOf(type: string | undefined): string[] {
  if (type === undefined || type === 'message') return [];
  if (type === 'chat' || type === 'headline' || type === 'normal') return ['--type', type];
  throw new XmppctlError('usage', `--message-type: '${type}' is not one of chat, groupchat, headline, normal`);
}

function connectionOf(
  { options }: OldCommandLine,
  account: KeptAccount | undefined,
  ca: string | undefined,
  hasPassword: boolean,
): string[] {
  const isAnonymous = options.has('anonymous');
  const jid = isAnonymous ? account?.jid.domain : account?.jid.bare;
  return [
    ...valueOption('--account', jid),
    ...valueOption('--server', account?.server),
    ...valueOption('--ca-file', ca),
    ...valueOption('--password-command', hasPassword || isAnonymous ? undefined : account?.passwordCommand),
    ...valueOption('--timeout', options.get('timeout')),
    ...(options.has('allow-plain') ? ['--allow-plain'] : []),
    ...(options.has('verbose') || options.has('debug') ? ['--verbose'] : []),
  ];
}

const valueOption = (name: string, value: string | undefined): string[] =>
  value === undefined ? [] : [`${name}=${value}`];

function warningsOf({ options }: OldCommandLine): string[] {
  const warnings: string[] = [];
  if (options.has('password')) {
    warnings.push('-p shows the password to every user of this machine; use -f FILE, or store it with xmppctl login');
  }
  if (options.has('muc-password')) {
    warnings.push(
      '--muc-password shows it to every user of this machine; use xmppctl muc send with --room-password-file FILE',
    );
  }
  if (options.has('no-tls-verify')) {
    warnings.push(
      '-n is ignored: certificates are always verified; for one that no CA vouches for: xmppctl login --pin',
    );
  }
  return warnings;
}

/** A directory of certificates as OpenSSL wants it has one file with all of them on every distribution. */
async function caFile(
  name: SendxmppName,
  { options }: OldCommandLine,
  warnings: string[],
): Promise<string | undefined> {
  const path = name === 'sendxmpp' ? options.get('tls-ca-path') : undefined;
  if (path === undefined) return undefined;
  for (const file of [path, ...bundles.map((bundle) => join(path, bundle))]) {
    const found = await stat(file).catch(() => undefined);
    if (found?.isFile()) return file;
  }
  warnings.push(`--tls-ca-path: ${path} has no file with all certificates; those that come with Node.js are used`);
  return undefined;
}
const bundles = ['ca-certificates.crt', 'ca-bundle.crt', 'tls-ca-bundle.pem', 'cert.pem'];

const defined = (settings: SendxmppSettings): SendxmppSettings =>
  Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined));
