/** What a command may touch beside its arguments: types only, so that tests can hand in anything. */
import type { CompletionEntry, CompletionKind } from '../account/completion-cache.ts';
import type { AccountSettings, SecretPlace } from '../account/config.ts';
import type { Cursor, Position } from '../account/cursor-file.ts';
import type { SecretSources } from '../account/given-secret.ts';
import type { Outbox } from '../account/outbox.ts';
import type { ProgramEnd, ProgramOptions } from '../account/programs.ts';
import type { KeptAccount } from '../account/sendxmpprc.ts';
import type { Command } from '../grammar/command.ts';
import type { Https } from '../session/https.ts';
import type { ProvedLogin } from '../session/open.ts';
import type { Probe } from '../session/probe.ts';
import type { Session, UnauthenticatedStream } from '../session/types.ts';
import type { Jid } from '../xmpp/jid.ts';
import type { Element } from '../xmpp/xml.ts';

export interface Context {
  /** The account that --account, the environment or the configuration name. Throws kind config if there is none. */
  account(): Promise<Jid>;
  /** Connects and logs in as that account; closed by `await using`. */
  connect(options?: ConnectOptions): Promise<Session>;
  /** Connects to a domain without logging in. */
  connectWithoutLogin(domain: string): Promise<UnauthenticatedStream>;
  /** Logs in once as `jid` and says what was seen on the way; the password comes from the usual sources. */
  proveLogin(jid: Jid, options?: ProofOptions): Promise<ProvedLogin>;
  /** A password from --password-stdin, -file, -command, the environment or the prompt, but not a stored one. */
  givenPassword(jid: Jid, options?: { confirm?: boolean }): Promise<string>;
  /**
   * Another secret, from the source that --OPTION-file, -stdin or -command names; undefined if none does. Throws kind
   * config if the source does not give it.
   */
  secret(option: string, sources: SecretSources): Promise<string | undefined>;
  /**
   * The password to be: from --new-password-file, -stdin or -command, or typed twice at the terminal, after the present one was
   * found. Throws kind usage if there is no way to get it, kind config if the source does not give it.
   */
  newPassword(jid: Jid, sources: SecretSources): Promise<string>;

  /** The connection options of the command line, to be remembered with the account; paths made absolute. */
  connectionSettings(): Partial<AccountSettings>;

  /** A cursor of the account, for this process alone. Throws conflict, osfile or cantcreat. */
  openCursor(name: string): Promise<Cursor>;
  /** Where a cursor is, whoever holds it; undefined if there is none. Throws osfile. */
  cursorPosition(name: string): Promise<Position | undefined>;

  /** The outbox of the account, for this process alone; waits that long for another. Throws conflict or cantcreat. */
  openOutbox(patienceMs: number): Promise<Outbox>;

  readonly accounts: Accounts;
  readonly diagnosis: Diagnosis;
  readonly otherPrograms: OtherPrograms;
  /** Which system this is: programs have other names on others. */
  readonly platform: string;
  /** Runs a program without a shell; stopped when the command is. Never throws. */
  runProgram(command: readonly string[], options: Omit<ProgramOptions, 'signal'>): Promise<ProgramEnd>;
  /** All commands, for what is made from their definitions. */
  commands(): Promise<readonly Command[]>;
  /** What the account keeps to be faster; may be empty at any time. */
  readonly cache: Cache;
  /**
   * Adds names to those that shells offer at TAB; `replace`: they are all there are of that kind. Never fails. The account
   * is that of the command unless another is given.
   */
  remember(
    kind: CompletionKind,
    entries: readonly CompletionEntry[],
    options?: { replace?: boolean; account?: Jid },
  ): Promise<void>;
  /** HTTPS by the trust and the proxy of the account, if there is one. A dry run ends here. */
  https(): Promise<Https>;
  /** A line on stderr that tells how far something is; nothing where stderr is no terminal. */
  progress(text: string): Promise<Progress>;
  readonly input: Input;
  readonly files: Files;
  readonly clock: Clock;
  /** Aborted by SIGINT and SIGTERM; a stream ends then. */
  readonly stopped: AbortSignal;
  /** Milliseconds left of --timeout. */
  left(): number;
  /** Milliseconds of --timeout as it was given: what one step of a command that runs until it is stopped may take. */
  timeout(): number;
  randomId(): string;

  /** A line on stderr that the user should know, unless --quiet. */
  notice(line: string): void;
  /** Something is wrong but the command goes on: stderr, also with --quiet. */
  warn(line: string): void;
  /** A step, on stderr with --verbose. */
  verbose(line: string): void;
}

export interface Progress {
  update(text: string): void;
  /** Takes the line away. */
  stop(): void;
}

