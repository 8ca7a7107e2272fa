/** XEP-0446: File metadata element. */
import { type Hash, readHash, sha256Element } from './xep0300-hashes.ts';
import { childText, type Element, xml } from './xml.ts';

const nsMetadata = 'urn:xmpp:file:metadata:0';

export interface FileMetadata {
  /** As the sender wrote it: not yet a name to give to a file. */
  readonly name: string | null;
  readonly mediaType: string | null;
  /** In bytes. */
  readonly size: number | null;
  readonly description: string | null;
  readonly hash: Hash | null;
}

export interface DescribedFile {
  readonly name: string;
  readonly mediaType: string;
  readonly size: number;
  /** SHA-256 in hexadecimal. */
  readonly sha256: string;
  readonly description?: string | undefined;
}

export const fileMetadata = ({ name, mediaType, size, sha256, description }: DescribedFile): Element =>
  xml(
    'file',
    { xmlns: nsMetadata },
    xml('media-type', {}, mediaType),
    xml('name', {}, name),
    xml('size', {}, String(size)),
    sha256Element(sha256),
    description === undefined ? undefined : xml('desc', {}, description),
  );

/** What is said of the file; undefined if nothing is. */
export function readFileMetadata(parent: Element): FileMetadata | undefined {
  const file = parent.getChild('file', nsMetadata);
  if (!file) return undefined;
  return {
    name: childText(file, 'name'),
    mediaType: childText(file, 'media-type'),
    size: readSize(childText(file, 'size')),
    description: childText(file, 'desc'),
    hash: readHash(file),
  };
}

/** A number of bytes as the XEPs write it; null for what is none. */
export const readSize = (text: string | null | undefined): number | null =>
  text !== null && text !== undefined && /^\d{1,15}$/.test(text.trim()) ? Number(text) : null;
