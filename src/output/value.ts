/** What one value of a row looks like in a cell. */
import { type Field, jidAscii } from '../grammar/command.ts';
import { asciiJidOf } from '../xmpp/jid.ts';
import { forJson, forTerminal, forTsv } from './sanitize.ts';

export type Row = Readonly<Record<string, unknown>>;
export type AnyField = Field<Row>;

/** What a row has under the key of a field; the ASCII form of a JID is made here. */
export const rowValue = (row: Row, key: string): unknown => (key === jidAscii.key ? asciiJidOf(row.jid) : row[key]);

/** The cell of a table: `show`, or lists joined by commas and null as nothing; sanitised. */
export function cell(field: AnyField, row: Row): string {
  const value = row[field.key];
  if (field.show && value !== null && value !== undefined) return forTerminal(field.show(value, row));
  return markJid(forTerminal(plain(value)));
}

/** The cell of TSV: the value itself, never `show`, so that scripts get what JSON would give them. */
export function tsvCell(value: unknown): string {
  if (Array.isArray(value) && value.every((part) => typeof part === 'string')) return forTsv(value.join(','));
  return typeof value === 'object' && value !== null ? forTsv(forJson(JSON.stringify(value))) : forTsv(plain(value));
}

/**
 * A JID beyond ASCII together with its ASCII form: `аdmin@example.org` with a Cyrillic а looks like another one
 * (CVE-2021-42694).
 */
export function markJid(text: string): string {
  const ascii = text.includes('@') ? asciiJidOf(text) : null;
  return ascii === null ? text : `${text} (${ascii})`;
}

function plain(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (Array.isArray(value)) return value.map(plain).join(', ');
  if (value instanceof Date) return value.toISOString();
  if (typeof value === 'object') {
    const parts = Object.entries(value).filter(([, part]) => plain(part) !== '');
    return parts.map(([key, part]) => `${key} ${plain(part)}`).join(', ');
  }
  return String(value);
}
