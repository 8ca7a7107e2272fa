/** Secrets beside the account's own (the password of a room): from a file, standard input or a command, never from argv. */
import { XmppctlError } from '../errors.ts';
import type { System } from '../system.ts';
import type { Outcome } from './first-line.ts';
import { passwordFromCommand } from './password-command.ts';
import { passwordFromFile, passwordFromStdin } from './password-file.ts';

export interface SecretSources {
  readonly file?: string | undefined;
  readonly stdin?: boolean | undefined;
  readonly command?: string | undefined;
}

/**
 * The first line that the source gives, or what another program's command line gave; undefined if there is none. `option` is the beginning of the options' names
 * (`room-password` for --room-password-file), `signal` ends the search. Throws kind usage if two were named, kind config
 * if the source does not give it.
 */
export async function givenSecret(
  option: string,
  { file, stdin, command }: SecretSources,
  system: System,
  signal: AbortSignal,
): Promise<string | undefined> {
  const asked: [name: string, ask: () => Promise<Outcome>][] = [];
  if (file !== undefined) asked.push([`--${option}-file ${file}`, () => passwordFromFile(file, system, signal)]);
  if (stdin) asked.push([`--${option}-stdin`, () => passwordFromStdin(system, signal)]);
  if (command !== undefined) asked.push([`--${option}-command`, () => passwordFromCommand(command, system, signal)]);
  const [first, second] = asked;
  if (!first) return system.secrets?.[option];
  if (second) throw new XmppctlError('usage', `${first[0]} and ${second[0]} cannot be given together`);
  const outcome = await first[1]();
  if ('password' in outcome) return outcome.password;
  throw new XmppctlError('config', `${first[0]} gives no password: ${outcome.failed}`);
}
