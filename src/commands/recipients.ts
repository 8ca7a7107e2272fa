/** Who gets a message, where that is more than one argument. */
import type { Jid } from '../xmpp/jid.ts';
import type { Context } from './context.ts';
import { decodeText } from './message-text.ts';

const fileLimit = 1024 * 1024;

/**
 * The recipients in a file, one a line, as `parse` reads them; empty lines and those that begin with # are passed over.
 * Throws usage, noinput.
 */
export async function recipientsInFile<T>(
  path: string | undefined,
  parse: (line: string) => T,
  ctx: Context,
): Promise<T[]> {
  if (path === undefined) return [];
  const lines = decodeText(await ctx.files.read(path, fileLimit), false).split(/\r?\n/);
  return lines
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map(parse);
}

/** Each recipient once, in the order given. */
export const unique = (recipients: readonly Jid[]): Jid[] => [
  ...new Map(recipients.map((recipient) => [recipient.full, recipient])).values(),
];
