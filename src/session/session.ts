/** One stream after login: sends, asks, listens, and knows what the server has acknowledged. */
import { type Delivered, XmppctlError } from '../errors.ts';
import { type Jid, readJid } from '../xmpp/jid.ts';
import { readStanzaError, type StanzaError, serviceUnavailable } from '../xmpp/stanza-error.ts';
import { ack, ackRequest, newlyAcknowledged, nsSm, readH, wrap } from '../xmpp/xep0198-stream-management.ts';
import { isPing, ping } from '../xmpp/xep0199-ping.ts';
import { type Element, xml } from '../xmpp/xml.ts';
import { Inbox } from './inbox.ts';
import { Requests } from './requests.ts';
import type { XmlStream } from './stream.ts';
import type { Expectation, Read, Refusals, Session, Settled } from './types.ts';

/** How long a live server may take to acknowledge (X22). */
const ackTimeoutMs = 15_000;
/** How long an interrupted command may still try to learn the outcome (SPEC 7, signals). */
const graceMs = 2000;

export interface SessionOptions {
  readonly jid: Jid;
  readonly domain: string;
  readonly acknowledged: boolean;
  /** The largest stanza the server takes, in bytes, where it says so (XEP-0478). */
  readonly maxStanzaBytes: number | undefined;
  readonly stopped: AbortSignal;
  randomId(): string;
}

export class OpenSession implements Session {
  readonly jid: Jid;
  readonly acknowledged: boolean;
  readonly #stream: XmlStream;
  readonly #options: SessionOptions;
  readonly #inbox = new Inbox();
  readonly #requests: Requests;
  readonly #bounces = new Map<string, StanzaError>();
  readonly #sentIds = new Set<string>();
  #sent = 0;
  #acked = 0;
  #received = 0;
  #ackWaiters: (() => void)[] = [];
  #broken: { error: unknown } | undefined;
  #closed = false;
  #settling = 0;

  constructor(stream: XmlStream, options: SessionOptions) {
    this.#stream = stream;
    this.#options = options;
    this.jid = options.jid;
    this.acknowledged = options.acknowledged;
    this.#requests = new Requests(options.jid, options.domain);
    void this.#receive();
  }

  async send(stanza: Element): Promise<void> {
    this.#throwIfBroken('no');
    const { maxStanzaBytes } = this.#options;
    if (maxStanzaBytes !== undefined && Buffer.byteLength(stanza.toString()) > maxStanzaBytes) {
      throw new XmppctlError('data', `the message is too large: the server takes ${maxStanzaBytes} bytes`);
    }
    this.#stream.writeElement(stanza);
    this.#sent += 1;
    if (stanza.attrs.id !== undefined && stanza.getName() !== 'iq') this.#sentIds.add(stanza.attrs.id);
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
    const target = this.#sent;
    const acknowledgement = this.acknowledged ? this.#acknowledgement(target) : undefined;
    const fence = this.request(ping(this.#options.domain)).catch((error) => {
      // An error is an answer as well; a broken stream is none.
      if (this.#broken || !(error instanceof XmppctlError)) throw error;
    });
    this.#settling += 1;
    try {
      await this.#giveUpAfter(Promise.all([acknowledgement, fence]));
    } catch (error) {
      if (!this.acknowledged || this.#acked < target) throw unconfirmed(error, target - this.#acked);
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

  /** Asks for an acknowledgement and waits until `target` stanzas have theirs. */
  async #acknowledgement(target: number): Promise<void> {
    if (this.#acked >= target) return;
    this.#stream.writeElement(ackRequest());
    while (this.#acked < target) {
      this.#throwIfBroken('unknown');
      await new Promise<void>((resolve) => this.#ackWaiters.push(resolve));
    }
  }

  async #receive(): Promise<void> {
    try {
      for (let element = await this.#stream.next(); element; element = await this.#stream.next()) this.#take(element);
      this.#end(this.#closed ? undefined : new XmppctlError('tempfail', 'the server ended the stream'));
    } catch (error) {
      this.#stream.fail(error);
      this.#end(error);
    }
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
    if (element.getName() !== 'a') return;
    this.#acked += newlyAcknowledged(readH(element) ?? 0, wrap(this.#acked), this.#sent - this.#acked);
    for (const wake of this.#ackWaiters.splice(0)) wake();
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
    if (delivered === 'unknown') throw unconfirmed(error, this.#sent - this.#acked);
    throw error;
  }

  #end(error: unknown): void {
    this.#broken ??= { error: error ?? new XmppctlError('tempfail', 'the session is closed') };
    this.#requests.rejectAll(this.#broken.error);
    for (const wake of this.#ackWaiters.splice(0)) wake();
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
