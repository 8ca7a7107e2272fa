/**
 * The connection under a session, which may change without the session noticing: opened with less than was hoped for, or
 * lost and taken up again (XEP-0198 5). What the server has not handled is then written once more, and nothing else.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { XmppctlError } from '../errors.ts';
import type { Jid } from '../xmpp/jid.ts';
import { ack, ackRequest, nsSm, type Resumption, readH, wrap } from '../xmpp/xep0198-stream-management.ts';
import { type Element, ns, xml } from '../xmpp/xml.ts';
import { Acknowledgements } from './acknowledgements.ts';
import { atOnceThenBackOff, isRateLimit, Pauses } from './back-off.ts';
import type { Opened, Resumed } from './login.ts';
import { OpenAgain } from './open-again.ts';
import type { PartFate } from './parser.ts';
import type { XmlStream } from './stream.ts';

const isStanza = (element: Element): boolean =>
  ['message', 'presence', 'iq'].some((name) => element.is(name, ns.client));

/** Unacknowledged stanzas are kept; so many of them are a reason to ask. */
const askEvery = 64;
/** A server gives up on who leaves too many of its own unacknowledged (ejabberd: 5,000), and asks late in a flood. */
const acknowledgeEvery = 256;

export interface LinkOptions {
  readonly stopped: AbortSignal;
  /** Opens another stream, after one on which nothing was handled. */
  openAgain(reason: OpenAgain): Promise<Opened>;
  /** Takes up the session `previd` on another stream. */
  resume(previd: string, handled: number, signal: AbortSignal): Promise<Resumed>;
  /** How long to try that when the connection is lost; 0: not at all. */
  readonly patienceMs: number;
  /** Told when the connection is lost and when the session goes on. */
  readonly onLink: ((state: 'lost' | 'resumed') => void) | undefined;
}

/** Who sits on the link. */
export interface Rider {
  /** A stanza came; reading goes on when this resolves. */
  take(stanza: Element): Promise<void> | undefined;
  /** A child of the payload of a stanza that is still coming. */
  part(stanza: Element, part: Element): PartFate;
  /** How many of the last stanzas taken have not been dealt with. */
  waiting(): number;
  /** The end; no error if it was asked for. */
  over(error: unknown): void;
}

export class Link {
  readonly acks = new Acknowledgements();
  /** The own full JID, as far as it is known. */
  jid: Jid;
  /** Whether the server acknowledges stanzas, or has been asked to. */
  acknowledged: boolean;
  maxStanzaBytes: number | null = null;
  /** Those after login. */
  features: Element = xml('features', { xmlns: ns.stream });
  /** Somebody waits for acknowledgements: ask again on a new stream. */
  awaited = 0;
  /** Resolves when the resource is bound; stanzas may be written before. */
  readonly ready: Promise<void>;
  readonly #options: LinkOptions;
  readonly #rider: Rider;
  /** Aborted when the session is to end: nothing is taken up again then. */
  readonly #ending = new AbortController();
  #stream: XmlStream;
  #resumption: Resumption | null = null;
  #received = 0;
  #closed = false;
  readonly #pauses = new Pauses(atOnceThenBackOff);
  /** When the stream began, on a clock that never jumps. */
  #since = performance.now();

  constructor(opened: Opened, options: LinkOptions, rider: Rider) {
    this.#stream = opened.stream;
    this.#options = options;
    this.#rider = rider;
    this.jid = opened.jid;
    this.acknowledged = opened.acknowledged;
    opened.stream.onPart = rider.part;
    this.ready = this.#finishOpening(opened);
    void this.#run();
  }

  /** Writes a stanza and counts it. Throws kind data. Resolves when more can be written. */
  async write(stanza: Element): Promise<void> {
    this.#stream.writeElement(stanza);
    this.acks.add(stanza);
    if (this.acknowledged && this.acks.outstanding % askEvery === 0) this.askForAck();
    await this.#stream.drained();
  }

  askForAck(): void {
    this.#stream.writeElement(ackRequest());
  }

  /** The connection is no good any more: takes the session up on another, or ends it. */
  loseIt(why: string): void {
    this.#stream.fail(new XmppctlError('tempfail', why));
  }

