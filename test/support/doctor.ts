// doctor, run as a script runs it.
import { type RunOptions, xmppctl } from './xmppctl.ts';

export interface Row {
  check: string;
  status: string;
  detail: string;
  hint: string | null;
  ms: number;
}

/** Runs doctor; `status` has each check's status, `row` all of it. */
export async function doctor(args: readonly string[], options: RunOptions) {
  const result = await xmppctl(['doctor', ...args, '--json'], options);
  const rows = result.stdout === '' ? [] : result.json<Row[]>();
  const row = new Map(rows.map((one) => [one.check, one]));
  return { ...result, rows, row, status: Object.fromEntries(rows.map(({ check, status }) => [check, status])) };
}

/** The error that it ended with. */
export const errorOf = ({ stderr }: { stderr: string }) =>
  JSON.parse(stderr).error as { kind: string; message: string };
