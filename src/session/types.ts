/** What commands see of a connection. */
import type { ErrorKind, XmppctlError } from '../errors.ts';
import type { Jid } from '../xmpp/jid.ts';
import type { StanzaError } from '../xmpp/stanza-error.ts';
import type { Element } from '../xmpp/xml.ts';

/** Turns a stanza into a value; undefined: not this stanza; throws kind protocol: this stanza, but broken. */
export type Read<T> = (stanza: Element) => T | undefined;

/** How a command reads the errors that an IQ of its own may get. */
export interface Refusals {
  /** The beginning of the message: 'the server refuses the registration'. */
  readonly what?: string;
  /** Kinds of conditions where they differ from the usual. */
  readonly kinds?: Readonly<Record<string, ErrorKind>>;
  /** Reads an error that an extension has more to say about; undefined: as usual. */
  readonly read?: (iq: Element) => XmppctlError | undefined;
}

/** One open stream, logged in and bound. `await using` closes it on every path. */
export interface Session extends AsyncDisposable {
  /** The full JID that the server bound. */
  readonly jid: Jid;
  /** Whether the server acknowledges stanzas (XEP-0198). */
  readonly acknowledged: boolean;
  /** The largest stanza that the server takes, in bytes, where it says so (XEP-0478). */
  readonly maxStanzaBytes: number | null;
  /** The stream features after login; waits until the opening is over. */
  features(): Promise<Element>;
  /** Ids of what was written and not acknowledged so far; undefined if the server acknowledges nothing. */
  readonly unacknowledged: ReadonlySet<string> | undefined;
  /** Why nothing can be sent any more: the stream has ended or broke; undefined as long as it has not. */
  readonly over: unknown;
  /** Writes a stanza; resolves when it was handed to the socket. Throws kind data if XML cannot carry it. */
  send(stanza: Element): Promise<void>;
  /**
   * Sends an IQ get or set and waits for its answer, matched by id and by sender (RFC 6120 8.1.2.1). An IQ without `to`
   * is for the own account. Throws the kind of the error that came back, as `refusals` reads it. With `each`, the children of
   * the payload are handed over as they come and not kept, so that an answer may be of any length. Rejects with the reason
   * of the signal when nobody is to wait any longer.
   */
  request(iq: Element, refusals?: Refusals, each?: (part: Element) => void, signal?: AbortSignal): Promise<Element>;
  /** Subscribes now, to be awaited later, so that nothing is missed between sending and waiting. */
  expect<T>(read: Read<T>): Expectation<T>;
  /** All that `read` takes, in order of arrival; ends with the stream, throws if it broke. */
  stanzas<T>(read: Read<T>): Stanzas<T>;
  /**
   * The fence: the server has acknowledged all that was sent, and answered a ping sent after it, so that errors of
   * local recipients have come. Throws kind unconfirmed if that cannot be known.
   */
  settle(): Promise<Settled>;
  /** Ends the stream in order. Also done by disposal. */
  close(): Promise<void>;
}

/**
 * Stanzas one by one. The server is told that one has been dealt with when the next is asked for, or at accept(): what
 * was not, it keeps for another time.
 */
export interface Stanzas<T> extends AsyncIterableIterator<T> {
  /** The one at hand has been dealt with. */
  accept(): void;
  /** Takes no more; what has come before is still given, and then it ends. */
  seal(): void;
  /** Ends it; what nobody took counts as dealt with. */
  discard(): void;
}

export interface Expectation<T> {
  /** The value, or undefined when `ms` have passed or the deadline of the command has. Throws if the stream broke. */
  within(ms: number): Promise<T | undefined>;
  cancel(): void;
}

export interface Settled {
  /** The error that came back for the message or presence with that id to `to`, if it is one of the last ten thousand. */
  bounce(id: string, to: Jid): StanzaError | undefined;
}

/** A stream before login, for registration (XEP-0077): TLS is up and verified. */
export interface UnauthenticatedStream extends AsyncDisposable {
  readonly domain: string;
  /** The stream features after TLS. */
  readonly features: Element;
  request(iq: Element, refusals?: Refusals): Promise<Element>;
  close(): Promise<void>;
}
