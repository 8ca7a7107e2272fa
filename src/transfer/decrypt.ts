/** Files of XEP-0454: read twice, so that nothing is written in clear before the tag has vouched for all of it. */
import { createDecipheriv, type DecipherGCM } from 'node:crypto';
import { XmppctlError } from '../errors.ts';
import { type EncryptedFile, tagBytes } from '../xmpp/xep0454-aesgcm.ts';
import type { PartFile } from './part-file.ts';

/** Gives the plain text of `encrypted` to `write`, all of it or nothing. Throws kind data if the tag does not fit. */
export async function decrypt(
  encrypted: PartFile,
  secret: EncryptedFile,
  write: (bytes: Buffer) => Promise<void>,
): Promise<void> {
  const end = encrypted.size - tagBytes;
  if (end < 0) throw tampered();
  const tag = await encrypted.tail(tagBytes);
  for (const take of [async () => {}, write]) {
    const decipher = createDecipheriv('aes-256-gcm', secret.key, secret.iv, { authTagLength: tagBytes });
    decipher.setAuthTag(tag);
    for await (const chunk of encrypted.read(end)) await take(decipher.update(chunk));
    verify(decipher);
  }
}

function verify(decipher: DecipherGCM): void {
  try {
    decipher.final();
  } catch {
    throw tampered();
  }
}

const tampered = (): XmppctlError =>
  new XmppctlError('data', 'the file does not fit its key: it was changed, cut, or is another one; it was not kept');
