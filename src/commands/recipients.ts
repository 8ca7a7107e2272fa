/** Who gets a message, where that is more than one argument. */
import { XmppctlError } from '../errors.ts';
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
  const lines = decodeText(await ctx.files.read(path, fileLimit)).split(/\r?\n/);
  const recipients = lines.map((line) => line.trim()).filter((line) => line !== '' && !line.startsWith('#'));
  // Without one the text on the command line would be taken for an address.
  if (recipients.length === 0) throw new XmppctlError('noinput', `there is no recipient in ${path}`);
  return recipients.map(parse);
}

/** Each recipient once, in the order given. */
export const unique = (recipients: readonly Jid[]): Jid[] => [
  ...new Map(recipients.map((recipient) => [recipient.full, recipient])).values(),
];
