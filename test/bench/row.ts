/** What a bench measured, and how the line about it reads. */
export interface Row {
  /** What was done: `send with a token, direct TLS, Prosody 13`. */
  readonly what: string;
  readonly figure: number;
  readonly unit: string;
  readonly target?: { readonly atMost: number } | { readonly atLeast: number };
  /** The same measured with something else in the same run, in the same unit. */
  readonly beside?: Readonly<Record<string, number>>;
}

export interface Bench {
  readonly name: string;
  /** One row as soon as it is measured. */
  rows(): AsyncIterable<Row>;
}

/** Whether the row has a target and does not reach it. */
export function misses({ figure, target }: Row): boolean {
  if (target === undefined) return false;
  return 'atMost' in target ? figure > target.atMost : figure < target.atLeast;
}

/** The cells of the table: what, figure, target, beside it (with our figure as a multiple of that one). */
export function cells(row: Row): [string, string, string, string] {
  const { figure, unit, target, beside = {} } = row;
  const limit = target && ('atMost' in target ? `≤ ${amount(target.atMost)}` : `≥ ${amount(target.atLeast)}`);
  const others = Object.entries(beside).map(([name, value]) => `${name} ${amount(value)} (${ratio(figure / value)})`);
  return [
    row.what,
    `${amount(figure)} ${unit}`,
    limit === undefined ? '' : `${limit}${misses(row) ? ' MISSED' : ''}`,
    others.join(', '),
  ];
}

const amount = (value: number) => (value >= 100 ? Math.round(value).toString() : value.toFixed(1));
const ratio = (value: number) => `×${value.toFixed(2)}`;
