/** The connection of a command that sends, and another one where it broke. */
import { XmppctlError } from '../errors.ts';
import type { Session } from '../session/types.ts';
import type { Context } from './context.ts';

const firstPauseMs = 1000;
const longestPauseMs = 10_000;

export class Line implements AsyncDisposable {
  /** Resolves when the fate of all that was written so far is known. */
  before: Promise<unknown> = Promise.resolve();
  readonly #ctx: Context;
  #current: Promise<Session> | undefined;
  #known: Session | undefined;

  constructor(ctx: Context) {
    this.#ctx = ctx;
  }

  /** A session that is not over, opened if need be; for all who ask at that time the same. Throws what connecting throws. */
  async session(): Promise<Session> {
    const current = this.#current;
    const session = await current;
    if (session && !session.over) return session;
    // Whoever came first may have begun to open another.
    if (this.#current === current) this.#current = current === undefined ? this.#ctx.connect() : this.#openAgain();
    return await this.session();
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

  /** For as long as the command may take to connect. */
  async #openAgain(): Promise<Session> {
    const { clock, stopped, timeout, left, connect } = this.#ctx;
    const end = clock.monotonic() + Math.min(timeout(), left());
    for (let pause = firstPauseMs; ; pause = Math.min(2 * pause, longestPauseMs)) {
      try {
        return await connect();
      } catch (error) {
        const hopeless = !(error instanceof XmppctlError) || error.kind !== 'tempfail';
        if (hopeless || stopped.aborted || clock.monotonic() + pause > end) throw error;
      }
      await clock.after(pause, stopped);
    }
  }
}
