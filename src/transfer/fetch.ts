/** An answer with a file in it, over as many https redirections as a browser would forgive. */
import type { IncomingMessage } from 'node:http';
import { XmppctlError } from '../errors.ts';
import { answerTo, drain, type HttpClient } from './http-client.ts';
import { readMediaType } from './media-type.ts';

const maxRedirects = 5;

export interface Fetched {
  readonly answer: IncomingMessage;
  readonly url: URL;
  /** Where in the file the body begins. */
  readonly from: number;
  /** Of the whole file, in bytes; null if the server does not say. */
  readonly total: number | null;
  /** Whether the end of the body can be told from a connection that broke. */
  readonly delimited: boolean;
  readonly mediaType: string | null;
  /** What changes when the file does: a strong ETag or a date; null if there is none, or no part can be asked for. */
  readonly validator: string | null;
}

/** From a byte on, provided that the file is still the one of the validator. */
export interface Range {
  readonly from: number;
  readonly validator: string;
}

/** Asks for the file, or the rest of it. Throws insecure, noinput (not there), noperm, tempfail, protocol. */
export async function fetchFile(
  start: string,
  client: HttpClient,
  signal: AbortSignal,
  range?: Range,
): Promise<Fetched> {
  let url = httpsUrl(start);
  for (let hops = 0; hops <= maxRedirects; hops += 1) {
    const { outgoing } = client.begin(url, { method: 'GET', headers: headersFor(range), signal });
    outgoing.end();
    const answer = await answerTo(outgoing, url, signal);
    const { statusCode = 0, headers } = answer;
    if (statusCode === 200 || statusCode === 206) return read(answer, url, range);
    await drain(answer);
    if (![301, 302, 303, 307, 308].includes(statusCode) || headers.location === undefined)
      throw refusal(statusCode, url);
    url = httpsUrl(headers.location, url);
  }
  throw new XmppctlError('protocol', `${url.host} redirects more than ${maxRedirects} times`);
}

/** Throws kind insecure for anything that is not https. */
function httpsUrl(text: string, base?: URL): URL {
  const url = URL.canParse(text, base?.href) ? new URL(text, base) : undefined;
  if (url?.protocol === 'https:') return url;
  const what = url ? `a ${url.protocol} address` : 'no URL';
  const it = url ? 'it' : `'${text.replace(/#.*/s, '').slice(0, 200)}'`;
  throw new XmppctlError(
    'insecure',
    `${base ? `${base.host} redirects to ${what}` : `${it} is ${what}`}; nothing was fetched`,
    {
      hint: 'Only https and aesgcm addresses are fetched.',
    },
  );
}

const headersFor = (range: Range | undefined): [string, string][] => [
  ['Accept-Encoding', 'identity'],
  ...(range
    ? ([
        ['Range', `bytes=${range.from}-`],
        ['If-Range', range.validator],
      ] as [string, string][])
    : []),
];

function read(answer: IncomingMessage, url: URL, range: Range | undefined): Fetched {
  const { headers, statusCode } = answer;
  const encoding = headers['content-encoding'] ?? 'identity';
  const length = /^\d{1,15}$/.test(headers['content-length'] ?? '') ? Number(headers['content-length']) : null;
  const common = {
    answer,
    url,
    delimited: length !== null || headers['transfer-encoding'] !== undefined,
    mediaType: readMediaType(headers['content-type']),
    validator: headers['accept-ranges'] === 'bytes' ? validatorOf(answer) : null,
  };
  if (encoding !== 'identity') throw broken(answer, url, 'sends the file packed although it was not asked to');
  if (statusCode === 200) return { ...common, from: 0, total: length };
  const [, from, to, total] = /^bytes (\d{1,15})-(\d{1,15})\/(\d{1,15})$/.exec(headers['content-range'] ?? '') ?? [];
  // Prosody before 13 names the size where the number of the last byte belongs.
  const toTheEnd = Number(to) + 1 === Number(total) || to === total;
  if (!range || Number(from) !== range.from || !toTheEnd) {
    throw broken(answer, url, 'sends another part of the file than was asked for');
  }
  return { ...common, from: range.from, total: Number(total) };
}

function validatorOf({ headers }: IncomingMessage): string | null {
  const { etag } = headers;
  return etag !== undefined && /^"[\x21\x23-\x7e]{1,200}"$/.test(etag) ? etag : (headers['last-modified'] ?? null);
}

function broken(answer: IncomingMessage, url: URL, what: string): XmppctlError {
  answer.destroy();
  return new XmppctlError('protocol', `${url.host} ${what}`);
}

function refusal(status: number, { host }: URL): XmppctlError {
  const said = `${host} does not give the file (HTTP ${status})`;
  if (status === 404 || status === 410) return new XmppctlError('noinput', `${said}: it is not there`);
  if (status === 401 || status === 403) return new XmppctlError('noperm', said);
  if (status >= 500 || status === 408 || status === 425 || status === 429) return new XmppctlError('tempfail', said);
  return new XmppctlError('protocol', said);
}
