/**
 * Everything that comes in on an account, across lost connections: live stanzas, what the archive has of the time before,
 * and what happens to the connection. Nothing of the archive is left out and nothing that came live is told twice.
 */
import type { Position } from '../account/cursor-file.ts';
import { XmppctlError } from '../errors.ts';
import { Pauses } from '../session/back-off.ts';
import { patientSession } from '../session/patient-session.ts';
import type { Session, Stanzas } from '../session/types.ts';
import { readDelay } from '../xmpp/xep0203-delay.ts';
import { isResultOf } from '../xmpp/xep0313-mam.ts';
import { stanzaIdBy } from '../xmpp/xep0359-stanza-ids.ts';
import type { Element } from '../xmpp/xml.ts';
import { archivePage, archivePages } from './archive.ts';
import { merge } from './merge.ts';
import type { Incoming, Plan, Rooms, Tools } from './plan.ts';
import { Queue, withQueue } from './queue.ts';
import { UnbrokenRun } from './unbroken-run.ts';

/** How long the server may keep a lost session for us before a new one is opened. */
const patienceMs = 300_000;
/** How often an archive is read again that is not sure of its order yet, and how long after the last time. */
const readAgain = 3;
const unstableMs = 2000;
/** How many archive ids are kept to recognise what also came live. */
const rememberedIds = 200_000;

export async function* incoming<R>(plan: Plan<R>, tools: Tools): AsyncGenerator<Incoming<R>> {
  const visitor = new Visitor(plan, tools);
  const pauses = new Pauses();
  for (;;) {
    try {
      yield* visitor.visit();
      return;
    } catch (error) {
      if (plan.over.aborted) return;
      const passing = error instanceof XmppctlError && error.kind === 'tempfail';
      if (!plan.reconnect || !visitor.wasOnline || !passing) throw error;
      if (visitor.online) yield { kind: 'connection', state: 'lost' };
      visitor.online = false;
      await tools.after(pauses.after(visitor.lasted, error), plan.over);
      if (plan.over.aborted) return;
    }
  }
}

class Visitor<R> {
  wasOnline = false;
  online = false;
  /** Milliseconds of the last session, from being online to its end. */
  lasted = 0;
  readonly #plan: Plan<R>;
  readonly #tools: Tools;
  readonly #run: UnbrokenRun;
  #position: Position | undefined;
  #lostAt: string | undefined;
  /** The archive is not sure of its order: until the next time nothing that comes live is a place in it. */
  #unstable = false;
  /** The last question to the archive. */
  #query = '';

