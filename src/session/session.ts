/** One session: sends, asks, listens, and knows what the server has acknowledged. */
import { type Delivered, XmppctlError } from '../errors.ts';
import { type Jid, readJid } from '../xmpp/jid.ts';
import { readStanzaError, type StanzaError, serviceUnavailable } from '../xmpp/stanza-error.ts';
import { ack, ackRequest, nsSm, wrap } from '../xmpp/xep0198-stream-management.ts';
import { isPing, ping } from '../xmpp/xep0199-ping.ts';
import { type Element, xml } from '../xmpp/xml.ts';
import { Acknowledgements } from './acknowledgements.ts';
import { Inbox } from './inbox.ts';
import type { Opened } from './login.ts';
import { OpenAgain } from './open-again.ts';
import { Requests } from './requests.ts';
import type { XmlStream } from './stream.ts';
import type { Expectation, Read, Refusals, Session, Settled } from './types.ts';

/** How long a live server may take to acknowledge (X22). */
const ackTimeoutMs = 15_000;
/** How long an interrupted command may still try to learn the outcome (SPEC 7, signals). */
const graceMs = 2000;
/** Unacknowledged stanzas are kept; so many of them are a reason to ask. */
const askEvery = 64;

export interface SessionOptions {
  readonly domain: string;
  readonly stopped: AbortSignal;
  randomId(): string;
  /** Opens another stream, after one on which nothing was handled. */
  openAgain(reason: OpenAgain): Promise<Opened>;
}

export class OpenSession implements Session {
  jid: Jid;
  acknowledged: boolean;
  /** Resolves when the resource is bound; stanzas may be sent before. */
  readonly ready: Promise<void>;
  readonly #options: SessionOptions;
  readonly #inbox = new Inbox();
  readonly #requests: Requests;
  readonly #bounces = new Map<string, StanzaError>();
  readonly #sentIds = new Set<string>();
  #stream: XmlStream;
  #maxStanzaBytes: number | null = null;
  readonly #acks = new Acknowledgements();
  #received = 0;
  #broken: { error: unknown } | undefined;
  #closed = false;
  #settling = 0;

  constructor(opened: Opened, options: SessionOptions) {
    this.#stream = opened.stream;
    this.#options = options;
    this.jid = opened.jid;
    this.acknowledged = opened.acknowledged;
    this.#requests = new Requests(() => this.jid, options.domain);
    this.ready = this.#finishOpening(opened);
    void this.#run();
  }

