/** Borderless aligned tables. The only importer of cli-table3. */
import { displayWidth, graphemes, truncate } from './width.ts';

export interface TableOptions {
  readonly head?: readonly string[] | undefined;
  /** Columns of the terminal, to which the last column is cut; undefined in a pipe, where nothing is cut. */
  readonly columns?: number | undefined;
  readonly color?: boolean;
}

const none = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '  ',
};

/** cli-table3 takes time in the square of the rows (20,000 rows: 36 s); what comes after these is laid out the same way here. */
const portion = 100;
const narrowest = 8;

/** The rows as text, each line ended by a newline. Cells are sanitised already. */
export async function renderTable(rows: readonly (readonly string[])[], options: TableOptions = {}): Promise<string> {
  const { head, columns, color = false } = options;
  const all = head ? [head, ...rows] : rows;
  if (all.length === 0) return '';
  const { default: Table } = await import('cli-table3');
  const count = Math.max(...all.map((row) => row.length));
  const widths = Array.from({ length: count }, (_, column) => widest(all, column));
  const last = columns === undefined ? Number.POSITIVE_INFINITY : roomForLast(widths, columns);
  widths[count - 1] = Math.min(widths[count - 1] ?? 0, last);

  const standIns = new StandIns();
  const table = new Table({
    chars: none,
    // COMPAT(cli-table3 0.6.5): it would colour headings and borders also in pipes, whatever NO_COLOR says.
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
    colWidths: widths,
  });
  for (const row of all.slice(0, portion)) {
    table.push(widths.map((width, column) => standIns.replace(truncate(row[column] ?? '', width))));
  }
  const lines = table
    .toString()
    .split('\n')
    .map((line) => standIns.restore(line).trimEnd());
  for (const row of all.slice(portion)) lines.push(layRow(row, widths));
  if (head && color) lines[0] = `\u001b[1m${lines[0]}\u001b[22m`;
  return `${lines.join('\n')}\n`;
}

/** One line: each cell cut and filled up to the width of its column. */
export const layRow = (row: readonly string[], widths: readonly number[]): string =>
  widths
    .map((width, column) => {
      const text = truncate(row[column] ?? '', width);
      return text + ' '.repeat(Math.max(0, width - displayWidth(text)));
    })
    .join(none.middle)
    .trimEnd();

const widest = (rows: readonly (readonly string[])[], column: number): number =>
  rows.reduce((most, row) => Math.max(most, displayWidth(row[column] ?? '')), 0);

/** What is left of the line for the last column; a terminal narrower than the other columns wraps by itself. */
function roomForLast(widths: readonly number[], columns: number): number {
  const others = widths.slice(0, -1).reduce((sum, width) => sum + width + none.middle.length, 0);
  return columns - others >= narrowest ? columns - others : Number.POSITIVE_INFINITY;
}

/**
 * COMPAT(cli-table3 0.6.5): its string-width 4 counts newer emoji and most combining marks wrongly. So every character
 * beyond ASCII is laid out as noncharacters, one per column, which sanitised text never has, and put back afterwards.
 */
class StandIns {
  readonly #kept: string[] = [];

  replace(text: string): string {
    if (/^[ -~]*$/.test(text)) return text;
    let out = '';
    for (const [grapheme, width] of graphemes(text)) {
      if (/^[ -~]+$/.test(grapheme)) {
        out += grapheme;
        continue;
      }
      this.#kept.push(grapheme);
      out += width === 2 ? '\uffff\ufffe' : '\ufffe';
    }
    return out;
  }

  /** Rows and cells come back in the order they went in, so a queue is enough. */
  restore(line: string): string {
    return line.replace(/\uffff?\ufffe/g, () => this.#kept.shift() ?? '');
  }
}
