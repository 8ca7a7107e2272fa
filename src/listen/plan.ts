/** What a listener is to do, and what it hears. */
import type { Position } from '../account/cursor-file.ts';
import type { ConnectOptions } from '../commands/context.ts';
import type { Session } from '../session/types.ts';
import type { ArchivedMessage } from '../xmpp/xep0313-mam.ts';
import type { Element } from '../xmpp/xml.ts';

export type ConnectionState = 'online' | 'lost' | 'resumed' | 'catching-up' | 'caught-up';

/** `R`: what happens in rooms, which are beside the account's own stream. */
export type Incoming<R> =
  | (Live & { accepted(): void })
  | { readonly kind: 'archived'; readonly session: Session; readonly message: ArchivedMessage; accepted(): void }
  | { readonly kind: 'connection'; readonly state: ConnectionState }
  | { readonly kind: 'gap'; readonly since: string | null; readonly until: string | null }
  | { readonly kind: 'room'; readonly session: Session; readonly value: R }
  | { readonly kind: 'heartbeat' };

/** The same before it is handed out: with its place in the archive, if that is known, and what is to be done when it is accepted. */
export type Arrival<R> =
  | Exclude<Incoming<R>, { accepted(): void }>
  | (Waiting & Live)
  | (Waiting & { readonly kind: 'archived'; readonly session: Session; readonly message: ArchivedMessage });

interface Live {
  readonly kind: 'stanza';
  readonly session: Session;
  readonly stanza: Element;
  /** Its text has come from the archive already, but neither what it says beside it nor a receipt. */
  readonly told: boolean;
}

interface Waiting {
  readonly place: Position | undefined;
  accept(): void;
}

export interface Plan<R> {
  /** Where the archive is taken up; undefined: what is new from now on. */
  readonly position: Position | undefined;
  /** Take up the archive at that time instead. */
  readonly since: Date | undefined;
  /** Goes on after a lost connection. */
  readonly reconnect: boolean;
  /** Ends when all that waited has come. */
  readonly once: boolean;
  readonly heartbeatMs: number | undefined;
  /** How many milliseconds the server may take for an answer, a page of the archive for one. */
  answerMs(): number;
  /** How often the connection is asked whether it lives. */
  readonly probeMs: number;
  /** Ends it in order. Its reason is what is wrong if that comes before anybody was online. */
  readonly over: AbortSignal;
  /** Resolves when all that was told has been dealt with; the session stays until then. */
  dealtWith(): Promise<void>;
  /** Called on each new session, when its stanzas are listened to already: goes online, not before `prepared`. */
  arrive(session: Session, prepared: Promise<void>): Promise<void>;
  /** Enters the rooms of a new session and tells what happens there; undefined: no rooms. */
  enterRooms?(session: Session): Promise<Rooms<R>>;
  /** A position of the unbroken run of accepted messages. */
  advance(position: Position): void;
  /** The server has no archive: what comes while nobody listens may be lost. */
  liveOnly(): void;
}

export interface Rooms<R> {
  /** Whether a stanza comes from one of them. */
  includes(stanza: Element): boolean;
  events(): AsyncIterable<R>;
}

export interface Tools {
  connect(options: ConnectOptions): Promise<Session>;
  randomId(): string;
  now(): Date;
  after(ms: number, signal?: AbortSignal): Promise<void>;
}
