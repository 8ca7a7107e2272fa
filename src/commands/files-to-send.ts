/** What `sendfile` sends to whom: its words, and the files opened. */
import { asXmppctlError, XmppctlError } from '../errors.ts';
import { jid } from '../grammar/values.ts';
import { announcedName, hiddenName } from '../transfer/announced-name.ts';
import { mediaTypeOf, readMediaType } from '../transfer/media-type.ts';
import { keepInput, openSource } from '../transfer/source.ts';
import type { Upload } from '../transfer/upload.ts';
import type { Jid } from '../xmpp/jid.ts';
import type { Context } from './context.ts';
import { recipientsInFile, unique } from './recipients.ts';

export interface FilesArgs {
  /** A recipient or, where others are named by options, a file. */
  readonly recipient: string | undefined;
  readonly files: readonly string[];
  readonly to: readonly Jid[];
  readonly recipients: string | undefined;
  readonly room: readonly unknown[];
  readonly uploadOnly: boolean;
  readonly name: string | undefined;
  readonly mediaType: string | undefined;
  readonly encrypt: boolean;
  readonly id: string | undefined;
}

/** Who gets which files, from words that may be either. Throws kind usage. */
export async function whatToWhom(args: FilesArgs, ctx: Context): Promise<{ recipients: Jid[]; paths: string[] }> {
  const listed = [...args.to, ...(await recipientsInFile(args.recipients, jid().parse, ctx))];
  const { recipient, files } = args;
  const onlyFiles = args.uploadOnly || listed.length > 0 || args.room.length > 0;
  const words = recipient === undefined ? [] : [recipient];
  const recipients = unique(onlyFiles ? listed : words.map((word) => jid().parse(word)));
  const paths = onlyFiles ? [...words, ...files] : [...files];
  const hint = 'xmppctl sendfile JID FILE…';
  if (recipients.length + args.room.length === 0 && !args.uploadOnly)
    throw new XmppctlError('usage', 'there is no recipient', { hint });
  if (paths.length === 0) throw new XmppctlError('usage', 'there is no file to send', { hint });
  if (paths.length > 1 && args.name !== undefined) throw new XmppctlError('usage', '--name goes with one file only');
  if (args.name?.trim() === '') throw new XmppctlError('usage', '--name is empty');
  if (args.id !== undefined && (recipients.length + args.room.length) * paths.length > 1)
    throw new XmppctlError('usage', '--id goes with one file and one recipient only');
  return { recipients, paths };
}

/** Opens what is to be sent, so that everything that can be wrong with it is known before anything connects. */
export async function openUpload(path: string, args: FilesArgs, ctx: Context): Promise<Upload> {
  const name = args.name ?? (path === '-' ? undefined : path.split('/').at(-1));
  if (name === undefined || (ctx.input.isTerminal && path === '-')) {
    throw new XmppctlError(
      name === undefined ? 'usage' : 'noinput',
      name === undefined ? 'standard input has no name' : 'standard input is the terminal',
      { hint: '… | xmppctl sendfile JID - --name NAME' },
    );
  }
  const shown = announcedName(name);
  const source =
    path === '-'
      ? await keepInput(ctx.input.stream(), shown)
      : await openSource(path, shown).catch((error: unknown) => explain(error, path, args));
  return {
    source,
    name: args.encrypt && args.name === undefined ? hiddenName(shown, ctx.randomId()) : shown,
    mediaType: readMediaType(args.mediaType) ?? mediaTypeOf(shown),
    encrypt: args.encrypt,
  };
}

/** Where options name the recipients, a JID among the files was meant to be one more of them. */
function explain(thrown: unknown, path: string, { recipient }: FilesArgs): never {
  const error = asXmppctlError(thrown);
  if (path !== recipient || !path.includes('@')) throw error;
  throw new XmppctlError(error.kind, error.message, {
    hint: `With --to, --recipients, --room or --upload-only it is taken for a file. If it is a recipient: --to ${path}`,
    cause: error,
  });
}
