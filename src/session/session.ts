/** One session: sends, asks, listens, and learns what became of what it sent. */
import { XmppctlError } from '../errors.ts';
import { type Jid, readJid } from '../xmpp/jid.ts';
import { ping } from '../xmpp/xep0199-ping.ts';
import { isArchiveResult } from '../xmpp/xep0313-mam.ts';
import type { Element } from '../xmpp/xml.ts';
import { unlessAborted } from './abort.ts';
import { Bounces } from './bounces.ts';
import { Inbox, withResolvers } from './inbox.ts';
import { answerTo } from './incoming-iq.ts';
import { Link, type LinkOptions } from './link.ts';
import type { Opened } from './login.ts';
import { patiently } from './patience.ts';
import { Requests } from './requests.ts';
import type { Expectation, Read, Refusals, Session, Settled, Stanzas } from './types.ts';
import { unconfirmed } from './unconfirmed.ts';

/** When so many stanzas wait for the command to take them, reading stops until some are taken. */
const highWater = 1024;
/** While the command waits for an answer it takes nothing, and the answer is behind them: then so many may wait. */
const flood = 250_000;

/** So many answers to others may wait for the socket, and stanzas for an acknowledgement: who asks then is not answered. */
const mostAnswers = 1000;
const mostUnacknowledged = 20_000;
/** A longer id, in characters, is none that anybody needs, and it would have to be sent back. */
const longestId = 1024;

export interface SessionOptions extends LinkOptions {
  readonly domain: string;
  /** How long the server may take to tell the fate of what was sent; undefined: the usual. */
  readonly limitMs?: number | undefined;
  randomId(): string;
}

export class OpenSession implements Session {
  /** Resolves when the resource is bound; stanzas may be sent before. */
  readonly ready: Promise<void>;
  /** Resolves when it is over. */
  readonly ended: Promise<void>;
  readonly #link: Link;
  readonly #options: SessionOptions;
  readonly #inbox = new Inbox();
  readonly #requests: Requests;
  readonly #bounces = new Bounces();
  readonly #noteEnd: () => void;
  #broken: { error: unknown } | undefined;
  #closing: Promise<void> | undefined;
  /** How many stanzas came since a message came that nobody here reads, with that one. */
  #unread = 0;
  /** How many answers to others are on their way to the socket. */
  #answering = 0;

