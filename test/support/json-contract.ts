// What a run printed as JSON, held against what `xmppctl schema` says of it, and its exit status against the manual.
// Bundled before the tests (fresh-build.mjs): every file of tests that runs the program asks it, and it reads all commands.
import { type Schema as CheckedSchema, Validator } from '@cfworker/json-schema';
import { effectiveSettings } from '../../src/account/settings.ts';
import { parseArgv } from '../../src/cli/parse.ts';
import { wantsJson } from '../../src/cli/wants-json.ts';
import { allCommands } from '../../src/commands/index.ts';
import { schemaOfAll } from '../../src/generate/schema.ts';
import { type Command, withArguments } from '../../src/grammar/command.ts';
import { exitKinds } from '../../src/grammar/usage.ts';
import { chooseOutput, type Format } from '../../src/output/format.ts';

export interface Printed {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Undefined: a signal ended it, which may have cut what it printed. */
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

type Schema = Readonly<Record<string, unknown>>;
type Validators = (name: string, fields?: readonly string[]) => Validator;

const commands = await allCommands();
const validatorOf = validators(schemaOfAll(commands).$defs as Readonly<Record<string, Schema>>);

/** Throws if the run printed JSON that is not as the schema of its command says, or did not print what was promised. */
export function checkJson(printed: Printed): void {
  const asked = whatWasAsked(printed);
  const { exitCode, stdout, stderr, args } = printed;
  const errors = stderr.split('\n').filter((line) => line.startsWith('{"error":'));
  for (const line of errors) check('error', JSON.parse(line), validatorOf('error'));
  checkStatus(asked?.command, exitCode);
  const isJson = asked ? asked.format === 'json' || asked.format === 'ndjson' : wantsJson(args);
  if (isJson && exitCode !== undefined && errors.length !== (exitCode === 0 ? 0 : 1))
    throw new Error(`exit status ${exitCode}, and ${errors.length} errors as JSON on stderr:\n${stderr}`);
  if (!asked || !isJson || asked.command.yields === 'text') return;
  const { command, format, fields } = asked;
  const { name } = command;
  if (command.yields === 'list' && format === 'json') {
    if (stdout === '' ? exitCode === 0 : exitCode !== undefined)
      check(name, JSON.parse(stdout), validatorOf(name, fields));
    return;
  }
  const rows = stdout.split('\n').slice(0, -1);
  if (command.yields === 'one' && exitCode === 0 && rows.length !== 1)
    throw new Error(`${name} printed ${rows.length} lines of JSON, not one:\n${stdout}`);
  const validator = validatorOf(name, fields);
  for (const row of rows) {
    const value = JSON.parse(row);
    check(name, command.yields === 'list' ? [value] : value, validator);
  }
}

/** The manual page of a command names every exit status that it can have, but those of signals. */
function checkStatus(command: Command | undefined, exitCode: number | undefined): void {
  if (!command || exitCode === undefined || exitCode === 0 || exitCode > 128) return;
  if (!exitKinds(command).some(({ exit }) => exit === exitCode))
    throw new Error(`${command.name} ended with ${exitCode}, which its manual page does not name`);
}

interface Asked {
  readonly command: Command;
  readonly format: Format | undefined;
  readonly fields: readonly string[] | undefined;
}

/** Undefined: help, a command line that is wrong, or a dry run, which prints stanzas. */
function whatWasAsked({ args, env }: Printed): Asked | undefined {
  try {
    const parsed = parseArgv(args, commands);
    if (parsed.kind !== 'run') return undefined;
    const command = withArguments(parsed.command, parsed.args);
    const settings = effectiveSettings(parsed.shared, { ...env }, {});
    if (settings.dryRun && command.shared === 'connecting') return undefined;
    const { format = command.usuallyNdjson?.(parsed.args) ? 'ndjson' : undefined, fields } = chooseOutput(settings);
    return { command, format, fields };
  } catch {
    return undefined;
  }
}

/** Each is made once. */
function validators(schemas: Readonly<Record<string, Schema>>): Validators {
  const made = new Map<string, Validator>();
  return (name, fields) => {
    const key = [name, ...(fields ?? [])].join();
    const known = made.get(key);
    if (known) return known;
    const validator = new Validator(closed(schemas[name] ?? {}, fields) as CheckedSchema, '2020-12');
    made.set(key, validator);
    return validator;
  };
}

/** The published schemas let later versions add keys; of this version they have to name each. */
function closed(schema: Schema, only?: readonly string[]): Schema {
  if (schema.type !== 'array') return closedRow(schema, only);
  return { ...schema, items: closedRow(schema.items as Schema, only) };
}

function closedRow(schema: Schema, only: readonly string[] | undefined): Schema {
  const shapes = (schema.oneOf ?? [schema]) as readonly Schema[];
  if (only) return closedObject(Object.fromEntries(only.map((key) => [key, ofAnyShape(key, shapes)])));
  return schema.oneOf ? { ...schema, oneOf: shapes.map(closedAsItIs) } : closedAsItIs(schema);
}

/** The key of --json=KEY: in a row of another shape it has no value. */
function ofAnyShape(key: string, shapes: readonly Schema[]): Schema {
  const own = shapes.flatMap(
    ({ properties }) => (properties as Readonly<Record<string, Schema>>)[key] ?? [],
  ) as readonly Schema[];
  const absent = own.length < shapes.length ? [{ type: 'null' }, { type: 'array', maxItems: 0 }] : [];
  return { anyOf: [...own.map(closedAsItIs), ...absent] };
}

const closedObject = (properties: Readonly<Record<string, Schema>>): Schema => ({
  type: 'object',
  properties,
  required: Object.keys(properties),
  additionalProperties: false,
});

function closedAsItIs(schema: Schema): Schema {
  if (schema.items) return { ...schema, items: closedAsItIs(schema.items as Schema) };
  if (!schema.properties) return schema;
  const properties = Object.entries(schema.properties as Readonly<Record<string, Schema>>);
  return {
    ...schema,
    properties: Object.fromEntries(properties.map(([key, value]) => [key, closedAsItIs(value)])),
    additionalProperties: false,
  };
}

function check(name: string, value: unknown, validator: Validator): void {
  const { valid, errors } = validator.validate(value);
  if (valid) return;
  const faults = errors.map(({ instanceLocation, error }) => `  ${instanceLocation}: ${error}`);
  throw new Error(`not as the schema of ${name} says:\n${faults.join('\n')}\n${JSON.stringify(value, undefined, 1)}`);
}
