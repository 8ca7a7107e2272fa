/** The name of a file as others are told it. */
import { extname } from 'node:path';
import { replaceForbidden } from '../xmpp/xml.ts';

/** In bytes: what most file systems take. */
const maxBytes = 255;

/** The name without controls, of a length that fits everywhere. */
export function announcedName(name: string): string {
  const harmless = replaceForbidden(name).replace(/[\p{Cc}\p{Zl}\p{Zp}/]/gu, '_');
  let short = harmless;
  while (Buffer.byteLength(short) > maxBytes) short = short.slice(1);
  return short;
}

/** A name that tells no more than its ending. */
export const hiddenName = (name: string, random: string): string =>
  random + (/^\.[a-z0-9]{1,8}$/i.exec(extname(name))?.[0] ?? '');
