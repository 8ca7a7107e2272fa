/** Rows as JSON: the keys that the command declares, in their order, and nothing that a line splitter trips over. */
import { XmppctlError } from '../errors.ts';
import type { Command } from '../grammar/command.ts';
import { allFields } from '../grammar/usage.ts';
import { forJson } from './sanitize.ts';
import { type AnyField, type Row, rowValue } from './value.ts';

/** Turns a row into the object that is printed. */
export type Shape = (row: Row) => Row;

/** One value as one line of JSON, without the newline. */
export const jsonText = (value: unknown): string => forJson(JSON.stringify(value));

/** The shape of a command's rows; with `only`, just those keys in that order. Throws kind usage for an unknown key. */
export function shapeOf(command: Command, only?: readonly string[]): Shape {
  if (only === undefined) return (row) => pick(row, keysOf(command, row));
  const known = new Map(allFields(command).map((field) => [field.key, field]));
  const unknown = only.find((key) => !known.has(key));
  if (unknown !== undefined) {
    throw new XmppctlError('usage', `--json: '${unknown}' is not a key of '${command.name}'`, {
      hint: `The keys are: ${[...known.keys()].join(', ')}.`,
    });
  }
  const fields = only.map((key) => known.get(key) ?? { key, summary: '', type: 'string' as const });
  return (row) => pick(row, fields);
}

/** The declared fields of this row. A row of several shapes also keeps what it gives beyond them. */
function keysOf(command: Command, row: Row): readonly AnyField[] {
  const { variants } = command;
  if (variants === undefined) return command.fields;
  const name = String(row[variants.key]);
  const declared = Object.hasOwn(variants.fields, name) ? (variants.fields[name] ?? []) : [];
  const keys = new Set(declared.map(({ key }) => key));
  const given = Object.keys(row).filter((key) => !keys.has(key));
  return [...declared, ...given.map((key) => ({ key, summary: '', type: 'string' as const }))];
}

function pick(row: Row, fields: readonly AnyField[]): Row {
  const picked: Record<string, unknown> = {};
  for (const { key, type } of fields) {
    const value = rowValue(row, key) ?? (type.endsWith('[]') ? [] : null);
    if (key === '__proto__') Object.defineProperty(picked, key, { value, enumerable: true });
    else picked[key] = value;
  }
  return picked;
}
