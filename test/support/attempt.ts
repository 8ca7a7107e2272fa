/** A client against a server that means harm: in process, and as the built program with what must hold in every case. */
import { readFileSync } from 'node:fs';
import { expect } from 'vitest';
import { type ErrorKind, errorKinds, XmppctlError } from '../../src/errors.ts';
import { openSession } from '../../src/session/open.ts';
import { createResolver } from '../../src/session/resolver.ts';
import type { Credentials } from '../../src/session/sasl/mechanism.ts';
import type { OpenOptions } from '../../src/session/secured-stream.ts';
import type { OpenSession } from '../../src/session/session.ts';
import { parseJid } from '../../src/xmpp/jid.ts';
import { buildPresence } from '../../src/xmpp/presence.ts';
import type { Element } from '../../src/xmpp/xml.ts';
import { crowd } from './in-time.ts';
import { mechanismsFeature, type Peer } from './peer.ts';
import { type Script, type ScriptedServer, type ServerOptions, scriptedServer } from './scripted-server.ts';
import { type Result, xmppctl } from './xmppctl.ts';

/** What no output may show. */
export const password = 'correct-horse-7431';
const never = new AbortController().signal;

export interface Where {
  /** Default alice@localhost. */
  jid?: string;
  /** `--server`; null: let DNS find it. */
  server?: string | null;
  caFile?: string | undefined;
  pin?: string;
  proxy?: string;
  /** `host:port` of a DNS server. */
  resolver?: string;
  allowPlain?: boolean;
  insecureNoTls?: boolean;
  /** '' gives none. */
  password?: string;
  /** Of `--timeout`; default 5. */
  seconds?: number;
}

type Target = Pick<ScriptedServer, 'url' | 'caFile'>;
const placeOf = (target: Target | undefined, { server = target?.url ?? null, caFile = target?.caFile }: Where) => ({
  server: server ?? undefined,
  caFile,
});

/** The environment in which alice logs in there. */
export const aliceAt = ({ url, caFile }: Target) => ({
  XMPPCTL_SERVER: url,
  XMPPCTL_CA_FILE: caFile,
  XMPPCTL_ACCOUNT: 'alice@localhost',
  XMPPCTL_PASSWORD: password,
});

/** The options of openSession and openStream as the command line would make them. */
export function openOptions(target?: Target, where: Where = {}): OpenOptions & { lines: string[] } {
  const { server, caFile } = placeOf(target, where);
  const lines: string[] = [];
  const seconds = where.seconds ?? 5;
  const late = new XmppctlError('tempfail', `no answer within ${seconds} s`);
  const deadline = new AbortController();
  setTimeout(() => deadline.abort(late), seconds * 1000).unref();
  return {
    domain: parseJid(where.jid ?? 'alice@localhost').domain,
    trust: { ca: caFile === undefined ? undefined : readFileSync(caFile, 'utf8'), pin: where.pin },
    server,
    proxy: where.proxy,
    insecureNoTls: where.insecureNoTls ?? false,
    resolver: createResolver(where.resolver),
    signal: deadline.signal,
    stopped: never,
    verbose: (line) => lines.push(line),
    warn: (line) => lines.push(line),
    randomId: () => crypto.randomUUID(),
    lines,
  };
}

export function credentials(where: Where = {}): Credentials {
  const { local } = parseJid(where.jid ?? 'alice@localhost');
  return {
    username: local,
    password: async () => where.password ?? password,
    allowPlain: where.allowPlain ?? false,
  };
}

export function open(target?: Target, where: Where = {}): Promise<OpenSession> {
  return openSession(parseJid(where.jid ?? 'alice@localhost'), credentials(where), openOptions(target, where));
}

/** The error that a promise ends in, which must be one of ours. */
export async function failure(promise: Promise<unknown>): Promise<XmppctlError> {
  const error = await promise.then(
    () => new Error('it went well'),
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof XmppctlError)) throw error;
  return error;
}

export interface RunOptions extends Where {
  env?: Record<string, string>;
  home?: string;
  input?: string;
  /** When it has to be gone, in seconds; default that of `--timeout`, which only counts silence in transfers. */
  within?: number;
}

/** Runs the built program against the server; checks what must hold in every case, but not the exit status. */
export async function run(args: readonly string[], target?: Target, options: RunOptions = {}): Promise<Result> {
  const { server, caFile } = placeOf(target, options);
  const { jid = 'alice@localhost', seconds = 5, pin, proxy, resolver, env } = options;
  const flags = [
    `--timeout=${seconds}`,
    ...(options.allowPlain ? ['--allow-plain'] : []),
    ...(options.insecureNoTls ? ['--insecure-no-tls'] : []),
  ];
  const given = { SERVER: server, CA_FILE: caFile, PIN: pin, PROXY: proxy, RESOLVER: resolver, ACCOUNT: jid };
  const named = Object.entries({ ...given, PASSWORD: (options.password ?? password) || undefined });
  const result = await xmppctl([...args, ...flags], {
    ...(options.home === undefined ? {} : { home: options.home }),
    ...(options.input === undefined ? {} : { input: options.input }),
    env: {
      ...Object.fromEntries(
        named.flatMap(([name, value]) => (value === undefined ? [] : [[`XMPPCTL_${name}`, value]])),
      ),
      ...env,
    },
    timeout: (options.within ?? seconds) * 1000 + 20_000,
  });
  expectHarmless(result, options.within ?? seconds);
  return result;
}

