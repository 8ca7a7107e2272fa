/** XEP-0454: OMEMO Media sharing, the aesgcm scheme: a URL that carries the key of the file behind it. */
import { XmppctlError } from '../errors.ts';

export interface EncryptedFile {
  /** Where the encrypted file is; without the key. */
  readonly url: string;
  readonly iv: Uint8Array;
  readonly key: Uint8Array;
}

/** The authentication tag follows the encrypted bytes. */
export const tagBytes = 16;
export const ivBytes = 12;
export const keyBytes = 32;

/** `aesgcm://…#IVKEY` for a file at an https URL. */
export function aesgcmUrl({ url, iv, key }: EncryptedFile): string {
  const { host, pathname, search } = new URL(url);
  return `aesgcm://${host}${pathname}${search}#${Buffer.concat([iv, key]).toString('hex')}`;
}

/**
 * Reads an aesgcm URL, with the IV of 12 bytes or, from older clients, of 16; undefined for any other text. Throws kind
 * protocol, without the key in the message.
 */
export function readAesgcmUrl(text: string): EncryptedFile | undefined {
  if (!/^aesgcm:/i.test(text)) return undefined;
  const match = /^aesgcm:\/\/([^#\s]+)#([0-9a-f]{96}|[0-9a-f]{88})$/i.exec(text);
  const url = `https://${match?.[1]}`;
  if (!match?.[2] || !URL.canParse(url)) {
    throw new XmppctlError('protocol', 'an aesgcm link is broken', {
      hint: 'It ends in # and 88 or 96 hexadecimal digits, the key: was it cut?',
    });
  }
  const secret = Buffer.from(match[2], 'hex');
  return { url, iv: secret.subarray(0, -keyBytes), key: secret.subarray(-keyBytes) };
}
