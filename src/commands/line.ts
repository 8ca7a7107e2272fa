/** The connection of a command that sends, and another one where it broke. */
import { XmppctlError } from '../errors.ts';
import { atOnceThenBackOff, Pauses } from '../session/back-off.ts';
import type { Session } from '../session/types.ts';
import type { Context } from './context.ts';
import type { Draft } from './send-together.ts';

export class Line implements AsyncDisposable {
  /** Resolves when the fate of all that was written so far is known. */
  before: Promise<unknown> = Promise.resolve();
  /** The last message that the server is known to have: no other of that time stands before it in the archive. */
  lastSent: Draft | undefined;
  readonly #ctx: Context;
  #current: Promise<Session> | undefined;
  #known: Session | undefined;
  readonly #pauses = new Pauses(atOnceThenBackOff);
  #openedAt = 0;

  constructor(ctx: Context) {
    this.#ctx = ctx;
  }

  /** A session that is not over, opened if need be; for all who ask at that time the same. Throws what connecting throws. */
  async session(): Promise<Session> {
    const current = this.#current;
    const session = await current;
    if (session && !session.over) return session;
    // Whoever came first may have begun to open another.
    if (this.#current === current) this.#current = session ? this.#openAgain(session.over) : this.#open();
    return await this.session();
  }

  /** There was no connection to be had; the next who asks tries again. */
  forget(): void {
    this.#current = undefined;
  }

  /** Whether it is another session than at the last time. */
  isNew(session: Session): boolean {
    const isNew = this.#known !== undefined && this.#known !== session;
    this.#known = session;
    return isNew;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const session = await this.#current?.catch(() => undefined);
    await session?.close();
  }

  async #open(): Promise<Session> {
    const session = await this.#ctx.connect();
    this.#openedAt = this.#ctx.clock.monotonic();
    return session;
  }

  /** After one that ended because of `why`; for as long as the command may take to connect. */
  async #openAgain(why: unknown): Promise<Session> {
    const { clock, stopped, timeout, left } = this.#ctx;
    const end = clock.monotonic() + Math.min(timeout(), left());
    let pause = this.#pauses.after(clock.monotonic() - this.#openedAt, why);
    if (why instanceof XmppctlError && ['conflict', 'insecure'].includes(why.kind)) throw why;
    for (let last = why; ; pause = this.#pauses.after(0, last)) {
      if (stopped.aborted || clock.monotonic() + pause > end) throw last;
      if (pause > 0) await clock.after(pause, stopped);
      try {
        return await this.#open();
      } catch (error) {
        if (!(error instanceof XmppctlError) || error.kind !== 'tempfail') throw error;
        last = error;
      }
    }
  }
}
