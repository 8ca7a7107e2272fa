/** XEP-0447: Stateless file sharing, with the URLs of XEP-0103. Sources that others attach later are not read. */

import { bodyIsFallback } from './xep0428-fallback.ts';
import { type DescribedFile, type FileMetadata, fileMetadata, readFileMetadata } from './xep0446-file-metadata.ts';
import { type Element, xml } from './xml.ts';

const nsSharing = 'urn:xmpp:sfs:0';
const nsUrlData = 'http://jabber.org/protocol/url-data';

export interface SharedFile {
  readonly metadata: FileMetadata | undefined;
  readonly urls: readonly string[];
}

/** The file and where it is; the body of the message is then the URL for clients that do not know this. */
export const fileSharing = (file: DescribedFile, url: string): Element[] => [
  xml(
    'file-sharing',
    { xmlns: nsSharing, disposition: 'inline' },
    fileMetadata(file),
    xml('sources', {}, xml('url-data', { xmlns: nsUrlData, target: url })),
  ),
  bodyIsFallback(nsSharing),
];

/** The files that a message shares, each with the URLs it can be had from. */
export const readSharedFiles = (message: Element): SharedFile[] =>
  message.getChildren('file-sharing', nsSharing).map((sharing) => ({
    metadata: readFileMetadata(sharing),
    urls: (sharing.getChild('sources', nsSharing)?.getChildren('url-data', nsUrlData) ?? []).flatMap(({ attrs }) =>
      attrs.target === undefined ? [] : [attrs.target],
    ),
  }));
