/** Profanity's file of accounts: groups of `key=value` as GLib writes them. */
import { bareJid, type KeptAccount, serverOf } from './sendxmpprc.ts';

/** The accounts in the file's text; throws kind config, naming the group, for one that has no valid JID. */
export function parseProfanityAccounts(text: string, path: string): KeptAccount[] {
  const groups = new Map<string, Map<string, string>>();
  let group: Map<string, string> | undefined;
  for (const line of text.split(/\r?\n/)) {
    const name = /^\[(.+)\]\s*$/.exec(line)?.[1];
    const pair = /^([^#=\s][^=]*?)\s*=\s*(.*)$/.exec(line);
    if (name !== undefined) {
      group = new Map();
      groups.set(name, group);
    } else if (pair?.[1] !== undefined) group?.set(pair[1], unescaped(pair[2] ?? ''));
  }
  return [...groups].map(([name, keys]) => {
    const jid = bareJid(keys.get('jid') ?? name, `${path}, [${name}]`);
    const policy = keys.get('tls.policy');
    return {
      jid,
      server: serverOf(jid, keys.get('server'), keys.get('port'), policy === 'legacy' || policy === 'direct'),
      password: keys.get('password'),
      passwordCommand: keys.get('eval_password'),
      nick: keys.get('muc.nick'),
    };
  });
}

const escapes: Readonly<Record<string, string>> = { s: ' ', n: '\n', t: '\t', r: '\r', '\\': '\\' };

/** The escapes of a GKeyFile; a value that does not end well is taken as it is. */
const unescaped = (value: string): string =>
  value.replace(/\\([sntr\\])/g, (_all, letter: string) => escapes[letter] ?? letter);
