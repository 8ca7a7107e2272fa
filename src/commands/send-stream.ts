/** Messages that come one after the other: sent as they come, and what became of them told in the same order. */
import { XmppctlError } from '../errors.ts';
import type { Context } from './context.ts';
import type { Outcome } from './delivery.ts';
import { allFailed, type Draft, type Written } from './send-together.ts';

/** So many messages are vouched for at once; and how long the first of them waits for more to come. */
const groupSize = 128;
const gatherMs = 1;
/** So many groups are under way at most: what is sent and not known about is all that is kept in memory. */
const windowSize = 6;

type Group = readonly (Draft | Outcome)[];

/**
 * Sends each group as soon as it has come, with others still under way, however long the results take to be printed. The
 * first that cannot be sent at all is the last: what comes behind it is not read.
 */
export async function* sendAsTheyCome(
  messages: AsyncIterable<Draft | Outcome>,
  write: (group: Group) => Promise<Written>,
  ctx: Context,
): AsyncGenerator<Outcome> {
  const fates: Promise<readonly Outcome[]>[] = [];
  const change = new Change();
  let over = false;
  const sending = (async () => {
    for await (const group of inGroups(messages, ctx)) {
      while (fates.length >= windowSize) await change.next();
      const written = await write(group).catch((error: unknown) => {
        if (error instanceof XmppctlError) return { outcomes: allFailed(group, error), isLast: true };
        throw error;
      });
      fates.push(Promise.resolve(written.outcomes));
      change.tell();
      if ('isLast' in written) break;
    }
  })().finally(() => {
    over = true;
    change.tell();
  });
  sending.catch(() => {}); // thrown when all before it have been told
  while (!over || fates.length > 0) {
    const [oldest] = fates;
    if (oldest === undefined) {
      await change.next();
      continue;
    }
    const outcomes = await oldest;
    fates.splice(0, 1);
    change.tell();
    yield* outcomes;
  }
  await sending;
}

/** Lets those who wait know that something is different. */
class Change {
  #waiting: (() => void)[] = [];

  next(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  tell(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}

/** What is there goes together; nothing waits for what is not. */
export async function* inGroups(messages: AsyncIterable<Draft | Outcome>, ctx: Context): AsyncGenerator<Group> {
  const come: (Draft | Outcome)[] = [];
  const change = new Change();
  let over = false;
  const reading = (async () => {
    for await (const message of messages) {
      come.push(message);
      if (come.length === 1 || come.length === groupSize) change.tell();
      while (come.length >= groupSize) await change.next();
    }
  })().finally(() => {
    over = true;
    change.tell();
  });
  reading.catch(() => {}); // thrown when those before have been taken
  for (;;) {
    while (come.length === 0 && !over) await change.next();
    if (come.length < groupSize && !over) await ctx.clock.after(gatherMs);
    if (come.length === 0) break;
    yield come.splice(0);
    change.tell();
  }
  await reading;
}
