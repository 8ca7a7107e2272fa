/** XEP-0300: Use of Cryptographic Hash Functions in XMPP. */
import { XmppctlError } from '../errors.ts';
import { type Element, xml } from './xml.ts';

const nsHashes = 'urn:xmpp:hashes:2';

/** Names of XEP-0300 and those of OpenSSL, the strongest first. SHA-1 and MD5 vouch for nothing (section 6). */
const algorithms = new Map([
  ['sha-512', { openssl: 'sha512', bytes: 64 }],
  ['blake2b-512', { openssl: 'blake2b512', bytes: 64 }],
  ['sha3-512', { openssl: 'sha3-512', bytes: 64 }],
  ['sha-256', { openssl: 'sha256', bytes: 32 }],
  ['sha3-256', { openssl: 'sha3-256', bytes: 32 }],
]);

export interface Hash {
  /** As OpenSSL calls it. */
  readonly algorithm: string;
  /** Lower-case hexadecimal. */
  readonly hex: string;
}

/** The SHA-256 of a file, given in hexadecimal. */
export const sha256Element = (hex: string): Element =>
  xml('hash', { xmlns: nsHashes, algo: 'sha-256' }, Buffer.from(hex, 'hex').toString('base64'));

/** The strongest hash that an element carries and that we can check; null if there is none. Throws kind protocol. */
export function readHash(parent: Element): Hash | null {
  const hashes = parent.getChildren('hash', nsHashes);
  for (const [name, { openssl, bytes }] of algorithms) {
    const found = hashes.find(({ attrs }) => attrs.algo === name);
    if (!found) continue;
    const digest = Buffer.from(found.text().trim(), 'base64');
    if (digest.length !== bytes) throw new XmppctlError('protocol', `a hash is no ${name} hash`);
    return { algorithm: openssl, hex: digest.toString('hex') };
  }
  return null;
}