  constructor(opened: Opened, options: SessionOptions) {
    this.#options = options;
    const { promise, resolve } = withResolvers<void>();
    this.ended = promise;
    this.#noteEnd = resolve;
    this.#requests = new Requests(() => this.jid, options.domain);
    this.#link = new Link(opened, options, {
      take: (stanza) => this.#take(stanza),
      part: (stanza, part) => this.#requests.takePart(stanza, part),
      waiting: () => Math.max(this.#inbox.waiting, this.#unread),
      over: (error) => this.#end(error),
    });
    this.ready = this.#link.ready;
  }

  get jid(): Jid {
    return this.#link.jid;
  }

  get acknowledged(): boolean {
    return this.#link.acknowledged;
  }

  get maxStanzaBytes(): number | null {
    return this.#link.maxStanzaBytes;
  }

  async features(): Promise<Element> {
    await this.ready;
    return this.#link.features;
  }

  get unacknowledged(): ReadonlySet<string> | undefined {
    const { acks } = this.#link;
    return this.acknowledged ? new Set(acks.waiting.flatMap(({ attrs }) => attrs.id ?? [])) : undefined;
  }

  get over(): unknown {
    return this.#broken?.error;
  }

  async send(stanza: Element): Promise<void> {
    this.#throwIfBroken();
    const { maxStanzaBytes } = this.#link;
    if (maxStanzaBytes !== null && Buffer.byteLength(stanza.toString()) > maxStanzaBytes) {
      throw new XmppctlError('data', `the message is too large: the server takes ${maxStanzaBytes} bytes`);
    }
    if (stanza.attrs.id !== undefined && stanza.getName() !== 'iq') this.#bounces.remember(stanza.attrs.id);
    await this.#link.write(stanza);
  }

  async request(
    iq: Element,
    refusals?: Refusals,
    each?: (part: Element) => void,
    signal?: AbortSignal,
  ): Promise<Element> {
    this.#throwIfBroken();
    iq.attrs.id = this.#options.randomId();
    const answer = this.#requests.answerTo(iq, refusals, each, signal);
    this.#inbox.wakeReader();
    answer.catch(() => {}); // a stream that breaks while it is being written to says so below
    const sent = this.send(iq);
    await (signal ? unlessAborted(sent, signal) : sent);
    return await answer;
  }

  expect<T>(read: Read<T>): Expectation<T> {
    return this.#inbox.expect(read);
  }

  stanzas<T>(read: Read<T>): Stanzas<T> {
    return this.#inbox.stanzas(read);
  }

  async settle(): Promise<Settled> {
    const { acks } = this.#link;
    const { limitMs, stopped } = this.#options;
    const target = acks.written;
    const acknowledgement = this.#acknowledgement(target);
    const fence = this.request(ping(this.#options.domain)).catch((error) => {
      // An error is an answer as well; a broken stream is none.
      if (this.#broken || !(error instanceof XmppctlError)) throw error;
    });
    this.#link.awaited += 1;
    try {
      await patiently(Promise.all([acknowledgement, fence]), {
        limitMs,
        stopped,
        onSilence: () => this.#link.loseIt('the server does not acknowledge'),
      });
      acks.vouchedFor(target);
    } catch (error) {
      if (!acks.has(target)) throw unconfirmed(error, acks);
    } finally {
      this.#link.awaited -= 1;
    }
    return { bounce: (id, to) => this.#bounces.of(id, to, this.#options.domain) };
  }

  async close(): Promise<void> {
    this.#closing ??= this.#link.close().finally(() => this.#end(undefined));
    await this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** Breaks off with `error`: every wait is rejected with it. */
  abort(error: unknown): void {
    this.#link.abort(error);
    this.#end(error);
  }

  /** The user wants to stop: ends in order, unless settle() is about to learn the fate of what was sent. */
  interrupt(): void {
    if (this.#link.awaited === 0) void this.close();
  }

  /** Asks for an acknowledgement and waits until `target` stanzas have theirs; at once if the server gives none. */
  async #acknowledgement(target: number): Promise<void> {
    const { acks } = this.#link;
    if (this.acknowledged && !acks.has(target)) this.#link.askForAck();
    while (this.acknowledged && !acks.has(target)) {
      this.#throwIfBroken();
      await acks.change();
    }
  }

  #take(stanza: Element): Promise<void> | undefined {
    const { type, from } = stanza.attrs;
    if (this.#unread > 0) this.#unread += 1;
    // A sender that is no JID cannot be shown, answered or compared with anybody (CASES 31).
    if (from !== undefined && !readJid(from)) return undefined;
    if (stanza.getName() === 'iq') this.#takeIq(stanza);
    else {
      this.#bounces.take(stanza);
      const isTaken = this.#inbox.deliver(stanza);
      // Nobody here reads it; what is not acknowledged the server keeps for another time.
      const isForPeople = stanza.getName() === 'message' && type !== 'error' && type !== 'groupchat';
      if (!isTaken && isForPeople && !isArchiveResult(stanza)) this.#unread ||= 1;
    }
    return this.#isFull() ? this.#room() : undefined;
  }

  #isFull(): boolean {
    return !this.#broken && this.#inbox.waiting > (this.#requests.open > 0 ? flood : highWater);
  }

  /** Resolves when more may come. */
  async #room(): Promise<void> {
    while (this.#isFull()) await this.#inbox.taken();
  }

  #takeIq(iq: Element): void {
    const { type, from } = iq.attrs;
    if (type === 'result' || type === 'error') {
      // Whoever sent an IQ by send() reads its answer like any stanza.
      if (!this.#requests.take(iq) && (from === undefined || readJid(from))) this.#inbox.deliver(iq);
    } else if ((type === 'get' || type === 'set') && (iq.attrs.id ?? '').length <= longestId) {
      const answer = answerTo(iq, this.jid, (stanza) => this.#inbox.deliver(stanza));
      if (answer) void this.#answer(answer);
    }
  }

  async #answer(answer: Element): Promise<void> {
    if (this.#answering >= mostAnswers || this.#link.acks.waiting.length >= mostUnacknowledged) return;
    this.#answering += 1;
    await this.send(answer).catch(() => {});
    this.#answering -= 1;
  }

  #throwIfBroken(): void {
    if (this.#broken) throw this.#broken.error;
  }

  #end(error: unknown): void {
    if (this.#broken) return;
    this.#broken = { error: error ?? new XmppctlError('tempfail', 'the session is closed') };
    this.#requests.rejectAll(this.#broken.error);
    this.#link.acks.wake();
    this.#inbox.end(error);
    this.#inbox.wakeReader();
    this.#noteEnd();
  }
}
