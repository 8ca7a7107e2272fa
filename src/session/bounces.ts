/** Errors that come back for messages and presences sent here (RFC 6120 8.3). */
import { type Jid, readJid } from '../xmpp/jid.ts';
import { readStanzaError, type StanzaError } from '../xmpp/stanza-error.ts';
import type { Element } from '../xmpp/xml.ts';

/** So many of our last ids are recognised. */
const rememberedIds = 10_000;

interface Bounce {
  readonly from: Jid | undefined;
  readonly error: StanzaError;
}

export class Bounces {
  readonly #sent = new Map<string, Bounce[]>();

  /** A stanza with that id leaves. A session may send for months. */
  remember(id: string): void {
    if (!this.#sent.has(id)) this.#sent.set(id, []);
    if (this.#sent.size <= rememberedIds) return;
    const [oldest = ''] = this.#sent.keys();
    this.#sent.delete(oldest);
  }

  take(stanza: Element): void {
    const { type, id, from } = stanza.attrs;
    if (type !== 'error' || id === undefined) return;
    this.#sent.get(id)?.push({ from: readJid(from), error: readStanzaError(stanza) });
  }

  /** The error for what went to `to` with that id; several may have got one with the same. */
  of(id: string, to: Jid, ownDomain: string): StanzaError | undefined {
    return this.#sent.get(id)?.find(({ from }) => mayReturn(from, to, ownDomain))?.error;
  }
}

/** The addressee, or one of the two servers, can say that a message did not arrive; nobody else can. */
export const mayReturn = (from: Jid | undefined, to: Jid, ownDomain: string): boolean =>
  from === undefined || [to.bare, to.domain, ownDomain].includes(from.bare);
