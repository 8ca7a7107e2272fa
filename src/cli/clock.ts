/** The clocks of the machine as commands see them. */
import type { Clock } from '../commands/context.ts';
import type { System } from '../system.ts';

export const createClock = (system: Pick<System, 'now' | 'monotonic'>): Clock => ({
  now: () => new Date(system.now()),
  monotonic: system.monotonic,
  after,
});

function after(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((done) => {
    if (signal?.aborted) return done();
    const timer = setTimeout(finish, Math.min(ms, 2 ** 31 - 1));
    function finish(): void {
      clearTimeout(timer);
      signal?.removeEventListener('abort', finish);
      done();
    }
    signal?.addEventListener('abort', finish, { once: true });
  });
}
