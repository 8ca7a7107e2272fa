/** XEP-0234: Jingle File Transfer: the offer of one file. */
import { type Hash, readHash, readHashToCome, sha256Element } from './xep0300-hashes.ts';
import { type DescribedFile, readSize } from './xep0446-file-metadata.ts';
import { childText, type Element, xml } from './xml.ts';

export const nsFileTransfer = 'urn:xmpp:jingle:apps:file-transfer:5';

export interface FileOffer {
  /** As the sender wrote it. */
  readonly name: string | null;
  /** In bytes. */
  readonly size: number | null;
  readonly mediaType: string | null;
  readonly hash: Hash | null;
  /** The algorithm of a hash that the sender will tell later; null if it has told one, or will not. */
  readonly hashToCome: string | null;
}

export const fileDescription = ({ name, size, mediaType, sha256, description }: DescribedFile): Element =>
  xml(
    'description',
    { xmlns: nsFileTransfer },
    xml(
      'file',
      {},
      xml('media-type', {}, mediaType),
      xml('name', {}, name),
      xml('size', {}, String(size)),
      description === undefined ? undefined : xml('desc', {}, description),
      sha256Element(sha256),
    ),
  );

/** Undefined if the description is of something else than a file. */
export function readFileOffer(description: Element | undefined): FileOffer | undefined {
  const file = description?.is('description', nsFileTransfer)
    ? description.getChild('file', nsFileTransfer)
    : undefined;
  if (!file) return undefined;
  const hash = readHash(file);
  return {
    name: childText(file, 'name'),
    size: readSize(childText(file, 'size')),
    mediaType: childText(file, 'media-type'),
    hash,
    hashToCome: hash ? null : readHashToCome(file),
  };
}

/** The hash that a session-info tells of the file (section 6.2); undefined for anything else. */
export function readChecksum(info: readonly Element[]): Hash | undefined {
  const checksum = info.find((one) => one.is('checksum', nsFileTransfer));
  const file = checksum?.getChild('file', nsFileTransfer);
  return (file && readHash(file)) ?? undefined;
}
