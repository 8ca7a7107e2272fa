/** Who gets a message, where that is more than one argument. */
import { jid } from '../grammar/values.ts';
import type { Jid } from '../xmpp/jid.ts';
import type { Context } from './context.ts';
import { decodeText } from './message-text.ts';

const fileLimit = 1024 * 1024;

/** The recipients in a file, one a line; empty lines and those that begin with # are passed over. Throws usage, noinput. */
export async function recipientsInFile(path: string | undefined, ctx: Context): Promise<Jid[]> {
  if (path === undefined) return [];
  const lines = decodeText(await ctx.files.read(path, fileLimit), false).split(/\r?\n/);
  return lines
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => jid().parse(line));
}

/** Each recipient once, in the order given. */
export const unique = (recipients: readonly Jid[]): Jid[] => [
  ...new Map(recipients.map((recipient) => [recipient.full, recipient])).values(),
];
