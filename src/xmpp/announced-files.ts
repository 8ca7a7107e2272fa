/** The files that a message speaks of, whichever extension says it: 0447, 0066 or 0454. */
import { localizedText } from './message.ts';
import { type OutOfBand, readOob } from './xep0066-oob.ts';
import type { Hash } from './xep0300-hashes.ts';
import { readSharedFiles } from './xep0447-file-sharing.ts';
import type { Element } from './xml.ts';

export interface AnnouncedFile {
  readonly url: string;
  /** As the sender wrote it; null where nothing was said. */
  readonly name: string | null;
  /** In bytes. */
  readonly size: number | null;
  readonly mediaType: string | null;
  readonly description: string | null;
  readonly hash: Hash | null;
}

/** Each address once; of a file with several, the first that is https. */
export function readAnnouncedFiles(message: Element): AnnouncedFile[] {
  const shared = readSharedFiles(message);
  const known = new Set(shared.flatMap(({ urls }) => urls));
  const files = shared.flatMap(({ metadata, urls }) => {
    const url = urls.find((candidate) => /^https:/i.test(candidate)) ?? urls[0];
    const { name = null, size = null, mediaType = null, description = null, hash = null } = metadata ?? {};
    return url === undefined ? [] : [{ url, name, size, mediaType, description, hash }];
  });
  const others = new Map<string, AnnouncedFile>();
  for (const other of [...readOob(message), ...encryptedIn(message)]) {
    if (!known.has(other.url) && !others.has(other.url)) others.set(other.url, bare(other));
  }
  return [...files, ...others.values()];
}

/** An aesgcm link is a file, not text; a thumbnail may follow it on a line of its own (XEP-0454 3). */
function encryptedIn(message: Element): OutOfBand[] {
  const link = /^aesgcm:\/\/\S+$/i.exec(localizedText(message, 'body')?.split('\n', 1)[0]?.trim() ?? '');
  return link ? [{ url: link[0], description: null }] : [];
}

const bare = ({ url, description }: OutOfBand): AnnouncedFile => ({
  url,
  name: null,
  size: null,
  mediaType: null,
  description,
  hash: null,
});
