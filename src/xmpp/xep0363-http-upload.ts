/** XEP-0363: HTTP File Upload. */
import { XmppctlError } from '../errors.ts';
import { readStanzaError, stanzaErrorToError } from './stanza-error.ts';
import { formType } from './xep0004-data-forms.ts';
import type { DiscoInfo } from './xep0030-disco.ts';
import { readStamp } from './xep0203-delay.ts';
import { readSize } from './xep0446-file-metadata.ts';
import { childText, type Element, ns, xml } from './xml.ts';

const nsUpload = 'urn:xmpp:http:upload:0';
/** The only ones that a service may ask for (section 4), in lower case. */
const allowedHeaders = ['authorization', 'cookie', 'expires'];

export const isUploadService = (info: DiscoInfo): boolean => info.features.has(nsUpload);

/** The largest file that the service takes, in bytes; undefined if it does not say. */
export function maxFileSize(info: DiscoInfo): number | undefined {
  const form = info.forms.find((candidate) => formType(candidate) === nsUpload);
  return readSize(form?.fields.find(({ name }) => name === 'max-file-size')?.values[0]) ?? undefined;
}

export interface SlotRequest {
  readonly name: string;
  /** In bytes. */
  readonly size: number;
  readonly mediaType: string;
}
export interface Slot {
  readonly put: URL;
  readonly get: URL;
  /** Names and values to be sent with the PUT, in the order of the service. */
  readonly headers: readonly (readonly [name: string, value: string])[];
}

export const slotRequest = (to: string, { name, size, mediaType }: SlotRequest): Element =>
  xml('iq', { type: 'get', to }, xml('request', { xmlns: nsUpload, filename: name, size, 'content-type': mediaType }));

/** Throws kind protocol if it is no slot, insecure if one of its URLs is not https. */
export function readSlot(iq: Element): Slot {
  const slot = iq.getChild('slot', nsUpload);
  const put = slot?.getChild('put', nsUpload);
  return {
    put: httpsUrl(put?.attrs.url),
    get: httpsUrl(slot?.getChild('get', nsUpload)?.attrs.url),
    headers: (put?.getChildren('header', nsUpload) ?? [])
      .map((header) => [oneLine(header.attrs.name ?? ''), oneLine(header.text())] as const)
      .filter(([name]) => allowedHeaders.includes(name.toLowerCase())),
  };
}

/** Newlines would begin a header of the service's own choice. */
const oneLine = (text: string): string => text.replace(/[\r\n]/g, '').trim();

function httpsUrl(text: string | undefined): URL {
  if (text === undefined || !URL.canParse(text)) {
    throw new XmppctlError('protocol', 'the upload service broke the protocol: its answer has no URL');
  }
  const url = new URL(text);
  if (url.protocol === 'https:') return url;
  throw new XmppctlError('insecure', `the upload service gives an address that is not https (${url.protocol})`);
}

/** The refusal of a slot with what this extension adds: the limit, or when to try again. */
export function readUploadError(iq: Element): XmppctlError {
  const error = iq.getChild('error', ns.client);
  const { message, kind, condition } = stanzaErrorToError('the upload service refuses the file', readStanzaError(iq));
  const tooLarge = error?.getChild('file-too-large', nsUpload);
  if (tooLarge) {
    const limit = readSize(childText(tooLarge, 'max-file-size'));
    const says = limit === null ? '' : `: it takes ${limit} bytes at most`;
    return new XmppctlError('data', `the file is too large for the upload service${says}`, { condition });
  }
  const retry = readStamp(error?.getChild('retry', nsUpload)?.attrs.stamp);
  if (!retry) return new XmppctlError(kind, message, { condition });
  const retryAt = retry.toISOString();
  return new XmppctlError('tempfail', message, { condition, retryAt, hint: `Try again after ${retryAt}.` });
}
