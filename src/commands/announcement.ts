/** The message that tells where a file is. */
import { oob } from '../xmpp/xep0066-oob.ts';
import { receiptRequest } from '../xmpp/xep0184-receipts.ts';
import { markable } from '../xmpp/xep0333-markers.ts';
import type { DescribedFile } from '../xmpp/xep0446-file-metadata.ts';
import { fileSharing } from '../xmpp/xep0447-file-sharing.ts';
import type { Element } from '../xmpp/xml.ts';
import type { DeliveryArgs } from './delivery.ts';

/** What a message says, to whomever. */
export interface Content {
  readonly body: string;
  readonly payload: readonly Element[];
}

/**
 * The body is the URL, so that clients show the file in its place (XEP-0363 11). An aesgcm URL stands alone
 * (XEP-0454 4): what else could be said of the file is what was to be kept from others.
 */
export function announcement(url: string, file: DescribedFile): Content {
  const encrypted = url.startsWith('aesgcm:');
  return { body: url, payload: encrypted ? [] : [oob(url), ...fileSharing(file, url)] };
}

/** What asks the recipient's device for the confirmation that is to be waited for. */
export const confirmationRequests = (wait: DeliveryArgs['wait']): Element[] => [
  ...(wait === 'receipt' ? [receiptRequest()] : []),
  ...(wait === 'displayed' ? [markable()] : []),
];
