/** ~/.sendxmpprc and go-sendxmpp's config: one account, in lines of `key: value` or as `user@domain;host:port password`. */
import { XmppctlError } from '../errors.ts';
import { type Jid, parseJid } from '../xmpp/jid.ts';

/** An account as another program keeps it; whatever is missing is undefined. */
export interface KeptAccount {
  readonly jid: Jid;
  /** As --server takes it, where it is not what DNS says. */
  readonly server: string | undefined;
  readonly password: string | undefined;
  readonly passwordCommand: string | undefined;
  /** The nickname in rooms. */
  readonly nick: string | undefined;
}

/** What such a file says, or the options of a sendxmpp command line in its place. */
export interface SendxmppSettings {
  /** With or without a domain. */
  readonly username?: string | undefined;
  /** `HOST` or `HOST:PORT`. */
  readonly jserver?: string | undefined;
  readonly port?: string | undefined;
  readonly password?: string | undefined;
  readonly evalPassword?: string | undefined;
  /** The domain of the account where it is not that of the server. */
  readonly component?: string | undefined;
  readonly alias?: string | undefined;
  readonly directTls?: boolean;
}

const keys = {
  username: 'username',
  jserver: 'jserver',
  port: 'port',
  password: 'password',
  eval_password: 'evalPassword',
  component: 'component',
  alias: 'alias',
  resource: 'alias',
} as const;

/** Reads the file's text; throws kind config, naming the line but nothing of what stands there. */
export function parseSendxmpprc(text: string, path: string): SendxmppSettings {
  let settings: Record<string, string> = {};
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (/^\s*(#|$)/.test(line)) continue;
    const pair = /^([a-z_-]+):\s*(.*?)\s*$/.exec(line);
    const whole = /^\s*([^\s@;:]+)@([^\s;:]+)(?:;([^\s:]+))?(?::(\d+))?\s+(\S+)(?:\s+(\S+))?\s*$/.exec(line);
    if (pair?.[1] !== undefined) {
      const key = Object.hasOwn(keys, pair[1]) ? keys[pair[1] as keyof typeof keys] : undefined;
      if (key !== undefined && pair[2] !== undefined && pair[2] !== '') settings[key] = pair[2];
    } else if (whole) settings = ofOneLine(whole);
    else throw new XmppctlError('config', `${path}: line ${index + 1} is not of the format of sendxmpp`);
  }
  return settings;
}

function ofOneLine([, user, domain, host, port, password, component]: RegExpExecArray): Record<string, string> {
  const values = { username: `${user}@${component ?? domain}`, jserver: host ?? domain, port, password };
  return Object.fromEntries(
    Object.entries(values).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}

/** The account that the settings mean; throws kind config if they name none. */
export function accountOf(settings: SendxmppSettings, path: string): KeptAccount {
  const { username, component, password, evalPassword, alias } = settings;
  const [, host, ownPort] = /^(.*?)(?::(\d+))?$/.exec(settings.jserver ?? '') ?? [];
  const port = ownPort ?? (settings.port === '0' ? undefined : settings.port);
  if (username === undefined) throw new XmppctlError('config', `${path} names no user`);
  const domain = component ?? (host === '' ? undefined : host);
  if (!username.includes('@') && domain === undefined) {
    throw new XmppctlError('config', `${path} names the user '${username}' but no server`);
  }
  const jid = bareJid(username.includes('@') ? username : `${username}@${domain}`, path);
  return {
    jid,
    server: serverOf(jid, host || undefined, port, settings.directTls),
    password,
    passwordCommand: evalPassword,
    nick: alias,
  };
}

/** A JID without its resource; throws kind config, naming the file. */
export function bareJid(text: string, path: string): Jid {
  try {
    return parseJid(parseJid(text).bare);
  } catch (error) {
    throw new XmppctlError('config', `${path}: ${(error as Error).message}`, { cause: error });
  }
}

/** A server as --server takes it; undefined where DNS is to say: the host is the domain and no port is given. */
export function serverOf(
  { domain }: Jid,
  host: string | undefined,
  port: string | undefined,
  directTls = false,
): string | undefined {
  const direct = directTls || port === '5223';
  if (port === undefined && !direct && (host === undefined || host === domain)) return undefined;
  const name = host ?? domain;
  const address = name.includes(':') && !name.startsWith('[') ? `[${name}]` : name;
  return `${direct ? 'xmpps' : 'xmpp'}://${address}${port === undefined ? '' : `:${port}`}`;
}
