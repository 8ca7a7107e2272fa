/** What ends a command early: --timeout and the user. */
import { XmppctlError } from '../errors.ts';
import type { OpenSession } from '../session/session.ts';

const interrupted = (): XmppctlError => new XmppctlError('tempfail', 'interrupted');

/** `stopped`, with a reason that can be reported. */
export function interruption(stopped: AbortSignal): AbortSignal {
  const controller = new AbortController();
  const abort = (): void => controller.abort(interrupted());
  if (stopped.aborted) abort();
  else stopped.addEventListener('abort', abort, { once: true });
  return controller.signal;
}

/** The session ends with the deadline, and when the user wants to stop. A listener has many sessions: no ended one is kept. */
export function watch(
  session: Pick<OpenSession, 'abort' | 'interrupt' | 'ended'>,
  deadline: AbortSignal,
  stopped: AbortSignal,
): void {
  const abort = (): void => session.abort(deadline.reason);
  const interrupt = (): void => session.interrupt();
  deadline.addEventListener('abort', abort, { once: true });
  stopped.addEventListener('abort', interrupt, { once: true });
  void session.ended.then(() => {
    deadline.removeEventListener('abort', abort);
    stopped.removeEventListener('abort', interrupt);
  });
  if (stopped.aborted) interrupt();
}

/** Resolves when the session is ready; it is broken off when the signal is aborted before that. */
export async function readyUnless(session: OpenSession, signal: AbortSignal | undefined): Promise<void> {
  const giveUp = (): void => session.abort(signal?.reason);
  if (signal?.aborted) giveUp();
  signal?.addEventListener('abort', giveUp, { once: true });
  await session.ready.finally(() => signal?.removeEventListener('abort', giveUp));
}