  constructor(plan: Plan<R>, tools: Tools) {
    this.#plan = plan;
    this.#tools = tools;
    this.#position = plan.position;
    this.#run = new UnbrokenRun((position) => {
      this.#position = position;
      plan.advance(position);
    });
  }

  /** One session from its opening to its end. */
  async *visit(): AsyncGenerator<Incoming<R>> {
    const { plan, tools } = { plan: this.#plan, tools: this.#tools };
    const notes = new Queue<Incoming<R>>();
    await using session = await tools.connect({
      patienceMs: plan.reconnect ? patienceMs : 0,
      onLink: (state) => {
        this.online = state === 'resumed';
        notes.push({ kind: 'connection', state });
      },
    });
    if (plan.over.aborted) return;
    let onlineSince = performance.now();
    const ending = new AbortController();
    const end = (): void => void session.close();
    plan.over.addEventListener('abort', end, { once: true });
    try {
      // Listened to before anything is asked for, so that nothing falls between the archive and now.
      let rooms: Rooms<R> | undefined;
      // Questions (IQ) are the session's to answer, what rooms say is for the rooms, and the archive's answers are read as such.
      const owner = { archive: undefined, account: session.jid };
      const live = session.stanzas((stanza) =>
        stanza.getName() === 'iq' || isResultOf(stanza, this.#query, owner) || rooms?.includes(stanza)
          ? undefined
          : stanza,
      );
      const told = new Set<string>();
      try {
        await plan.arrive(session);
        onlineSince = performance.now();
        this.online = true;
        this.wasOnline = true;
        yield { kind: 'connection', state: 'online' };
        rooms = await plan.enterRooms?.(session);
        yield* this.#catchUp(session, told);
      } catch (error) {
        // What came before it broke: with a position the archive has it, and has it in order.
        if (session.over && this.#position === undefined) yield* this.#lives(session, live, told);
        throw error;
      }
      if (plan.once) await session.close();
      else {
        void this.#probe(session, ending.signal);
        void this.#beat(notes, ending.signal);
      }
      const sources = [this.#lives(session, live, told), ...(rooms ? [inRooms(rooms, session)] : [])];
      for await (const next of withQueue(merge(sources), notes)) {
        yield 'queued' in next ? next.queued : next.value;
      }
    } finally {
      this.#lostAt = tools.now().toISOString();
      this.lasted = performance.now() - onlineSince;
      ending.abort();
      plan.over.removeEventListener('abort', end);
    }
  }

  async *#lives(session: Session, live: Stanzas<Element>, told: ReadonlySet<string>): AsyncGenerator<Incoming<R>> {
    for await (const stanza of live) {
      if (!told.has(stanzaIdBy(stanza, session.jid.bare) ?? '')) yield this.#live(session, stanza, live.accept);
    }
  }

  #live(session: Session, stanza: Element, accept: () => void): Incoming<R> {
    const { bare, domain } = session.jid;
    const id = stanzaIdBy(stanza, bare);
    // What was stored on the way is older than what the archive's end may be by now.
    const counts = id !== null && !this.#unstable && readDelay(stanza, [bare, domain]) === null;
    const done = this.#run.begin(counts ? { id, time: this.#tools.now().toISOString() } : undefined);
    const accepted = (): void => {
      accept();
      done();
    };
    return { kind: 'stanza', session, stanza, accepted };
  }

  /** What the archive has since the position; at the first run only the place where it ends now. */
  async *#catchUp(session: Session, told: Set<string>): AsyncGenerator<Incoming<R>> {
    const { since } = this.#plan;
    const position = this.#position;
    if (position === undefined && since === undefined) {
      // Without an archive nobody knows what came while the connection was lost.
      if (this.#lostAt) yield { kind: 'gap', since: this.#lostAt, until: this.#tools.now().toISOString() };
      return await this.#beginAtTheEnd(session);
    }
    yield { kind: 'connection', state: 'catching-up' };
    if (position === undefined) yield* this.#pages(session, { start: since }, undefined, told);
    else {
      try {
        yield* this.#pages(session, {}, position.id ?? undefined, told);
      } catch (error) {
        if (!(error instanceof XmppctlError) || error.condition !== 'item-not-found') throw error;
        yield { kind: 'gap', since: position.time, until: null };
        yield* this.#pages(session, { start: new Date(position.time) }, undefined, told);
      }
    }
    yield { kind: 'connection', state: 'caught-up' };
  }

  async *#pages(
    session: Session,
    filter: { start?: Date | undefined },
    from: string | undefined,
    told: Set<string>,
  ): AsyncGenerator<Incoming<R>> {
    const { now } = this.#tools;
    let after = from;
    for (let times = 0; times < readAgain; times += 1) {
      let last = after;
      this.#unstable = false;
      for await (const page of archivePages(this.#patient(session), filter, { after }, this.#archiveTools)) {
        this.#unstable ||= !page.stable;
        for (const message of page.messages) {
          const place = { id: message.id, time: (message.time ?? now()).toISOString() };
          const accepted = this.#run.begin(this.#unstable ? undefined : place);
          if (told.has(message.id)) accepted();
          else yield { kind: 'archived', session, message, accepted };
          if (told.size < rememberedIds) told.add(message.id);
        }
        if (!this.#unstable) last = page.last ?? page.messages.at(-1)?.id ?? last;
      }
      // What the archive has put in its order since then may stand between what was read (XEP-0313 4.3.4).
      if (!this.#unstable) return;
      after = last;
      await this.#tools.after(unstableMs, this.#plan.over);
    }
  }

  /** The first run: what is there already is not told, and the place is remembered also if nothing is there. */
  async #beginAtTheEnd(session: Session): Promise<void> {
    const time = this.#tools.now().toISOString();
    try {
      const last = await archivePage(this.#patient(session), {}, { max: 1, before: '' }, this.#archiveTools);
      this.#run.begin({ id: last.messages.at(-1)?.id ?? null, time })();
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
  #patient(session: Session): Session {
    return patientSession(session, this.#plan.answerMs);
  }

  /** Notices a connection that is dead without saying so (X22). */
  async #probe(session: Session, signal: AbortSignal): Promise<void> {
    for (;;) {
      await this.#tools.after(this.#plan.probeMs, signal);
      if (signal.aborted) return;
      await session.settle().catch(() => undefined); // the loop above hears of it
    }
  }

  async #beat(notes: Queue<Incoming<R>>, signal: AbortSignal): Promise<void> {
    const { heartbeatMs } = this.#plan;
    while (heartbeatMs !== undefined) {
      await this.#tools.after(heartbeatMs, signal);
      if (signal.aborted) return;
      notes.push({ kind: 'heartbeat' });
    }
  }
}

async function* inRooms<R>(rooms: Rooms<R>, session: Session): AsyncGenerator<Incoming<R>> {
  for await (const value of rooms.events()) yield { kind: 'room', session, value };
}
