/** What strangers forge is dropped with a warning: of each thing once, and not without end, since it costs them nothing. */
import type { Context } from './context.ts';

const most = 20;

/** Says on standard error what was ignored. */
export function warnOfForgeries(ctx: Pick<Context, 'warn'>): (what: string) => void {
  const told = new Set<string>();
  return (what) => {
    if (told.size > most || told.has(what)) return;
    told.add(what);
    ctx.warn(
      told.size > most ? 'ignored more that was forged; nothing is said of it from now on' : `ignored ${what}: forged`,
    );
  };
}
