/**
 * Everything that comes in on an account, across lost connections: live stanzas, what the archive has of the time before,
 * and what happens to the connection. Nothing of the archive is left out and nothing that came live is told twice.
 */
import { XmppctlError } from '../errors.ts';
import { Pauses } from '../session/back-off.ts';
import type { Arrival, Incoming, Plan, Tools } from './plan.ts';
import { Progress } from './progress.ts';
import { NotLetIn } from './room.ts';
import { Visit } from './visit.ts';

/** Throws why it never was online, also if that is because `plan.over` came first: its reason. */
export async function* incoming<R>(plan: Plan<R>, tools: Tools): AsyncGenerator<Incoming<R>> {
  const progress = new Progress(plan.position, plan.advance);
  const pauses = new Pauses();
  let wasOnline = false;
  let lostAt: string | undefined;
  for (;;) {
    const visit = new Visit(plan, tools, progress, lostAt);
    try {
      for await (const arrival of visit.arrivals()) yield handedOut(arrival, progress);
      return;
    } catch (error) {
      wasOnline ||= visit.wasOnline;
      if (plan.over.aborted && wasOnline) return;
      const passing = error instanceof XmppctlError && error.kind === 'tempfail' && !(error instanceof NotLetIn);
      if (!plan.reconnect || !wasOnline || !passing) throw error;
      lostAt = visit.endedAt ?? lostAt;
      if (visit.isOnline) yield { kind: 'connection', state: 'lost' };
      await tools.after(pauses.after(visit.lasted, error), plan.over);
      if (plan.over.aborted) return;
    }
  }
}

/** From here on it counts in the order of what has to be accepted. */
function handedOut<R>(arrival: Arrival<R>, progress: Progress): Incoming<R> {
  if (!('place' in arrival)) return arrival;
  const done = progress.begin(arrival.place);
  const accepted = (): void => {
    arrival.accept();
    done();
  };
  return { ...arrival, accepted };
}
