import { XmppctlError } from '../errors.ts';
import {
  defineCommand,
  flag,
  option,
  optionalPositional,
  options,
  positionals,
  type Values,
} from '../grammar/command.ts';
import { choice, duration, file, jid, text, unparsed } from '../grammar/values.ts';
import { announcedName, hiddenName } from '../transfer/announced-name.ts';
import { HttpClient } from '../transfer/http-client.ts';
import { mediaTypeOf, readMediaType } from '../transfer/media-type.ts';
import { keepInput, openSource } from '../transfer/source.ts';
import { checkSize, findUploadService, type Upload } from '../transfer/upload.ts';
import type { Jid } from '../xmpp/jid.ts';
import type { Context } from './context.ts';
import { deliveryFields } from './delivery.ts';
import { checkText } from './message-text.ts';
import { recipientsInFile, unique } from './recipients.ts';
import { type FileRow, shareFiles, uploadFiles } from './share-files.ts';

const args = {
  recipient: optionalPositional(
    unparsed('JID', 'jid'),
    'who gets the files; with --to, --recipients or --upload-only this is a FILE',
  ),
  files: positionals(file(), 'what to send; "-" is standard input, which needs --name', false),
  to: options(jid(), 'another recipient'),
  recipients: option(file(), 'a file with one recipient a line'),
  caption: option(text(), 'a message to go with the files'),
  name: option(text('NAME'), 'the name that the recipient sees, instead of that of FILE'),
  mediaType: option(text('TYPE/SUBTYPE'), 'the media type', { presetText: 'by the ending of the name' }),
  encrypt: flag('encrypt the file, and put the key into the message (aesgcm)', {
    description:
      'The upload service cannot read the file then; the servers that carry the message can, as it holds the key. The name in ' +
      'the link is a random one unless --name is given.',
  }),
  uploadOnly: flag('tell nobody; print the address'),
  id: option(text('ID'), 'the id of the message, for one file and one recipient'),
  wait: option(choice(['none', 'server', 'receipt', 'displayed'], 'WHAT'), 'what to wait for', {
    presetText: 'server',
  }),
  bounceWait: option(duration(), 'how long to wait for the message to come back', {
    presetText: 'until other servers answer, at most 2s',
  }),
};
type SendfileArgs = Values<typeof args>;

