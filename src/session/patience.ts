/** How long to wait for the fate of what was sent. */
import { XmppctlError } from '../errors.ts';

/** How long a live server may take to acknowledge (X22). */
const ackTimeoutMs = 15_000;
/** How long a connection that fell silent may take to be taken up again. */
const secondChanceMs = 10_000;
/** How long an interrupted command may still try to learn the outcome (SPEC 7, signals). */
const graceMs = 2000;

export interface Patience {
  /** How long both together may take at most; undefined: as long as they like. */
  readonly limitMs?: number | undefined;
  /** SIGINT or SIGTERM came. */
  readonly stopped: AbortSignal;
  /** The server has been silent for too long: the time to look for it elsewhere. */
  onSilence(): void;
}

/** The outcome; rejects when the server stays silent, or soon after the user has interrupted the command. */
export async function patiently<T>(outcome: Promise<T>, { limitMs, stopped, onSilence }: Patience): Promise<T> {
  const share = Math.min(1, (limitMs ?? Number.POSITIVE_INFINITY) / (ackTimeoutMs + secondChanceMs));
  outcome.catch(() => {}); // it may come when nobody waits any more
  return await new Promise<T>((resolve, reject) => {
    const giveUp = (why: string) => (): void => reject(new XmppctlError('unconfirmed', why));
    const silent = setTimeout(onSilence, share * ackTimeoutMs);
    const lost = setTimeout(giveUp('the server does not acknowledge'), share * (ackTimeoutMs + secondChanceMs));
    let grace: NodeJS.Timeout | undefined;
    const onStop = (): void => {
      grace = setTimeout(giveUp('interrupted before the server acknowledged'), graceMs);
    };
    if (stopped.aborted) onStop();
    else stopped.addEventListener('abort', onStop, { once: true });
    outcome.then(resolve, reject).finally(() => {
      for (const timer of [silent, lost, grace]) clearTimeout(timer);
      stopped.removeEventListener('abort', onStop);
    });
  });
}
