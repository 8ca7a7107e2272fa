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
import { leaveRoom } from '../session/occupancy.ts';
import type { Session } from '../session/types.ts';
import { HttpClient } from '../transfer/http-client.ts';
import { readMediaType } from '../transfer/media-type.ts';
import { checkSize, findUploadService, type Upload } from '../transfer/upload.ts';
import type { Context } from './context.ts';
import { deliveryFields } from './delivery.ts';
import { openUpload, whatToWhom } from './files-to-send.ts';
import { checkText } from './message-text.ts';
import { type Entry, enterRoom, entryFor } from './muc/enter.ts';
import { entryArgs, resolveRooms, room, roomPassword } from './muc/room-args.ts';
import type { Place } from './muc/speak.ts';
import { offerFiles } from './offer-files.ts';
import { type FileRow, shareFiles, uploadFiles } from './share-files.ts';

const args = {
  recipient: optionalPositional(
    unparsed('JID', 'jid'),
    'who gets the files; with --to, --recipients, --room or --upload-only this is a FILE',
  ),
  files: positionals(file(), 'what to send; "-" is standard input, which needs --name', false),
  to: options(jid(), 'another recipient'),
  recipients: option(file(), 'a file with one recipient a line'),
  room: options(room(), 'everybody in this room'),
  caption: option(text(), 'a message to go with the files'),
  name: option(text('NAME'), 'the name that the recipient sees, instead of that of FILE'),
  mediaType: option(text('TYPE/SUBTYPE'), 'the media type', { presetText: 'by the ending of the name' }),
  encrypt: flag('encrypt the file, and put the key into the message (aesgcm)', {
    description:
      'The upload service cannot read the file then; the servers that carry the message can, as it holds the key. The name in ' +
      'the link is a random one unless --name is given.',
  }),
  inBand: flag('without an upload service: only through the servers', {
    description:
      'A server without an upload service means that the file goes to a device of the recipient that is online. If possible that is a direct ' +
      'connection, or one through a proxy of the servers, and neither is encrypted. Through the servers as messages it is slow, and as safe as messages.',
  }),
  uploadOnly: flag('tell nobody; print the address'),
  id: option(text('ID'), 'the id of the message, for one file and one recipient'),
  wait: option(choice(['none', 'server', 'receipt', 'displayed'], 'WHAT'), 'what to wait for', {
    presetText: 'server',
  }),
  bounceWait: option(duration(), 'how long to wait for the message to come back', {
    presetText: 'until other servers answer, at most 2s',
  }),
  ...entryArgs,
};
type SendfileArgs = Values<typeof args>;

export const sendfile = defineCommand({
  name: 'sendfile',
  summary: 'send files',
  description:
    'Uploads each file to the upload service of the own server and sends its address as a message; exit status 0 means what it means for ' +
    'send. Nobody is told of a file that is too large, was cut short or changed on the way. A server without an upload service: the file is offered to a ' +
    'device of the recipient that is online, and exit status 0 means that the device has it. --timeout is how long ' +
    'the transfer may stand still; an upload is then begun anew, at most twice. The connection to the upload service is verified as that to the server, but for its ' +
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
    ['xmppctl sendfile --room ops@conference.example.org graph.png', 'to a room'],
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
  check: ({ mediaType, caption, id, uploadOnly, to, recipients, room }) => {
    if (mediaType !== undefined && readMediaType(mediaType) === null)
      throw new XmppctlError('usage', `'${mediaType}' is not a media type; write TYPE/SUBTYPE`);
    for (const given of [caption, id]) checkText(given ?? '');
    if (uploadOnly && (to.length > 0 || room.length > 0 || recipients !== undefined || caption !== undefined))
      throw new XmppctlError('usage', '--upload-only tells nobody: it goes without recipients and without --caption');
  },
  async *run(args, ctx) {
    const { recipients, paths } = await whatToWhom(args, ctx);
    const entry = args.room.length > 0 ? await entryFor(args, await roomPassword(args, ctx), ctx) : undefined;
    const uploads: Upload[] = [];
    try {
      for (const path of paths) uploads.push(await openUpload(path, args, ctx));
      await using session = await ctx.connect();
      const service = await findUploadService(session);
      if (!service) {
        if (args.uploadOnly || args.encrypt || args.room.length > 0) {
          throw new XmppctlError('unavailable', `${session.jid.domain} has no upload service; nothing was sent`);
        }
        yield* offerFiles(uploads, recipients, session, args, ctx);
        return;
      }
      for (const one of uploads) checkSize(one, service);
      const places = entry ? await enterRooms(session, args, entry, ctx) : [];
      using client = new HttpClient(await ctx.https(), { stranger: false });
      const ways = { session, client, service };
      const destinations = [...recipients.map((to) => ({ jid: to })), ...places.map((place) => ({ place }))];
      if (args.uploadOnly) yield* uploadFiles(uploads, ways, ctx);
      else yield* shareFiles(uploads, destinations, ways, args, ctx);
      for (const { joined } of places) await leaveRoom(session, joined.occupant).catch(() => {});
    } finally {
      for (const { source } of uploads) await source[Symbol.asyncDispose]();
    }
  },
});

/** Goes into the rooms before anything is uploaded, so that a room that does not exist costs nothing. */
async function enterRooms(session: Session, args: SendfileArgs, entry: Entry, ctx: Context): Promise<Place[]> {
  const places: Place[] = [];
  for (const address of await resolveRooms(session, args.room, args.service)) {
    places.push({ room: address, entry, joined: await enterRoom(session, address, entry, ctx) });
  }
  return places;
}