export const sendfile = defineCommand({
  name: 'sendfile',
  summary: 'send files',
  description:
    'Uploads each file to the upload service of the own server and sends its address as a message; exit status 0 means what it means for ' +
    'send. Nobody is told of a file that is too large, was cut short or changed on the way. --timeout is how long ' +
    'the transfer may stand still. The connection to the upload service is verified as that to the server, but for its ' +
    'own name; with --pin, a certificate that a CA vouches for is taken as well.',
  args,
  shared: 'connecting',
  yields: 'stream',
  fields: [
    ...deliveryFields,
    { key: 'file', summary: 'the file, as it was given; null for the caption', type: 'string' },
    { key: 'url', summary: 'where it is', type: 'string' },
    { key: 'size', summary: 'in bytes', type: 'number', column: false },
    { key: 'mediaType', summary: 'the media type', type: 'string', column: false },
    { key: 'sha256', summary: 'SHA-256 of the file, in hexadecimal', type: 'string', column: false },
    { key: 'encrypted', summary: 'whether it was encrypted', type: 'boolean', column: false },
  ],
  confirm: ({ to, status, file: path }: FileRow) =>
    status === 'failed' || status === 'unknown' || to === null || path === null ? '' : `${to}: ${path} sent`,
  answer: (row: FileRow) => (row.status === 'uploaded' ? (row.url ?? undefined) : undefined),
  examples: [
    ['xmppctl sendfile bob@example.org report.pdf', 'one file'],
    ['xmppctl sendfile bob@example.org *.jpg --caption "from the summit"', 'several, and a text with them'],
    ['pg_dump shop | gzip | xmppctl sendfile ops@example.org - --name shop.sql.gz', 'what a command prints'],
    ['xmppctl sendfile --upload-only --encrypt notes.txt', 'only upload, and print the address'],
  ],
  fails: [
    'usage',
    'data',
    'noinput',
    'nouser',
    'nohost',
    'unavailable',
    'ioerr',
    'tempfail',
    'noperm',
    'unconfirmed',
    'insecure',
    'partial',
  ],
  check: ({ mediaType, caption, id, uploadOnly, to, recipients }) => {
    if (mediaType !== undefined && readMediaType(mediaType) === null)
      throw new XmppctlError('usage', `'${mediaType}' is not a media type; write TYPE/SUBTYPE`);
    for (const given of [caption, id]) checkText(given ?? '', false);
    if (uploadOnly && (to.length > 0 || recipients !== undefined || caption !== undefined))
      throw new XmppctlError('usage', '--upload-only tells nobody: it goes without recipients and without --caption');
  },
  async *run(args, ctx) {
    const { recipients, paths } = await whatToWhom(args, ctx);
    const uploads: Upload[] = [];
    try {
      for (const path of paths) uploads.push(await openUpload(path, args, ctx));
      await using session = await ctx.connect();
      const service = await findUploadService(session);
      if (!service) {
        throw new XmppctlError('unavailable', `${session.jid.domain} has no upload service; nothing was sent`);
      }
      for (const one of uploads) checkSize(one, service);
      using client = new HttpClient(await ctx.https(), { stranger: false });
      const ways = { session, client, service };
      if (args.uploadOnly) yield* uploadFiles(uploads, ways, ctx);
      else yield* shareFiles(uploads, recipients, ways, args, ctx);
    } finally {
      for (const { source } of uploads) await source[Symbol.asyncDispose]();
    }
  },
});

async function whatToWhom(args: SendfileArgs, ctx: Context): Promise<{ recipients: Jid[]; paths: string[] }> {
  const listed = [...args.to, ...(await recipientsInFile(args.recipients, ctx))];
  const { recipient, files } = args;
  const onlyFiles = args.uploadOnly || listed.length > 0;
  const words = recipient === undefined ? [] : [recipient];
  const recipients = unique(onlyFiles ? listed : words.map((word) => jid().parse(word)));
  const paths = onlyFiles ? [...words, ...files] : [...files];
  const hint = 'xmppctl sendfile JID FILE…';
  if (recipients.length === 0 && !args.uploadOnly) throw new XmppctlError('usage', 'there is no recipient', { hint });
  if (paths.length === 0) throw new XmppctlError('usage', 'there is no file to send', { hint });
  if (paths.length > 1 && args.name !== undefined) throw new XmppctlError('usage', '--name goes with one file only');
  if (args.id !== undefined && recipients.length * paths.length > 1)
    throw new XmppctlError('usage', '--id goes with one file and one recipient only');
  return { recipients, paths };
}

/** Opens what is to be sent, so that everything that can be wrong with it is known before anything connects. */
async function openUpload(path: string, args: SendfileArgs, ctx: Context): Promise<Upload> {
  const name = args.name ?? (path === '-' ? undefined : path.split('/').at(-1));
  if (name === undefined || (ctx.input.isTerminal && path === '-')) {
    throw new XmppctlError(
      name === undefined ? 'usage' : 'noinput',
      name === undefined ? 'standard input has no name' : 'standard input is the terminal',
      { hint: '… | xmppctl sendfile JID - --name NAME' },
    );
  }
  const shown = announcedName(name);
  const source = path === '-' ? await keepInput(ctx.input.stream(), shown) : await openSource(path, shown);
  return {
    source,
    name: args.encrypt && args.name === undefined ? hiddenName(shown, ctx.randomId()) : shown,
    mediaType: readMediaType(args.mediaType) ?? mediaTypeOf(shown),
    encrypt: args.encrypt,
  };
}