  /** Ends the stream. What has been dealt with is acknowledged before, or the server would keep it for another time. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#ending.abort();
    if (this.#received > 0 && this.acknowledged) this.#acknowledge();
    await this.#stream.close();
  }

  abort(error: unknown): void {
    this.#ending.abort();
    this.#stream.fail(error);
  }

  async #run(): Promise<void> {
    for (;;) {
      const error = await this.#receive();
      if (this.#closed) return this.#rider.over(undefined);
      this.#stream.fail(error);
      const why = await this.#resume(error);
      if (why !== undefined) return this.#rider.over(why);
    }
  }

  /** Takes what comes until the stream is over; returns why. */
  async #receive(): Promise<unknown> {
    try {
      await this.ready;
      for (let element = await this.#stream.next(); element; element = await this.#stream.next()) {
        if (element.getNS() === nsSm) this.#takeCount(element);
        if (!isStanza(element)) continue;
        this.#received = wrap(this.#received + 1);
        await this.#rider.take(element);
        if (this.acknowledged && this.#received % acknowledgeEvery === 0) this.#acknowledge();
      }
      this.#resumption = null; // who ends a stream in order ends the session (XEP-0198 5)
      return new XmppctlError('tempfail', 'the server ended the stream');
    } catch (error) {
      return error;
    }
  }

  #takeCount(element: Element): void {
    if (element.getName() === 'r') this.#acknowledge();
    if (element.getName() === 'a') this.acks.take(readH(element) ?? 0);
  }

  /** What the command has not dealt with would be lost with this process: the server keeps it. */
  #acknowledge(): void {
    this.#stream.writeElement(ack(wrap(this.#received - this.#rider.waiting())));
  }

  async #finishOpening(opened: Opened): Promise<void> {
    const bound = await opened.finish().catch(async (error) => {
      if (!(error instanceof OpenAgain)) throw error;
      opened.stream.fail(error);
      this.acks.untouched = true;
      const again = await this.#options.openAgain(error);
      this.acks.untouched = false;
      this.acks.startAgain();
      this.#goOn(again.stream);
      return await again.finish();
    });
    this.jid = bound.jid;
    this.acknowledged = bound.acknowledged;
    this.maxStanzaBytes = bound.maxStanzaBytes;
    this.features = bound.features;
    this.#resumption = bound.resumption;
    if (!bound.acknowledged) this.acks.giveUp();
  }

  /** After the connection was lost because of `error`: the same session on another one. Tells why it is over, if it is. */
  async #resume(error: unknown): Promise<unknown> {
    const { patienceMs, onLink, stopped } = this.#options;
    // A stream error has a condition; a connection that breaks has none.
    const broke = error instanceof XmppctlError && error.kind === 'tempfail' && error.condition === undefined;
    const lost = broke && !this.#ending.signal.aborted;
    if (!lost || !this.#resumption || patienceMs === 0 || stopped.aborted) return error;
    onLink?.('lost');
    const answer = await this.#tryToResume(this.#resumption.id, patienceMs);
    if (answer === undefined) return error;
    if (answer instanceof XmppctlError) return answer;
    try {
      // A refusal may tell as well how many of our stanzas were handled (X20).
      if (answer.h !== undefined) this.acks.take(answer.h);
    } catch (lie) {
      answer.stream.fail(lie);
      return error;
    }
    if (!answer.resumed) {
      answer.stream.fail(error);
      return error;
    }
    this.#goOn(answer.stream);
    onLink?.('resumed');
    return undefined;
  }

  /** An error: the server does not want us for now, and nobody shall knock again at once. */
  async #tryToResume(previd: string, patienceMs: number): Promise<Resumed | XmppctlError | undefined> {
    const { signal } = this.#ending;
    const end = performance.now() + patienceMs;
    let pause = this.#pauses.after(performance.now() - this.#since, undefined);
    while (performance.now() + pause <= end) {
      if (pause > 0) await sleep(pause, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return undefined;
      try {
        return await this.#options.resume(previd, this.#received, signal);
      } catch (error) {
        if (!(error instanceof XmppctlError) || error.kind !== 'tempfail') return undefined;
        if (isRateLimit(error)) return error;
        pause = this.#pauses.after(0, error);
      }
    }
    return undefined;
  }

  #goOn(stream: XmlStream): void {
    this.#stream = stream;
    this.#since = performance.now();
    stream.onPart = this.#rider.part;
    for (const stanza of this.acks.waiting) stream.writeElement(stanza);
    if (this.awaited > 0) this.askForAck();
  }
}
