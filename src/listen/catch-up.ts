/** What the archive has of the time when nobody listened, read on one session. */
import { XmppctlError } from '../errors.ts';
import { patientSession } from '../session/patient-session.ts';
import type { Session } from '../session/types.ts';
import { nsCaps } from '../xmpp/xep0115-capabilities.ts';
import { isResultOf } from '../xmpp/xep0313-mam.ts';
import type { Element } from '../xmpp/xml.ts';
import { archivePage, archivePages } from './archive.ts';
import type { Arrival, Plan, Tools } from './plan.ts';
import type { Progress } from './progress.ts';

/** How often an archive is read again that is not sure of its order yet, and how long after the last time. */
const readAgain = 3;
const unstableMs = 2000;
/** How many archive ids are kept to recognise what also came live. */
const rememberedIds = 200_000;

export class CatchUp<R> {
  readonly #session: Session;
  readonly #plan: Plan<R>;
  readonly #tools: Tools;
  readonly #progress: Progress;
  readonly #told = new Set<string>();
  #unstable = false;
  /** No place is known where the archive is taken up. */
  readonly #isFirst: boolean;
  #hasBegun = false;
  /** The last question to the archive. */
  #query = '';

  constructor(session: Session, plan: Plan<R>, tools: Tools, progress: Progress) {
    this.#session = session;
    this.#plan = plan;
    this.#tools = tools;
    this.#progress = progress;
    this.#isFirst = progress.reached === undefined && plan.since === undefined;
  }

  /** The archive is not sure of its order: until the next session nothing that comes live is a place in it. */
  get unstable(): boolean {
    return this.#unstable;
  }

  /** Whether the message with that id has come from the archive already. */
  hasTold(id: string | null): boolean {
    return id !== null && this.#told.has(id);
  }

  /** Whether a stanza is part of the archive's answer. */
  isAnswer(stanza: Element): boolean {
    return isResultOf(stanza, this.#query, { archive: undefined, account: this.#session.jid });
  }

  /**
   * Before going online. COMPAT(ejabberd 23.01): a message that comes in the same moment as our presence is kept for later,
   * and not handed over; so the place in the archive must be known before. COMPAT(Prosody): it does not hand over what it kept
   * to whoever has asked its archive before, so others are asked later.
   */
  async prepare(): Promise<void> {
    if (this.#isFirst && isEjabberd(await this.#session.features())) await this.#beginAtTheEnd();
  }

  /** When we are online: what the archive has since the place that was reached; at the first run that is its end. */
  async *arrivals(lostAt: string | undefined): AsyncGenerator<Arrival<R>> {
    const { since } = this.#plan;
    if (this.#isFirst) {
      // Without an archive nobody knows what came while the connection was lost.
      if (lostAt) yield { kind: 'gap', since: lostAt, until: this.#tools.now().toISOString() };
      if (!this.#hasBegun) await this.#beginAtTheEnd();
      else if (this.#progress.reached) yield* this.#pages({}, this.#progress.reached.id ?? undefined);
      return;
    }
    const { reached } = this.#progress;
    yield { kind: 'connection', state: 'catching-up' };
    if (reached === undefined) yield* this.#pages({ start: since }, undefined);
    else {
      try {
        if (isForeign(reached.id, await this.#session.features())) throw unknownPlace();
        yield* this.#pages({}, reached.id ?? undefined);
      } catch (error) {
        if (!(error instanceof XmppctlError) || error.condition !== 'item-not-found') throw error;
        yield { kind: 'gap', since: reached.time, until: null };
        yield* this.#pages({ start: new Date(reached.time) }, undefined);
      }
    }
    yield { kind: 'connection', state: 'caught-up' };
  }

  async *#pages(filter: { start?: Date | undefined }, from: string | undefined): AsyncGenerator<Arrival<R>> {
    const session = this.#session;
    let after = from;
    for (let times = 0; times < readAgain; times += 1) {
      let last = after;
      this.#unstable = false;
      for await (const page of archivePages(this.#patient(), filter, { after }, this.#archiveTools)) {
        this.#unstable ||= !page.stable;
        for (const message of page.messages) {
          const time = (message.time ?? this.#tools.now()).toISOString();
          const place = this.#unstable ? undefined : { id: message.id, time };
          if (this.#told.has(message.id)) this.#progress.begin(place)();
          else yield { kind: 'archived', session, message, place, accept() {} };
          if (this.#told.size < rememberedIds) this.#told.add(message.id);
        }
        if (!this.#unstable) last = page.last ?? page.messages.at(-1)?.id ?? last;
      }
      // What the archive has put in its order since then may stand between what was read (XEP-0313 4.3.4).
      if (!this.#unstable) return;
      after = last;
      await this.#tools.after(unstableMs, this.#plan.over);
    }
  }

  /** What is there already is not told, and the place is remembered also if nothing is there. */
  async #beginAtTheEnd(): Promise<void> {
    const time = this.#tools.now().toISOString();
    this.#hasBegun = true;
    try {
      const last = await archivePage(this.#patient(), {}, { max: 1, before: '' }, this.#archiveTools);
      this.#progress.begin({ id: last.messages.at(-1)?.id ?? null, time })();
    } catch (error) {
      if (!(error instanceof XmppctlError) || error.condition === undefined) throw error;
      this.#plan.liveOnly();
    }
  }

  readonly #archiveTools = {
    randomId: (): string => {
      this.#query = this.#tools.randomId();
      return this.#query;
    },
  };

  /** An archive that does not answer must not keep back what comes live for ever. */
  #patient(): Session {
    return patientSession(this.#session, this.#plan.answerMs);
  }
}

function isEjabberd(features: Element): boolean {
  const capabilities = features.getChild('c', nsCaps);
  return capabilities?.attrs.node === 'http://www.process-one.net/en/ejabberd/';
}

/** COMPAT(ejabberd 23.01): its ids are numbers; another server's it takes for none, and tells all from the beginning. */
export const isForeign = (id: string | null, features: Element): boolean =>
  id !== null && !/^\d+$/.test(id) && isEjabberd(features);
const unknownPlace = (): XmppctlError =>
  new XmppctlError('negative', 'the archive does not know the place', { condition: 'item-not-found' });