export interface ProofOptions {
  /** Default: the one of the account. */
  readonly password?: string;
  /** What was known of the server counts no more, and it may be one without TLS if that is allowed. */
  readonly anew?: boolean;
  readonly trustOnFirstUse?: boolean;
}

export interface ConnectOptions {
  /** How long a lost connection is worth taking up again, in milliseconds; 0: not at all. Default 10 s. */
  readonly patienceMs?: number;
  /** Log in with the password, not with a token that stands for it, and never in clear: for changes of the account. */
  readonly byPassword?: boolean;
  /** Gives up connecting, with its reason. */
  readonly signal?: AbortSignal;
  /** Told when the connection is lost and when the session goes on. */
  onLink?(state: 'lost' | 'resumed'): void;
}

export interface Accounts {
  list(): Promise<readonly { jid: string; isDefault: boolean; settings: AccountSettings }[]>;
  /** Adds or changes; the first account becomes the default. */
  save(jid: Jid, settings: Partial<AccountSettings>): Promise<void>;
  use(jid: Jid): Promise<void>;
  /** Forgets settings, secret, tokens and state; false if it was not known. */
  forget(jid: Jid): Promise<boolean>;
  /** Stores the password where `place` says. */
  storePassword(jid: Jid, password: string, place: Extract<SecretPlace, 'keychain' | 'file'>): Promise<void>;
  /** Keeps a new password beside the old one, until it is known which of the two the server takes. */
  storePending(jid: Jid, password: string, place: Extract<SecretPlace, 'keychain' | 'file'>): Promise<void>;
  /** The one that is kept so; undefined if there is none. */
  pending(jid: Jid): Promise<string | undefined>;
  /** It is known: the new password takes the place of the old one, and its tokens go; or the new one goes. */
  settlePending(jid: Jid, isTaken: boolean): Promise<void>;
}

/** JSON by name, for the account of the command. Never fails: what cannot be kept is not. */
export interface Cache {
  /** What was put there, to be checked like anything that comes from outside; undefined if there is nothing. */
  get(name: string): Promise<unknown>;
  put(name: string, value: unknown): Promise<void>;
}

export interface Input {
  readonly isTerminal: boolean;
  /** All of stdin; throws kind data past `limit` bytes. */
  read(limit: number): Promise<Uint8Array>;
  /** All of stdin, piece by piece; without a limit. */
  stream(): AsyncIterable<Uint8Array>;
  /**
   * Lines of stdin as they come, without their newline. One of more than `limit` bytes throws kind data; or it is cut,
   * and is still longer than that.
   */
  lines(limit: number, longer?: 'refuse' | 'cut'): AsyncIterable<Uint8Array>;
  /** Stanzas on stdin, each as soon as it is complete; throws kind data at the first thing that is none. */
  stanzas(): AsyncGenerator<Element, void>;
}

export interface Files {
  /** Throws kind noinput if the file cannot be read, kind data past `limit` bytes. */
  read(path: string, limit: number): Promise<Uint8Array>;
  /** Creates a file that must not exist yet, mode 0600; returns its absolute path. Throws kind cantcreat. */
  create(name: string, bytes: Uint8Array): Promise<string>;
}

export interface Clock {
  now(): Date;
  /** Milliseconds of a clock that never jumps. */
  monotonic(): number;
  /** Resolves after `ms`, or at once when the signal aborts. */
  after(ms: number, signal?: AbortSignal): Promise<void>;
}

/** What `doctor` looks at beside what a session shows. */
export interface Diagnosis {
  /** The way to the server of an account, with what is remembered of it, or to a domain. Throws kind usage for --dry-run. */
  probe(target: Jid): Promise<Probe>;
  /** Where the password of an account was found, in words; the next connect() uses it. Throws kind config. */
  passwordSource(jid: Jid): Promise<string>;
  /** Whether the keychain has an entry for the account. Throws kind config if there is no keychain to be had. */
  inKeychain(jid: Jid): Promise<boolean>;
  /** A line for crontab that uses the account, and the source of the password in such a run; throws kind config if there is none. */
  cron(jid: Jid): { readonly line: string; passwordSource(): Promise<string> };
}

export type OtherProgram = 'sendxmpp' | 'go-sendxmpp' | 'profanity';
export interface OtherAccount extends KeptAccount {
  readonly program: OtherProgram;
  /** The file that it is in. */
  readonly path: string;
}
export interface OtherPrograms {
  /** The accounts of one program or of all; throws kind noinput if there are none, config for a file that is not to be trusted. */
  accounts(only: OtherProgram | undefined, file: string | undefined): Promise<readonly OtherAccount[]>;
}
