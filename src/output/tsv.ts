/** Rows as tab-separated values: a heading line, then one line a row; backslash escapes inside the cells. */
import { type AnyField, type Row, rowValue, tsvCell } from './value.ts';

/** The heading line. */
export const tsvHeader = (fields: readonly AnyField[]): string => `${fields.map(({ key }) => key).join('\t')}\n`;

/** One line. */
export const tsvLine = (fields: readonly AnyField[], row: Row): string =>
  `${fields.map(({ key }) => tsvCell(rowValue(row, key))).join('\t')}\n`;
