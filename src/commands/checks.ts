/** Checks of `doctor`: each ends in a row, whatever happens in it, and none stops another. */
import { asXmppctlError, type XmppctlError } from '../errors.ts';
import type { Context } from './context.ts';

export type CheckStatus = 'ok' | 'warn' | 'fail' | 'skip';

export interface Check {
  readonly check: string;
  readonly status: CheckStatus;
  readonly detail: string;
  /** What the user can do about it. */
  readonly hint: string | null;
  /** How long it took. */
  readonly ms: number;
  /** Why it failed; not printed. */
  readonly error?: XmppctlError;
}

/** What a check has found out, and what the checks after it build on. */
export interface Finding<T = undefined> {
  readonly status?: Exclude<CheckStatus, 'fail'>;
  readonly detail: string;
  readonly hint?: string | undefined;
  readonly value?: T;
}

/** A row, and the value if there is one. */
export interface Examined<T> {
  readonly row: Check;
  readonly value: T | undefined;
}

/** Runs one check; an error without a hint gets `advice`. Only the end of the whole command (a dry run, a signal) gets out of it. */
export async function examine<T = undefined>(
  check: string,
  ctx: Context,
  step: () => Promise<Finding<T>>,
  advice?: string,
): Promise<Examined<T>> {
  const started = ctx.clock.monotonic();
  const took = (): number => Math.round(ctx.clock.monotonic() - started);
  try {
    const { status = 'ok', detail, hint, value } = await step();
    return { row: { check, status, detail, hint: hint ?? null, ms: took() }, value };
  } catch (thrown) {
    const error = asXmppctlError(thrown);
    if (ctx.stopped.aborted || error.kind === 'software' || error.kind === 'usage') throw thrown;
    const list = error.list.map((item) => item.replace(/\s{2,}/g, ' ')).join('; ');
    const detail = list === '' ? error.summary : `${error.summary.replace(/:$/, '')}: ${list}`;
    const row: Check = { check, status: 'fail', detail, hint: error.hint ?? advice ?? null, ms: took(), error };
    return { row, value: undefined };
  }
}

/** Rows of checks that could not be made. */
export const skipped = (checks: readonly string[], detail: string): Check[] =>
  checks.map((check) => ({ check, status: 'skip', detail, hint: null, ms: 0 }));
