/** JSON Schema (2020-12) of what --json prints. */
import { errorKinds } from '../errors.ts';
import type { Command, Field, FieldType } from '../grammar/command.ts';

type Schema = Readonly<Record<string, unknown>>;
const dialect = 'https://json-schema.org/draft/2020-12/schema';

/** What one command prints: a document, or for streams one line. */
export function commandSchema(command: Command): Schema {
  return { $schema: dialect, title: `xmppctl ${command.name}`, description: command.summary, ...outputSchema(command) };
}

/** What every command prints, by its name, and the error on standard error. */
export function schemaOfAll(commands: readonly Command[]): Schema {
  const printing = commands.filter(({ yields }) => yields !== 'text');
  const defs = printing.map((command) => [command.name, { description: command.summary, ...outputSchema(command) }]);
  return { $schema: dialect, title: 'xmppctl', $defs: { ...Object.fromEntries(defs), error: errorSchema } };
}

function outputSchema(command: Command): Schema {
  if (command.yields === 'text') return { type: 'string' };
  const row = rowSchema(command);
  return command.yields === 'list' ? { type: 'array', items: row } : row;
}

function rowSchema({ fields, variants }: Command): Schema {
  if (!variants) return objectSchema(fields);
  return {
    oneOf: Object.entries(variants.fields).map(([name, own]) => {
      const shape = objectSchema(own) as { properties: Record<string, Schema> };
      return { ...shape, properties: { ...shape.properties, [variants.key]: { const: name } } };
    }),
  };
}

/** Later versions may add keys, so nothing here forbids them. */
function objectSchema(fields: readonly Field<Record<string, unknown>>[]): Schema {
  const keys = fields.map((field) => [field.key, { description: field.summary, ...fieldSchema(field) }]);
  return { type: 'object', properties: Object.fromEntries(keys), required: fields.map(({ key }) => key) };
}

function fieldSchema({ key, type, keys }: Field<Record<string, unknown>>): Schema {
  // Wherever an error stands in a result, it is the one that --json prints on standard error.
  if (key === 'error' && type === 'object') return { ...errorObject, type: ['object', 'null'] };
  if (!keys) return typeSchema(type);
  const properties = Object.entries(keys).map(([name, of]) => [name, typeSchema(of)]);
  const shape = { properties: Object.fromEntries(properties), required: Object.keys(keys) };
  return type === 'object[]'
    ? { type: 'array', items: { type: 'object', ...shape } }
    : { type: ['object', 'null'], ...shape };
}

function typeSchema(type: FieldType): Schema {
  if (type === 'string[]') return { type: 'array', items: { type: 'string' } };
  if (type === 'object[]') return { type: 'array', items: { type: 'object' } };
  return { type: [type, 'null'] };
}

const errorObject: Schema = {
  type: 'object',
  properties: {
    exit: { enum: [...new Set(Object.values(errorKinds).map(({ exit }) => exit))].filter((exit) => exit !== 0) },
    kind: { enum: Object.keys(errorKinds).filter((kind) => kind !== 'ok') },
    condition: { type: ['string', 'null'] },
    message: { type: 'string' },
    hint: { type: ['string', 'null'] },
    retryable: { type: 'boolean' },
    delivered: { enum: ['no', 'yes', 'unknown'] },
    retryAt: { description: 'when it may work again, ISO 8601 in UTC; only where it is known', type: 'string' },
  },
  required: ['exit', 'kind', 'condition', 'message', 'hint', 'retryable', 'delivered'],
};

const errorSchema: Schema = {
  description: 'one line on standard error',
  type: 'object',
  properties: { error: errorObject },
  required: ['error'],
};
