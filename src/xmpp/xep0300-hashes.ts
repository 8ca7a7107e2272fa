/** XEP-0300: Use of Cryptographic Hash Functions in XMPP. */
import { type Element, xml } from './xml.ts';

const nsHashes = 'urn:xmpp:hashes:2';

/** Names of XEP-0300 and those of OpenSSL, the strongest first. SHA-1 and MD5 vouch for nothing (section 6). */
const algorithms = [
  ['sha-512', 'sha512'],
  ['blake2b-512', 'blake2b512'],
  ['sha3-512', 'sha3-512'],
  ['sha-256', 'sha256'],
  ['sha3-256', 'sha3-256'],
] as const;

export interface Hash {
  /** As OpenSSL calls it. */
  readonly algorithm: string;
  /** Lower-case hexadecimal. */
  readonly hex: string;
}

/** The SHA-256 of a file, given in hexadecimal. */
export const sha256Element = (hex: string): Element =>
  xml('hash', { xmlns: nsHashes, algo: 'sha-256' }, Buffer.from(hex, 'hex').toString('base64'));

/** The algorithm, as OpenSSL calls it, of a hash that is yet to come (section 4); null if none is that we can check. */
export function readHashToCome(parent: Element): string | null {
  const promised = parent.getChildren('hash-used', nsHashes);
  const found = algorithms.find(([name]) => promised.some(({ attrs }) => attrs.algo === name));
  return found ? found[1] : null;
}

/** The strongest hash that an element carries and that we can check; null if there is none. A broken one fits no file. */
export function readHash(parent: Element): Hash | null {
  const hashes = parent.getChildren('hash', nsHashes);
  for (const [name, algorithm] of algorithms) {
    const found = hashes.find(({ attrs }) => attrs.algo === name);
    if (found) return { algorithm, hex: hexOf(Buffer.from(found.text().trim(), 'base64')) };
  }
  return null;
}

/** COMPAT(Libervia 0.9): it encodes the hexadecimal form of the hash. The bytes of a hash are never such digits only. */
function hexOf(bytes: Buffer): string {
  const text = bytes.toString('latin1');
  return /^([0-9a-f]{64}|[0-9a-f]{128})$/.test(text) ? text : bytes.toString('hex');
}
