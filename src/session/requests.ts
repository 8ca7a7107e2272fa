/** IQ requests under way, each with who may answer it (RFC 6120 8.1.2.1, CASES 36). */
import type { XmppctlError } from '../errors.ts';
import { type Jid, readJid } from '../xmpp/jid.ts';
import { readStanzaError, stanzaErrorToError } from '../xmpp/stanza-error.ts';
import type { Element } from '../xmpp/xml.ts';
import { unlessAborted } from './abort.ts';
import { withResolvers } from './inbox.ts';
import type { PartFate } from './parser.ts';
import type { Refusals } from './types.ts';

interface Pending {
  readonly refusals: Refusals | undefined;
  answeredBy(from: string | undefined): boolean;
  readonly each: ((part: Element) => void) | undefined;
  resolve(answer: Element): void;
  reject(error: unknown): void;
}

export class Requests {
  readonly #jid: () => Jid;
  readonly #domain: string;
  readonly #pending = new Map<string, Pending>();

  /** `jid` is the own one as far as it is known by then. */
  constructor(jid: () => Jid, domain: string) {
    this.#jid = jid;
    this.#domain = domain;
  }

  /**
   * Waits for the answer to the IQ, which must carry a fresh id. Rejects with the error that it gets, or with the reason of
   * the signal.
   */
  async answerTo(
    iq: Element,
    refusals?: Refusals,
    each?: (part: Element) => void,
    signal?: AbortSignal,
  ): Promise<Element> {
    const id = iq.attrs.id ?? '';
    const { promise, resolve, reject } = withResolvers<Element>();
    this.#pending.set(id, { resolve, reject, refusals, each, answeredBy: this.#responders(iq.attrs.to) });
    const answer = signal ? unlessAborted(promise, signal) : promise;
    return await answer.finally(() => this.#pending.delete(id));
  }

  /** Takes an IQ of type result or error; false if it answers no question of ours, or comes from somebody else. */
  take(iq: Element): boolean {
    const pending = this.#pending.get(iq.attrs.id ?? '');
    if (!pending?.answeredBy(iq.attrs.from)) return false;
    if (iq.attrs.type === 'result') pending.resolve(iq);
    else pending.reject(refusal(iq, pending.refusals));
    return true;
  }

  /** Takes a child of the payload of an answer that is still coming, if somebody wants them one by one. */
  takePart(iq: Element, part: Element): PartFate {
    const pending = this.#pending.get(iq.attrs.id ?? '');
    if (iq.getName() !== 'iq' || iq.attrs.type !== 'result' || !pending?.answeredBy(iq.attrs.from)) return undefined;
    if (!pending.each) return 'wanted';
    try {
      pending.each(part);
    } catch (error) {
      pending.reject(error);
    }
    return 'taken';
  }

  /** How many questions have no answer yet. */
  get open(): number {
    return this.#pending.size;
  }

  /** The stream is over. */
  rejectAll(error: unknown): void {
    for (const pending of this.#pending.values()) pending.reject(error);
  }

  #own(): ReadonlySet<string | undefined> {
    const { bare, full } = this.#jid();
    return new Set([undefined, bare, full, this.#domain]);
  }

  #responders(to: string | undefined): (from: string | undefined) => boolean {
    const addressee = readJid(to)?.full;
    const isOwn = addressee === undefined || this.#own().has(addressee);
    return (from) => {
      const sender = from === undefined ? undefined : readJid(from)?.full;
      if (from !== undefined && sender === undefined) return false;
      return isOwn ? this.#own().has(sender) : sender === addressee;
    };
  }
}

/** The error that an IQ of type error means. */
export function refusal(iq: Element, refusals: Refusals = {}): XmppctlError {
  const special = refusals.read?.(iq);
  if (special) return special;
  const what = refusals.what ?? `${iq.attrs.from ?? 'the server'} refuses`;
  return stanzaErrorToError(what, readStanzaError(iq), refusals.kinds);
}
