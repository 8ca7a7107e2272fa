/** A limit in time, as a signal. */

/**
 * Aborted after so many milliseconds, like AbortSignal.timeout(). COMPAT(Node 20): there the garbage collector forgets
 * such a signal once only AbortSignal.any() refers to it, and then the limit never comes.
 */
export function timeLimit(ms: number): AbortSignal {
  const controller = new AbortController();
  const giveUp = (): void => controller.abort(new DOMException('the time is up', 'TimeoutError'));
  setTimeout(giveUp, Math.max(0, Math.min(Math.ceil(ms), 2 ** 31 - 1)));
  return controller.signal;
}
