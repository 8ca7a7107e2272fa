/** The texts of a command line as the values that a command gets. */
import { XmppctlError } from '../errors.ts';
import type { Command } from '../grammar/command.ts';
import { type NamedSwitch, positionalForm, positionalsOf, usageLine } from '../grammar/usage.ts';
import type { ValueType } from '../grammar/values.ts';

/** Stands for the value of an option without one; no word of a command line can hold NUL. */
export const bare = '\0';

/** The value of an option, from its default if it was not given. Throws kind usage, with the option's name in front. */
export function readSwitch({ name, arg }: NamedSwitch, texts: readonly string[]): unknown {
  if (arg.kind === 'flag') return texts.length > 0;
  if (texts.length > 1 && !arg.repeat) throw new XmppctlError('usage', `--${name} is given twice`);
  const values = texts.map((text) => (text === bare ? arg.bare : parseValue(arg.type, text, `--${name}: `)));
  return arg.repeat ? values : (values[0] ?? arg.preset);
}

/** The values of the positionals. Words never appear in these errors: one too many may well be a password. */
export function readPositionals(command: Command, words: readonly string[]): Record<string, unknown> {
  const left = [...words];
  const values: Record<string, unknown> = {};
  for (const named of positionalsOf(command.args)) {
    const { arg, key } = named;
    const texts = left.splice(0, arg.repeat ? left.length : 1);
    if (texts.length === 0 && arg.required) throw usageError(command, `${positionalForm(named)} is missing`);
    const parsed = texts.map((text) => parseValue(arg.type, text, ''));
    values[key] = arg.repeat ? parsed : parsed[0];
  }
  if (left.length > 0) {
    const most = words.length - left.length;
    const taken = most === 1 ? '1 argument' : `${most || 'no'} arguments`;
    throw usageError(command, `'${command.name}' takes ${taken}, not ${words.length}`);
  }
  return values;
}

function parseValue(type: ValueType<unknown>, text: string, where: string): unknown {
  try {
    return type.parse(text);
  } catch (error) {
    if (!(error instanceof XmppctlError) || where === '') throw error;
    throw new XmppctlError(error.kind, where + error.message, { hint: error.hint, cause: error });
  }
}

/** An error that shows how the command is written. */
export function usageError(command: Command, message: string): XmppctlError {
  return new XmppctlError('usage', message, { hint: `Usage: ${usageLine(command)}` });
}
