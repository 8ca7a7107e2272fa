/** Ending what is under way when a signal says so. */
import type { XmlStream } from './stream.ts';

/** The promise, or the signal's reason if that comes first: for steps that cannot be told to stop. */
export async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  promise.catch(() => {}); // its outcome may come when nobody listens any more
  return await new Promise<T>((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason);
    if (signal.aborted) return onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}

/** Runs `step`; breaks the stream off when the signal aborts or the step fails. */
export async function abortable<T>(stream: XmlStream, signal: AbortSignal, step: () => Promise<T>): Promise<T> {
  const onAbort = (): void => stream.fail(signal.reason);
  if (signal.aborted) onAbort();
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await step();
  } catch (error) {
    stream.fail(error);
    await stream.close();
    throw error;
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
