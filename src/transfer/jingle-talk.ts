/** What two clients say to each other about one Jingle session (XEP-0166). */

import { setMaxListeners } from 'node:events';
import { type ErrorKind, XmppctlError } from '../errors.ts';
import { unlessAborted } from '../session/abort.ts';
import type { Read, Refusals, Session, Stanzas } from '../session/types.ts';
import { timeLimit } from '../time-limit.ts';
import { type Jid, readJid } from '../xmpp/jid.ts';
import {
  content,
  type Jingle,
  type JingleAction,
  jingle,
  type Role,
  readJingle,
  reason,
} from '../xmpp/xep0166-jingle.ts';
import { type Element, xml } from '../xmpp/xml.ts';

/** Of what nobody asked for. */
const maxHeard = 100;
/** For the answer to our last word. */
const goodbyeMs = 2000;

interface Waiting {
  offer(said: Jingle): boolean;
  fail(error: unknown): void;
}

export class JingleTalk implements Disposable {
  readonly session: Session;
  readonly peer: Jid;
  readonly sid: string;
  readonly role: Role;
  /** Aborted when the transfer is given up here, or by the peer. */
  readonly signal: AbortSignal;
  readonly #name: string;
  readonly #stanzas: Stanzas<{ iq: Element; said: Jingle }>;
  readonly #brokenOff = new AbortController();
  readonly #hearing: Pick<Stanzas<unknown>, 'discard'>[] = [];
  #heard: Jingle[] = [];
  #waiting: Waiting[] = [];
  #over: unknown;
  #ended = false;

  /** Listens from now on; `name` is that of the only content. No step outlives the signal. */
  constructor(session: Session, peer: Jid, sid: string, role: Role, name: string, signal: AbortSignal) {
    this.signal = AbortSignal.any([signal, this.#brokenOff.signal]);
    // Many blocks may be under way, and each wants to know.
    setMaxListeners(0, this.signal);
    this.session = session;
    this.peer = peer;
    this.sid = sid;
    this.role = role;
    this.#name = name;
    this.#stanzas = session.stanzas((iq) => {
      const said = readJid(iq.attrs.from)?.full === peer.full ? readJingle(iq) : undefined;
      return said?.sid === sid && said.action !== 'session-initiate' ? { iq, said } : undefined;
    });
    void this.#listen();
  }

  /** Whether the peer has ended it, and not because all went well. */
  get isBrokenOff(): boolean {
    return this.#brokenOff.signal.aborted;
  }

  /** Tells the peer something about the content. */
  async tell(action: JingleAction, ...children: readonly Element[]): Promise<void> {
    await this.#say(action, content(this.#name, ...children), this.signal);
  }

  /** Asks the peer, or a service on the way to it. */
  async request(iq: Element, refusals?: Refusals): Promise<Element> {
    return await this.session.request(iq, refusals, undefined, this.signal);
  }

  /** Other stanzas of the session, from now until its end. */
  hear<T>(read: Read<T>): Stanzas<T> {
    const stanzas = this.session.stanzas(read);
    this.#hearing.push(stanzas);
    return stanzas;
  }

  /** The next thing that `read` takes, of what was said and will be. Throws why the peer ends the session. */
  async next<T>(read: (said: Jingle) => T | undefined): Promise<T> {
    for (const said of this.#heard) {
      const value = read(said);
      if (value === undefined) continue;
      this.#heard = this.#heard.filter((other) => other !== said);
      return value;
    }
    if (this.#over !== undefined) throw this.#over;
    return await unlessAborted(
      new Promise<T>((resolve, reject) => {
        this.#waiting.push({
          offer: (said) => {
            const value = read(said);
            if (value === undefined) return false;
            resolve(value);
            return true;
          },
          fail: reject,
        });
      }),
      this.signal,
    );
  }

  /** Ends the session; nobody waits for more. */
  async end(condition: string): Promise<void> {
    if (this.#ended || this.#over !== undefined) return;
    this.#ended = true;
    await this.#say('session-terminate', reason(condition), timeLimit(goodbyeMs)).catch(() => {});
  }

  [Symbol.dispose](): void {
    for (const stanzas of [this.#stanzas, ...this.#hearing]) stanzas.discard();
  }

  async #say(action: JingleAction, child: Element, signal: AbortSignal): Promise<void> {
    const { session, role, sid } = this;
    const initiator = role === 'initiator' ? session.jid.full : this.peer.full;
    const roles = action === 'session-accept' ? { initiator, responder: session.jid.full } : { initiator };
    const refusals: Refusals = {
      what: `${this.peer.full} refuses`,
      kinds: { 'service-unavailable': 'unavailable', 'item-not-found': 'tempfail' },
    };
    await session.request(jingle(this.peer.full, { action, sid, ...roles }, child), refusals, undefined, signal);
  }

  async #listen(): Promise<void> {
    try {
      for await (const { iq, said } of this.#stanzas) {
        await this.session.send(xml('iq', { type: 'result', id: iq.attrs.id, to: iq.attrs.from }));
        const taken = this.#waiting.findIndex((waiting) => waiting.offer(said));
        if (taken >= 0) this.#waiting.splice(taken, 1);
        else if (this.#heard.push(said) > maxHeard)
          throw new XmppctlError('protocol', `${this.peer.full} talks too much`);
        if (said.action !== 'session-terminate') continue;
        const error = endedBecause(said.reason, this.peer);
        this.#fail(error);
        // Bytes may still be on their way when the peer says that it has sent them all.
        if (said.reason !== 'success') this.#brokenOff.abort(error);
      }
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    this.#over ??= error;
    for (const waiting of this.#waiting.splice(0)) waiting.fail(error);
  }
}

const kinds: Readonly<Record<string, ErrorKind>> = {
  decline: 'noperm',
  'security-error': 'noperm',
  'unsupported-applications': 'unavailable',
  'unsupported-transports': 'unavailable',
  'incompatible-parameters': 'unavailable',
  'failed-application': 'data',
  'media-error': 'data',
};

function endedBecause(condition: string | null, { full }: Jid): XmppctlError {
  const kind = Object.hasOwn(kinds, condition ?? '') ? kinds[condition ?? ''] : undefined;
  return new XmppctlError(kind ?? 'tempfail', `${full} ended the transfer (${condition ?? 'no reason given'})`, {
    condition: condition ?? undefined,
  });
}
