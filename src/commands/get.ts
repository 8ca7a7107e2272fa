import { asXmppctlError, type ErrorKind, XmppctlError } from '../errors.ts';
import { defineCommand, flag, option, positionals } from '../grammar/command.ts';
import { directory, file, size, text } from '../grammar/values.ts';
import { type Downloaded, download } from '../transfer/download.ts';
import { HttpClient } from '../transfer/http-client.ts';
import { Meter } from '../transfer/meter.ts';
import { checkDirectory, pathIn, refuseExisting } from '../transfer/part-file.ts';
import { readAesgcmUrl } from '../xmpp/xep0454-aesgcm.ts';
import type { Context } from './context.ts';
import { decodeText } from './message-text.ts';
import { Tally } from './tally.ts';

const defaultMaxSize = 10 * 1024 ** 3;
const lineLimit = 64 * 1024;

const args = {
  urls: positionals(text('URL'), 'https or aesgcm, as announced in a message; "-": one a line from standard input'),
  dir: option(directory(), 'where the files go', { alias: 'd', presetText: 'the current directory' }),
  outputFile: option(file(), 'the name of the file, for one URL'),
  maxSize: option(size(), 'refuse what is larger', { presetText: '10G' }),
  sha256: option(text('HEX'), 'refuse a file with another SHA-256, for one URL'),
  keepPartial: flag('keep what came of a file when it cannot be had in full'),
  allowPrivate: flag('also from private and loopback addresses'),
};

interface Row extends Downloaded {
  readonly url: string;
}

export const get = defineCommand({
  name: 'get',
  summary: 'download files announced in messages',
  description:
    'Fetches over https only, and decrypts aesgcm. A file gets its name when it is whole and checked; until then it is NAME.….part. ' +
    'Nothing is overwritten: a name that is taken gets a number. The name is that in the URL, made safe. A download that broke off is gone on with ' +
    'where the server allows it. --timeout is how long the transfer may stand still. Certificates are trusted if a CA of the ' +
    'system or of --ca-file vouches for them, or if they have the key of --pin. Through a proxy, names are resolved there, ' +
    'so that private addresses can only be refused where the URL names them. Of several files, those that can be had are fetched.',
  args,
  shared: 'connecting',
  yields: 'stream',
  fields: [
    { key: 'url', summary: 'where it was', type: 'string' },
    { key: 'path', summary: 'where it is', type: 'string' },
    { key: 'size', summary: 'in bytes', type: 'number' },
    { key: 'mediaType', summary: 'what the server says it is', type: 'string', column: 'TYPE' },
    { key: 'sha256', summary: 'SHA-256 of the file, in hexadecimal', type: 'string', column: false },
  ],
  confirm: ({ path }: Row) => path,
  examples: [
    ['xmppctl get https://upload.example.org/…/report.pdf', 'into the current directory'],
    ['xmppctl get "$URL" --output-file report.pdf --max-size 20M', 'under a name of your own, if it is not larger'],
    ["xmppctl listen --json | jq --unbuffered -r '.files[]?.url' | xmppctl get - --dir inbox", 'whatever is announced'],
  ],
  fails: [
    'usage',
    'data',
    'noinput',
    'nohost',
    'cantcreat',
    'ioerr',
    'tempfail',
    'protocol',
    'noperm',
    'insecure',
    'partial',
  ],
  check({ urls, outputFile, sha256 }) {
    const noUrl = urls.find((url) => url !== '-' && !URL.canParse(url));
    if (noUrl !== undefined)
      throw new XmppctlError('usage', `'${withoutKey(noUrl)}' is no URL`, {
        hint: 'Give the address of a file, https://… or aesgcm://…, as listen and history show it.',
      });
    for (const url of urls) checkKey(url);
    if (outputFile === '-')
      throw new XmppctlError(
        'usage',
        'a file is not written to standard output: it has to be whole and checked first',
        {
          hint: 'Get it with --output-file FILE, then use FILE; a file of the name "-" is ./-',
        },
      );
    if (urls.length > 1 && (outputFile !== undefined || sha256 !== undefined))
      throw new XmppctlError('usage', '--output-file and --sha256 go with one URL only');
    if (sha256 !== undefined && !/^[0-9a-f]{64}$/i.test(sha256))
      throw new XmppctlError('usage', `'${sha256}' is not a SHA-256; write 64 hexadecimal digits`);
  },
  async *run(args, ctx): AsyncGenerator<Row> {
    const { dir = '.', maxSize = defaultMaxSize } = args;
    const outputFile = args.outputFile && pathIn(dir, args.outputFile);
    const keepPart = args.keepPartial ? 'always' : 'to go on';
    if (outputFile === undefined) await checkDirectory(dir);
    else await refuseExisting(outputFile);
    using client = new HttpClient(await ctx.https(), { stranger: !args.allowPrivate });
    const hash = args.sha256 === undefined ? null : { algorithm: 'sha256', hex: args.sha256.toLowerCase() };
    const tally = new Tally('files were not fetched', 'no');
    const fetchOne = async (url: string): Promise<Row> => {
      const progress = await ctx.progress('connecting');
      let meter: Meter | undefined;
      const received = (bytes: number, total: number | null): void => {
        meter ??= new Meter('downloading', total, ctx.clock.monotonic);
        progress.update(meter.line(bytes));
      };
      const wanted = { url, name: null, size: null, hash, directory: dir, outputFile, maxSize, keepPart } as const;
      const downloaded = await download(wanted, client, received).finally(() => progress.stop());
      return { url, ...downloaded };
    };
    const isOnlyOne = args.urls.length === 1 && args.urls[0] !== '-';
    for await (const url of addresses(args.urls, ctx)) {
      const got = await fetchOne(url).catch(asXmppctlError);
      if (got instanceof XmppctlError) {
        if (isOnlyOne || ctx.stopped.aborted) throw got;
        ctx.warn(`${withoutKey(url)} was not fetched: ${got.message}`);
        if (!ofTheAddress.has(got.kind)) throw got;
        tally.add({ error: got });
      } else {
        yield got;
        tally.add({});
      }
    }
    tally.throwUnlessAllWell();
  },
});

/** What is wrong with one address says nothing of the next; anything else would only be repeated. */
const ofTheAddress: ReadonlySet<ErrorKind> = new Set([
  'usage',
  'data',
  'noinput',
  'nohost',
  'protocol',
  'noperm',
  'insecure',
]);

const withoutKey = (url: string): string => url.replace(/#.*/s, '').slice(0, 200);

/** Throws kind usage for an aesgcm address without its key. */
function checkKey(url: string): void {
  try {
    readAesgcmUrl(url);
  } catch (error) {
    throw new XmppctlError('usage', 'the key at the end of the aesgcm address is missing or broken', { cause: error });
  }
}

/** The key in an aesgcm address is nobody else's business: on standard input it does not show in the process list. */
async function* addresses(urls: readonly string[], ctx: Context): AsyncGenerator<string> {
  for (const url of urls) {
    if (url !== '-') {
      yield url;
      continue;
    }
    for await (const line of ctx.input.lines(lineLimit)) {
      const address = decodeText(line).trim();
      if (address !== '') yield address;
    }
  }
}
