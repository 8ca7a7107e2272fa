/**
 * Every way a command can end, in one table: the exit codes of sysexits.h where one fits, and a few of our own.
 * Help, man pages and README print this table, so a sentence here is read by users.
 */

interface KindEntry {
  readonly exit: number;
  /** Whether the same command may be run again unchanged. */
  readonly retry: 'no' | 'yes' | 'once' | 'never' | 'maybe' | 'with care' | 'report' | '';
  readonly sentence: string;
}

const table = {
  ok: { exit: 0, retry: '', sentence: 'Everything that was promised happened.' },
  negative: {
    exit: 1,
    retry: '',
    sentence: 'It worked and the answer is no: a count not reached, a receipt that did not come, nothing found.',
  },
  usage: { exit: 64, retry: 'no', sentence: 'Wrong option or JID, or a confirmation is missing.' },
  data: { exit: 65, retry: 'no', sentence: 'Bad message text or file, too large for the server, or a hash mismatch.' },
  noinput: {
    exit: 66,
    retry: 'no',
    sentence: 'A file is missing or unreadable, or standard input is empty or closed.',
  },
  nouser: { exit: 67, retry: 'no', sentence: 'The recipient, room, contact or occupant does not exist.' },
  nohost: { exit: 68, retry: 'no', sentence: 'There is no such domain, or the remote server was not found.' },
  unavailable: { exit: 69, retry: 'no', sentence: 'The server lacks the feature.' },
  software: { exit: 70, retry: 'report', sentence: 'A bug in xmppctl.' },
  oserr: { exit: 71, retry: 'maybe', sentence: 'A limit of the operating system was reached.' },
  osfile: { exit: 72, retry: 'maybe', sentence: 'A state file is damaged.' },
  cantcreat: { exit: 73, retry: 'maybe', sentence: 'An output file or directory cannot be created.' },
  ioerr: { exit: 74, retry: 'maybe', sentence: 'Reading or writing failed.' },
  tempfail: {
    exit: 75,
    retry: 'yes',
    sentence: 'Certainly not delivered; may work later: network, time-out before hand-over, restart, rate limit.',
  },
  protocol: { exit: 76, retry: 'once', sentence: 'The other side broke the protocol.' },
  noperm: { exit: 77, retry: 'never', sentence: 'Wrong password, forbidden, banned or members only.' },
  config: {
    exit: 78,
    retry: 'no',
    sentence: 'No account, no password to be had, unsafe file mode or bad configuration.',
  },
  unconfirmed: {
    exit: 79,
    retry: 'with care',
    sentence: 'It left, and nobody can say whether it arrived; repeat only with the same --id.',
  },
  insecure: { exit: 80, retry: 'never', sentence: 'TLS, certificate, pin, server signature or downgrade.' },
  conflict: {
    exit: 81,
    retry: 'no',
    sentence: 'Replaced by another session, nick in use, account name taken or cursor locked.',
  },
  hook: { exit: 82, retry: 'no', sentence: 'A hook failed and --exec-fail stop was given.' },
  partial: { exit: 83, retry: 'with care', sentence: 'Several recipients, different outcomes: see the results.' },
} as const satisfies Record<string, KindEntry>;

export type ErrorKind = Exclude<keyof typeof table, 'ok'>;
export const errorKinds: Readonly<Record<keyof typeof table, KindEntry>> = table;

/** What is known of the stanza that the command was to hand over. */
export type Delivered = 'no' | 'yes' | 'unknown';

export interface ErrorDetails {
  /** The XMPP condition that the other side gave, as in RFC 6120 4.9.3, 6.5 and 8.3.3. */
  readonly condition?: string | undefined;
  /** What the message speaks of, one item a line below it. */
  readonly list?: readonly string[] | undefined;
  /** What the user can do about it: one sentence. */
  readonly hint?: string | undefined;
  readonly delivered?: Delivered;
  /** When the other side says that it may work again, ISO 8601 in UTC. */
  readonly retryAt?: string | undefined;
  readonly cause?: unknown;
}

/** The one error of the program: a kind (which is the exit status), a sentence, and what the user can do. */
export class XmppctlError extends Error {
  override readonly name = 'XmppctlError';
  readonly kind: ErrorKind;
  /** The message without its list. */
  readonly summary: string;
  readonly list: readonly string[];
  readonly condition: string | undefined;
  readonly hint: string | undefined;
  readonly delivered: Delivered;
  readonly retryAt: string | undefined;

  constructor(kind: ErrorKind, message: string, details: ErrorDetails = {}) {
    const { list = [], cause } = details;
    super([message, ...list].join('\n  '), cause === undefined ? undefined : { cause });
    this.kind = kind;
    this.summary = message;
    this.list = list;
    this.condition = details.condition;
    this.hint = details.hint;
    this.delivered = details.delivered ?? (kind === 'unconfirmed' ? 'unknown' : 'no');
    this.retryAt = details.retryAt;
  }

  get exit(): number {
    return table[this.kind].exit;
  }

  get retryable(): boolean {
    return this.kind === 'tempfail';
  }

  /** The object that `--json` prints on stderr (SPEC 7); `retryAt` only where it is known. */
  toJSON(): Record<string, unknown> {
    const { exit, kind, condition, message, retryable, delivered, hint, retryAt } = this;
    const known = { exit, kind, condition: condition ?? null, message, hint: hint ?? null, retryable, delivered };
    return retryAt === undefined ? known : { ...known, retryAt };
  }
}

/** Any thrown thing as an XmppctlError; what is none is a bug of ours, but for errors of the operating system. */
export function asXmppctlError(thrown: unknown): XmppctlError {
  if (thrown instanceof XmppctlError) return thrown;
  const code = (thrown as NodeJS.ErrnoException | undefined)?.code;
  if (code === 'EMFILE' || code === 'ENFILE' || code === 'ENOMEM' || code === 'EAGAIN') {
    return new XmppctlError('oserr', `the system is out of resources (${code})`, { cause: thrown });
  }
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new XmppctlError('software', `internal error: ${message}`, {
    cause: thrown,
    hint: 'This is a bug: please report it.',
  });
}

/** A word of a command line in a hint, as a POSIX shell takes it back. */
export const shellWord = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
