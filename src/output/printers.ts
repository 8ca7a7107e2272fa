/** One printer for each format: it gets the rows one after the other, then the end. */
import type { Command } from '../grammar/command.ts';
import { jsonText, type Shape } from './json.ts';
import { forTerminal } from './sanitize.ts';
import { layRow, renderTable } from './table.ts';
import { tsvHeader, tsvLine } from './tsv.ts';
import { type AnyField, cell, markJid, type Row } from './value.ts';
import { displayWidth } from './width.ts';

export interface Printer {
  row(row: Row): Promise<void>;
  end(): Promise<void>;
}

export interface Sink {
  write(text: string): Promise<void>;
  readonly columns: number | undefined;
  readonly color: boolean;
}

/** For commands that act: silent on success, but for what the user asked to be told. */
export const printAnswers = (sink: Sink, answer: Command['answer']): Printer => ({
  async row(row) {
    const text = answer?.(row);
    if (text !== undefined) await sink.write(`${forTerminal(text)}\n`);
  },
  async end() {},
});

/** `lines`: one object a line. `array`: one document, one element a line. */
export function printJson(sink: Sink, shape: Shape, form: 'lines' | 'array'): Printer {
  let before = '[\n';
  return {
    async row(row) {
      const text = jsonText(shape(row));
      if (form === 'lines') return sink.write(`${text}\n`);
      await sink.write(before + text);
      before = ',\n';
    },
    async end() {
      if (form === 'array') await sink.write(before === ',\n' ? '\n]\n' : '[]\n');
    },
  };
}

/** The heading is printed also when no row comes: scripts skip it without looking. */
export function printTsv(sink: Sink, fields: readonly AnyField[], noHeader: boolean): Printer {
  let header = noHeader ? '' : tsvHeader(fields);
  return {
    async row(row) {
      await sink.write(header + tsvLine(fields, row));
      header = '';
    },
    async end() {
      await sink.write(header);
    },
  };
}

/** Lines that the command lays out itself: events. */
export function printLines(sink: Sink, line: NonNullable<Command['line']>): Printer {
  return {
    async row(row) {
      const cells = line(row).map((text) => markJid(forTerminal(text)));
      await sink.write(`${cells.join('  ').trimEnd()}\n`);
    },
    async end() {},
  };
}

export interface TableForm {
  readonly noHeader: boolean;
  readonly shape: 'one' | 'list' | 'stream';
}

/** An aligned table of the fields that have a column; a single row as lines of key and value. */
export function printTable(sink: Sink, fields: readonly AnyField[], { noHeader, shape }: TableForm): Printer {
  const shown = fields.filter((field) => field.column !== false);
  if (shape === 'stream') return printGrowing(sink, shown, noHeader);
  const rows: Row[] = [];
  return {
    async row(row) {
      rows.push(row);
    },
    async end() {
      const { columns, color } = sink;
      if (shape === 'one') {
        await sink.write(
          await renderTable(
            rows.flatMap((row) => keyValueLines(shown, row)),
            { columns },
          ),
        );
        return;
      }
      // A key that no row has belongs to an option that was not given (contacts --presence).
      const present = shown.filter((field) => rows.some((row) => row[field.key] !== undefined));
      const head = noHeader || rows.length === 0 ? undefined : present.map(heading);
      await sink.write(
        await renderTable(
          rows.map((row) => present.map((field) => cell(field, row))),
          { head, columns, color },
        ),
      );
    },
  };
}

/** Rows as they come: a column gets wider when a value needs it, and stays so. */
function printGrowing(sink: Sink, fields: readonly AnyField[], noHeader: boolean): Printer {
  const widths = fields.map((field) => displayWidth(heading(field)));
  const lay = (cells: readonly string[]): string => {
    for (const [column, text] of cells.entries()) widths[column] = Math.max(widths[column] ?? 0, displayWidth(text));
    return `${layRow(cells, widths)}\n`;
  };
  let header = noHeader ? '' : lay(fields.map(heading));
  return {
    async row(row) {
      await sink.write(header + lay(fields.map((field) => cell(field, row))));
      header = '';
    },
    async end() {},
  };
}

/** Nested objects as `vcard.email`, lists of objects one line each; what is absent has no line. */
function keyValueLines(fields: readonly AnyField[], row: Row): string[][] {
  const lines: string[][] = [];
  for (const field of fields) {
    const value = row[field.key];
    const text = cell(field, row);
    if (text === '') continue;
    if (field.show || typeof value !== 'object' || value === null) lines.push([field.key, text]);
    else if (Array.isArray(value)) {
      const parts = field.type === 'object[]' ? value : [value];
      lines.push(...parts.map((part, index) => [index === 0 ? field.key : '', cell(field, { [field.key]: part })]));
    } else {
      for (const [key, part] of Object.entries(value)) {
        const shown = cell({ ...field, key }, { [key]: part });
        if (shown !== '') lines.push([`${field.key}.${forTerminal(key)}`, shown]);
      }
    }
  }
  return lines;
}

const heading = (field: AnyField): string =>
  typeof field.column === 'string' ? field.column : field.key.replace(/(?=[A-Z])/g, ' ').toUpperCase();