  async send(stanza: Element): Promise<void> {
    this.#throwIfBroken('no');
    if (this.#maxStanzaBytes !== null && Buffer.byteLength(stanza.toString()) > this.#maxStanzaBytes) {
      throw new XmppctlError('data', `the message is too large: the server takes ${this.#maxStanzaBytes} bytes`);
    }
    this.#stream.writeElement(stanza);
    this.#acks.add(stanza);
    if (stanza.attrs.id !== undefined && stanza.getName() !== 'iq') this.#sentIds.add(stanza.attrs.id);
    if (this.acknowledged && this.#acks.outstanding % askEvery === 0) this.#stream.writeElement(ackRequest());
    await this.#stream.drained();
  }

  async request(iq: Element, refusals?: Refusals): Promise<Element> {
    this.#throwIfBroken('no');
    iq.attrs.id = this.#options.randomId();
    const answer = this.#requests.answerTo(iq, refusals);
    answer.catch(() => {}); // a stream that breaks while it is being written to says so below
    await this.send(iq);
    return await answer;
  }

  expect<T>(read: Read<T>): Expectation<T> {
    return this.#inbox.expect(read);
  }

  stanzas<T>(read: Read<T>): AsyncIterable<T> {
    return this.#inbox.stanzas(read);
  }

  async settle(): Promise<Settled> {
    const target = this.#acks.written;
    const acknowledgement = this.#acknowledgement(target);
    const fence = this.request(ping(this.#options.domain)).catch((error) => {
      // An error is an answer as well; a broken stream is none.
      if (this.#broken || !(error instanceof XmppctlError)) throw error;
    });
    this.#settling += 1;
    try {
      await this.#giveUpAfter(Promise.all([acknowledgement, fence]));
      this.#acks.vouchedFor(target);
    } catch (error) {
      if (!this.#acks.has(target)) throw unconfirmed(error, this.#acks.outstanding);
    } finally {
      this.#settling -= 1;
    }
    return { bounces: this.#bounces };
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#stream.close();
    this.#end(undefined);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** Breaks off with `error`: every wait is rejected with it. */
  abort(error: unknown): void {
    this.#stream.fail(error);
  }

  /** The user wants to stop: breaks off, unless settle() is about to learn the fate of what was sent. */
  interrupt(error: unknown): void {
    if (this.#settling === 0) this.abort(error);
  }

  /** Rejects when the server stays silent, or soon after the user has interrupted the command. */
  async #giveUpAfter<T>(outcome: Promise<T>): Promise<T> {
    outcome.catch(() => {});
    const { stopped } = this.#options;
    return await new Promise<T>((resolve, reject) => {
      const giveUp = (why: string) => (): void => reject(new XmppctlError('unconfirmed', why));
      const silent = setTimeout(giveUp('the server does not acknowledge'), ackTimeoutMs);
      let grace: NodeJS.Timeout | undefined;
      const onStop = (): void => {
        grace = setTimeout(giveUp('interrupted before the server acknowledged'), graceMs);
      };
      if (stopped.aborted) onStop();
      else stopped.addEventListener('abort', onStop, { once: true });
      outcome.then(resolve, reject).finally(() => {
        clearTimeout(silent);
        clearTimeout(grace);
        stopped.removeEventListener('abort', onStop);
      });
    });
  }

  /** Asks for an acknowledgement and waits until `target` stanzas have theirs; at once if the server gives none. */
  async #acknowledgement(target: number): Promise<void> {
    if (this.acknowledged && !this.#acks.has(target)) this.#stream.writeElement(ackRequest());
    while (this.acknowledged && !this.#acks.has(target)) {
      this.#throwIfBroken('unknown');
      await this.#acks.change();
    }
  }

  async #run(): Promise<void> {
    try {
      await this.ready;
      const stream = this.#stream;
      for (let element = await stream.next(); element; element = await stream.next()) this.#take(element);
      this.#end(this.#closed ? undefined : new XmppctlError('tempfail', 'the server ended the stream'));
    } catch (error) {
      this.#stream.fail(error);
      this.#end(error);
    }
  }

  async #finishOpening(opened: Opened): Promise<void> {
    const bound = await opened.finish().catch(async (error) => {
      if (!(error instanceof OpenAgain)) throw error;
      opened.stream.fail(error);
      const again = await this.#options.openAgain(error);
      this.#stream = again.stream;
      this.#acks.startAgain();
      for (const stanza of this.#acks.waiting) again.stream.writeElement(stanza);
      if (this.#settling > 0) again.stream.writeElement(ackRequest());
      return await again.finish();
    });
    this.jid = bound.jid;
    this.acknowledged = bound.acknowledged;
    this.#maxStanzaBytes = bound.maxStanzaBytes;
    if (!bound.acknowledged) this.#acks.giveUp();
  }

  #take(element: Element): void {
    if (element.getNS() === nsSm) return this.#takeAcknowledgement(element);
    if (element.getNS() !== 'jabber:client') return;
    this.#received = wrap(this.#received + 1);
    const { type, id, from } = element.attrs;
    if (element.getName() === 'iq') return this.#takeIq(element);
    if (type === 'error' && id !== undefined && this.#sentIds.has(id)) this.#bounces.set(id, readStanzaError(element));
    // A sender that is no JID cannot be shown, answered or compared with anybody (CASES 31).
    if (from === undefined || readJid(from)) this.#inbox.deliver(element);
  }

  #takeAcknowledgement(element: Element): void {
    if (element.getName() === 'r') return this.#stream.writeElement(ack(this.#received));
    if (element.getName() === 'a') this.#acks.take(element);
  }

  #takeIq(iq: Element): void {
    const { type, id, from } = iq.attrs;
    if (type === 'result' || type === 'error') this.#requests.take(iq);
    else if (type === 'get' || type === 'set') {
      if (this.#inbox.deliver(iq)) return;
      const answer = isPing(iq) ? xml('iq', { type: 'result', id, to: from }) : serviceUnavailable(iq);
      void this.send(answer).catch(() => {});
    }
  }

  #throwIfBroken(delivered: Delivered): void {
    if (!this.#broken) return;
    const { error } = this.#broken;
    if (delivered === 'unknown') throw unconfirmed(error, this.#acks.outstanding);
    throw error;
  }

  #end(error: unknown): void {
    this.#broken ??= { error: error ?? new XmppctlError('tempfail', 'the session is closed') };
    this.#requests.rejectAll(this.#broken.error);
    this.#acks.wake();
    this.#inbox.end(error);
  }
}

/** The stream broke, or fell silent, after stanzas had left and before the server vouched for them. */
function unconfirmed(cause: unknown, outstanding: number): unknown {
  if (outstanding === 0) return cause;
  if (cause instanceof XmppctlError && (cause.kind === 'data' || cause.kind === 'unconfirmed')) return cause;
  const why = cause instanceof Error ? cause.message : String(cause);
  return new XmppctlError('unconfirmed', `sent, but nobody can say whether it arrived: ${why}`, {
    cause,
    condition: cause instanceof XmppctlError ? cause.condition : undefined,
    hint: 'Repeat only with the same --id, so that the receiver can tell a copy.',
  });
}
