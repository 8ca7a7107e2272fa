/** XEP-0013: Flexible Offline Message Retrieval, of which we only use that asking keeps stored messages where they are. */
import type { Jid } from './jid.ts';
import { discoInfoRequest, readDiscoInfo } from './xep0030-disco.ts';
import type { Element } from './xml.ts';

const nsOffline = 'http://jabber.org/protocol/offline';

/** Asks how many messages wait; after that the server hands over none of them by itself (section 2.1). */
export const messageNodeRequest = (account: Jid): Element => discoInfoRequest(account.bare, nsOffline);

/** Whether the answer comes from a server that knows what was meant. */
export const hasMessageNode = (iq: Element): boolean => readDiscoInfo(iq).features.has(nsOffline);