/** No stack trace, no secret, no control character, no bug, and gone by the deadline and two seconds. */
function expectHarmless({ stdout, stderr, exitCode, durationMs, signal, timedOut }: Result, seconds: number): void {
  const output = stdout + stderr;
  expect(signal, output).toBeUndefined();
  expect(timedOut, output).toBe(false);
  expect(exitCode, output).not.toBe(70);
  expect(output).not.toMatch(/^\s+at .*:\d+|node:internal|file:\/\/|\bdist\/|TypeError|RangeError|Unhandled/m);
  expect(output).not.toContain(password);
  expect(output).not.toMatch(/[^\P{Cc}\n\t]|[\u2028\u2029\u202a-\u202e\u2066-\u2069]/u);
  // The two seconds are those of a machine that has nothing else to do.
  expect(durationMs).toBeLessThan(seconds * 1000 + 2000 * crowd());
}

/** Lets alice in; once she shows herself as online, sends that. Then it answers until she leaves. */
export const says =
  (hostile: string | Buffer | readonly (string | Buffer)[]): Script =>
  async (peer) => {
    await peer.login({ password });
    peer.acks();
    await peer.session(async ({ name }) => {
      if (name !== 'presence') return undefined;
      for (const part of Array.isArray(hostile) ? hostile : [hostile]) await peer.send(part);
      return '';
    });
  };

/** All that a session hears after it has shown itself as online, and how it ended. */
export async function hear(server: ScriptedServer, until = Number.POSITIVE_INFINITY) {
  await using session = await open(server);
  const heard: Element[] = [];
  const stanzas = session.stanzas((stanza) => stanza);
  await session.send(buildPresence());
  try {
    for await (const stanza of stanzas) if (heard.push(stanza) >= until) return { heard, error: undefined };
  } catch (error) {
    if (!(error instanceof XmppctlError)) throw error;
    return { heard, error };
  }
  return { heard, error: undefined };
}

export interface Refusal {
  kind: ErrorKind;
  message?: RegExp;
  /** Not by the program: a neighbour in the same test stands for it. */
  inProcessOnly?: boolean;
}

/**
 * Both ways against one script: the opening ends in that kind, and `xmppctl send` with its exit status and without a word
 * on stdout. Gives the server, already closed, to look at what it saw.
 */
export async function refused(
  options: ServerOptions,
  script: Script,
  { kind, message = /./, inProcessOnly = false }: Refusal,
  where: Where = {},
): Promise<ScriptedServer> {
  await using server = await scriptedServer(options, script);
  const running = inProcessOnly ? undefined : run(['send', 'bob@localhost', 'hello'], server, where);
  const [error, result] = await Promise.all([failure(open(server, where)), running]);
  expect([error.kind, error.message]).toEqual([kind, expect.stringMatching(message)]);
  if (!result) return server;
  expect([result.exitCode, result.stdout], result.stderr).toEqual([errorKinds[kind].exit, '']);
  expect(result.stderr).toMatch(message);
  return server;
}

/** What a good server does: lets alice in at that domain, and answers until she leaves. */
export const welcomes =
  (login: Parameters<Peer['login']>[0] = {}): Script =>
  async (peer) => {
    await peer.login({ password, ...login });
    peer.acks();
    await peer.session();
  };

/** The same for `login`, which leaves as soon as the password is proved. */
export const welcomesBriefly =
  (domain = 'localhost'): Script =>
  async (peer) => {
    await peer.header({ from: domain });
    await peer.features(mechanismsFeature(['SCRAM-SHA-256']));
    await peer.scram({ password });
    await peer.header({ from: domain });
    await peer.features('');
    await peer.session();
  };

/** Both ways: a session comes about, and `xmppctl send` delivers. Gives the server, already closed. */
export async function accepted(options: ServerOptions, script: Script, where: Where = {}): Promise<ScriptedServer> {
  await using server = await scriptedServer(options, script);
  await (await open(server, where)).close();
  const result = await run(['send', 'bob@localhost', 'hello'], server, where);
  expect([result.exitCode, result.stdout, result.stderr]).toEqual([0, '', expect.stringMatching(/^(xmppctl: .*\n)?$/)]);
  expect(server.transcripts.at(-1)?.tls || server.transcripts.at(-1)?.plain).toContain('<body>hello</body>');
  return server;
}
