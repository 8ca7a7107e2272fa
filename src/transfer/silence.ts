/** A transfer may take as long as it likes, but it must not stand still. */
import { XmppctlError } from '../errors.ts';
import type { Https } from '../session/https.ts';

/** Moving a timer for every chunk would cost more than the chunk. */
const noticeMs = 250;

export interface Silence extends Disposable {
  /** Aborted with kind tempfail when nothing moved for too long, or with what ends the command. */
  readonly signal: AbortSignal;
  /** Bytes moved. */
  moved(): void;
}

/** Begins to watch, and --timeout counts from here; `again`: also when the transfer is given up, for another try. */
export function watchSilence(
  { signal, silenceMs, moved }: Pick<Https, 'signal' | 'silenceMs' | 'moved'>,
  { again = false } = {},
): Silence {
  const controller = new AbortController();
  const seconds = Math.round(silenceMs / 100) / 10;
  const giveUp = (): void => {
    if (again) moved();
    controller.abort(new XmppctlError('tempfail', `the transfer stood still for ${seconds} s (--timeout)`));
  };
  const start = (): NodeJS.Timeout => setTimeout(giveUp, Math.min(silenceMs, 2 ** 31 - 1));
  let timer = start();
  moved(); // after the timer above, so that this one is the first to ring
  let noticed = performance.now();
  return {
    signal: AbortSignal.any([signal, controller.signal]),
    moved() {
      if (performance.now() - noticed < Math.min(noticeMs, silenceMs / 4)) return;
      noticed = performance.now();
      clearTimeout(timer);
      timer = start();
      moved();
    },
    [Symbol.dispose]: () => clearTimeout(timer),
  };
}
