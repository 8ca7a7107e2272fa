/** One session of a listener, from its opening to its end. */
import type { Session, Stanzas } from '../session/types.ts';
import { readDelay } from '../xmpp/xep0203-delay.ts';
import { stanzaIdBy } from '../xmpp/xep0359-stanza-ids.ts';
import type { Element } from '../xmpp/xml.ts';
import { CatchUp } from './catch-up.ts';
import { merge } from './merge.ts';
import type { Arrival, Plan, Rooms, Tools } from './plan.ts';
import type { Progress } from './progress.ts';
import { Queue, withQueue } from './queue.ts';

/** How long the server may keep a lost session for us before a new one is opened. */
const patienceMs = 300_000;

export class Visit<R> {
  wasOnline = false;
  isOnline = false;
  /** Milliseconds from being online to the end. */
  lasted = 0;
  /** When it ended; undefined if there was no session. */
  endedAt: string | undefined;
  readonly #plan: Plan<R>;
  readonly #tools: Tools;
  readonly #progress: Progress;
  /** When the session before this one ended. */
  readonly #lostAt: string | undefined;
  #onlineSince = performance.now();
  /** What happens to the connection meanwhile. */
  readonly #notes = new Queue<Arrival<R>>();

  constructor(plan: Plan<R>, tools: Tools, progress: Progress, lostAt: string | undefined) {
    this.#plan = plan;
    this.#tools = tools;
    this.#progress = progress;
    this.#lostAt = lostAt;
  }

  /** Ends when `plan.over` is aborted, or with --once; throws what the session broke with. */
  async *arrivals(): AsyncGenerator<Arrival<R>> {
    const { over } = this.#plan;
    await using session = await this.#open();
    this.#onlineSince = performance.now();
    const ending = new AbortController();
    try {
      for await (const next of withQueue(this.#heardOn(session, ending.signal), this.#notes, over)) {
        yield 'queued' in next ? next.queued : next.value;
      }
      if (!this.wasOnline) over.throwIfAborted();
      // As long as the connection is there for receipts and replies.
      await this.#plan.dealtWith();
    } finally {
      this.endedAt = this.#tools.now().toISOString();
      this.lasted = performance.now() - this.#onlineSince;
      ending.abort();
    }
  }

  async #open(): Promise<Session> {
    return await this.#tools.connect({
      patienceMs: this.#plan.reconnect ? patienceMs : 0,
      signal: this.#plan.over,
      onLink: (state) => {
        this.isOnline = state === 'resumed';
        this.#notes.push({ kind: 'connection', state });
      },
    });
  }

  /** What came before, and what comes until the session ends; with --once only what was waiting. */
  async *#heardOn(session: Session, ending: AbortSignal): AsyncGenerator<Arrival<R>> {
    const { plan, past } = { plan: this.#plan, past: new CatchUp(session, this.#plan, this.#tools, this.#progress) };
    let rooms: Rooms<R> | undefined;
    // Listened to before anything is asked for, so that nothing falls between the archive and now. Questions (IQ) are the
    // session's to answer, what rooms say is for the rooms, and the archive's answers are read as such.
    const live = session.stanzas((stanza) =>
      stanza.getName() === 'iq' || past.isAnswer(stanza) || rooms?.includes(stanza) ? undefined : stanza,
    );
    try {
      await plan.arrive(session, past.prepare());
      this.#onlineSince = performance.now();
      this.isOnline = true;
      this.wasOnline = true;
      yield { kind: 'connection', state: 'online' };
      rooms = await plan.enterRooms?.(session);
      yield* past.arrivals(this.#lostAt);
    } catch (error) {
      // What came before it broke: with a place in the archive it is there, and in order.
      if (session.over && this.#progress.reached === undefined) yield* this.#lives(session, live, past);
      throw error;
    }
    if (plan.once) live.seal();
    else {
      void this.#probe(session, ending);
      void this.#beat(ending);
    }
    yield* merge([this.#lives(session, live, past), ...(rooms ? [inRooms(rooms, session)] : [])]);
  }

  async *#lives(session: Session, live: Stanzas<Element>, past: CatchUp<R>): AsyncGenerator<Arrival<R>> {
    const { bare, domain } = session.jid;
    for await (const stanza of live) {
      const id = stanzaIdBy(stanza, bare);
      const told = past.hasTold(id);
      // What was stored on the way is older than what the archive's end may be by now.
      const counts = id !== null && !told && !past.unstable && readDelay(stanza, [bare, domain]) === null;
      const place = counts ? { id, time: this.#tools.now().toISOString() } : undefined;
      let isAtHand = true;
      const accept = (): void => {
        if (isAtHand) live.accept();
      };
      yield { kind: 'stanza', session, stanza, told, place, accept };
      isAtHand = false;
    }
  }

  /** Notices a connection that is dead without saying so (X22). */
  async #probe(session: Session, ending: AbortSignal): Promise<void> {
    for (;;) {
      await this.#tools.after(this.#plan.probeMs, ending);
      if (ending.aborted) return;
      await session.settle().catch(() => undefined); // who reads hears of it
    }
  }

  async #beat(ending: AbortSignal): Promise<void> {
    const { heartbeatMs } = this.#plan;
    while (heartbeatMs !== undefined) {
      await this.#tools.after(heartbeatMs, ending);
      if (ending.aborted) return;
      this.#notes.push({ kind: 'heartbeat' });
    }
  }
}

async function* inRooms<R>(rooms: Rooms<R>, session: Session): AsyncGenerator<Arrival<R>> {
  for await (const value of rooms.events()) yield { kind: 'room', session, value };
}
