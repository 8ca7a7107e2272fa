/** How long a message may still come back, after the own server has taken it. */
import type { Session } from '../session/types.ts';
import { ping } from '../xmpp/xep0199-ping.ts';
import type { Context } from './context.ts';
import type { DeliveryArgs, Sent } from './delivery.ts';

/** How long a message to another domain may take to come back before it counts as accepted. */
const remoteFenceMs = 2000;
/** Kept of --timeout for closing the stream. */
export const closingMs = 300;
/** Node's timers take no more, in milliseconds. */
const longestTimer = 2 ** 31 - 1;

/**
 * A ping to each recipient elsewhere, after the message: when it is answered, by whomever, an error of the message has come
 * as well. Neither the own server's acknowledgement says that nor an answer of the other domain: rooms are on their own.
 * By bare JID; none where the user says how long to wait.
 */
export function othersAnswer(
  session: Session,
  sent: readonly Sent[],
  { bounceWait }: DeliveryArgs,
): ReadonlyMap<string, Promise<unknown>> {
  if (bounceWait !== undefined) return new Map();
  const elsewhere = sent.filter(({ to }) => to.domain !== session.jid.domain);
  const asked = new Set(elsewhere.map(({ to }) => to.bare));
  return new Map([...asked].map((jid) => [jid, session.request(ping(jid)).catch(() => {})]));
}

/** The server has the messages now; a stream that breaks from here on takes nothing of that back. */
export async function waitForBounces(
  sent: readonly Sent[],
  others: ReadonlyMap<string, Promise<unknown>>,
  { bounceWait }: DeliveryArgs,
  ctx: Context,
): Promise<void> {
  const left = Math.max(0, Math.min(ctx.left(), longestTimer) - closingMs);
  const isOpen = ({ to }: Sent): boolean => bounceWait !== undefined || others.has(to.bare);
  const known = ({ to, bounce }: Sent): Promise<unknown> =>
    Promise.race([bounce.within(left), others.get(to.bare) ?? new Promise(() => {})]);
  const all = Promise.allSettled(sent.filter(isOpen).map(known));
  await Promise.race([all, ctx.clock.after(Math.min(bounceWait ?? remoteFenceMs, left))]);
}
