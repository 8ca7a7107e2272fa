/** The words that options and positionals are made of: how one argument is read, shown in help and completed. */
import { XmppctlError } from '../errors.ts';
import { type Jid, parseJid } from '../xmpp/jid.ts';

/** What a shell can offer for a value. */
export type Completes = 'jid' | 'room' | 'account' | 'file' | 'directory' | 'command' | 'none';

export interface ValueType<T> {
  /** The metavariable in help: JID, FILE, DURATION. */
  readonly name: string;
  readonly completes: Completes;
  readonly choices?: readonly string[];
  /** The choices may be joined by commas. */
  readonly list?: true;
  /** Turns the text of one argument into the value; throws kind usage with a sentence that says what is allowed. */
  parse(text: string): T;
}

/** Any text, taken as it is. */
export const text = (name = 'TEXT'): ValueType<string> => ({ name, completes: 'none', parse: (value) => value });

/** A path; opened by the command, not here. `-` may mean stdin where the command says so. */
export const file = (name = 'FILE'): ValueType<string> => ({ name, completes: 'file', parse: notEmpty(name) });

export const directory = (name = 'DIR'): ValueType<string> => ({ name, completes: 'directory', parse: notEmpty(name) });

/** A command line, or the name of a program. */
export const program = (name = 'CMD'): ValueType<string> => ({ name, completes: 'command', parse: notEmpty(name) });

/** A JID or an xmpp: URI that holds one (RFC 7622, RFC 5122). */
export const jid = (completes: Completes = 'jid', name = 'JID'): ValueType<Jid> => ({
  name,
  completes,
  parse: (value) => parseJid(stripXmppUri(value)),
});

/** One of a few words. */
export function choice<const C extends readonly string[]>(choices: C, name = 'WORD'): ValueType<C[number]> {
  return {
    name,
    completes: 'none',
    choices,
    parse(value) {
      if (choices.includes(value)) return value;
      throw new XmppctlError('usage', `'${value}' is not one of ${choices.join(', ')}`);
    },
  };
}

/** Several words of a list, joined by commas. */
export function choices<const C extends readonly string[]>(allowed: C, name = 'LIST'): ValueType<readonly C[number][]> {
  const one = choice(allowed);
  return {
    name,
    completes: 'none',
    choices: allowed,
    list: true,
    parse: (value) => value.split(',').map((word) => one.parse(word.trim())),
  };
}

/** A whole number from `from` to `to`. */
export const integer = (from: number, to: number, name = 'N'): ValueType<number> => ({
  name,
  completes: 'none',
  parse(value) {
    const number = /^[+-]?\d{1,15}$/.test(value) ? Number(value) : Number.NaN;
    if (number >= from && number <= to) return number;
    throw new XmppctlError('usage', `'${value}' is not a whole number from ${from} to ${to}`);
  },
});

const unitMs = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** `30`, `30s`, `5m`, `1h`, `2d`, `500ms`: in milliseconds. */
export const duration = (name = 'DURATION'): ValueType<number> => ({
  name,
  completes: 'none',
  parse(value) {
    const match = /^(\d{1,9}(?:\.\d{1,3})?)(ms|s|m|h|d)?$/.exec(value);
    if (!match) throw new XmppctlError('usage', `'${value}' is not a duration; write 30, 30s, 5m or 1h`);
    return Number(match[1]) * unitMs[(match[2] ?? 's') as keyof typeof unitMs];
  },
});

/** A duration that is more than nothing. */
export const someTime = (): ValueType<number> => ({
  ...duration(),
  parse(value) {
    const ms = duration().parse(value);
    if (ms > 0) return ms;
    throw new XmppctlError('usage', `'${value}' is too short`);
  },
});

/** A date or date-time of ISO 8601 (local time unless it has a zone), or a duration: that long ago. Gives it from `now`. */
export const moment = (name = 'TIME'): ValueType<(now: Date) => Date> => ({
  name,
  completes: 'none',
  parse(value) {
    if (/^\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:?\d\d)?)?$/i.test(value)) {
      const date = new Date(value.length === 10 ? `${value}T00:00` : value);
      if (!Number.isNaN(date.getTime())) return () => date;
    }
    const ago = /^\d[\d.]*(ms|s|m|h|d)$/.test(value) ? duration().parse(value) : Number.NaN;
    if (ago <= maxAgoMs) return (now) => new Date(now.getTime() - ago);
    throw new XmppctlError(
      'usage',
      `'${value}' is no time; write 2026-11-22, 2026-11-22T08:30Z, or 2h for two hours ago`,
    );
  },
});
/** A thousand years: beyond that dates have no four digits. */
const maxAgoMs = 1000 * 365 * unitMs.d;

const unitBytes = { '': 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3, t: 1024 ** 4 } as const;

/** `5000`, `200K`, `10M`, `1G`: in bytes, a K being 1,024. */
export const size = (name = 'SIZE'): ValueType<number> => ({
  name,
  completes: 'none',
  parse(value) {
    const match = /^(\d{1,12})([kmgt]?)(?:i?b)?$/i.exec(value);
    const bytes = Number(match?.[1]) * unitBytes[(match?.[2] ?? '').toLowerCase() as keyof typeof unitBytes];
    if (Number.isSafeInteger(bytes)) return bytes;
    throw new XmppctlError('usage', `'${value}' is not a size; write 5000, 200K, 10M or 1G`);
  },
});

function notEmpty(name: string): (value: string) => string {
  return (value) => {
    if (value !== '' && !value.includes('\0')) return value;
    throw new XmppctlError('usage', `${name} is empty or not a path`);
  };
}

function stripXmppUri(value: string): string {
  const match = /^xmpp:(?:\/\/[^/]*\/)?([^?#]*)/i.exec(value);
  if (!match) return value;
  try {
    return decodeURIComponent(match[1] ?? '');
  } catch {
    throw new XmppctlError('usage', `'${value}' is not a valid xmpp: URI`);
  }
}

/** Completed like a `completes`, but read by the command itself. */
export const unparsed = (name: string, completes: Completes): ValueType<string> => ({
  name,
  completes,
  parse: (value) => value,
});
