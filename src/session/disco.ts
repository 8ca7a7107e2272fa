/** Finding services: what the own server and the entities that belong to it offer (XEP-0030). */
import { XmppctlError } from '../errors.ts';
import {
  type DiscoInfo,
  discoInfoRequest,
  discoItemsRequest,
  readDiscoInfo,
  readDiscoItems,
} from '../xmpp/xep0030-disco.ts';
import type { Session } from './types.ts';

export interface Service {
  readonly jid: string;
  readonly name: string | null;
  readonly info: DiscoInfo;
}

/** What one entity says of itself. Throws what it refuses with. */
export const discoInfo = async (session: Session, jid: string): Promise<DiscoInfo> =>
  readDiscoInfo(await session.request(discoInfoRequest(jid)));

/**
 * The own server and the items that answer, asked side by side; those that refuse or stay silent for long are left out.
 * Throws when the stream breaks: then nobody knows what there is.
 */
export async function discoverServices(session: Session, giveUpMs = 5000): Promise<Service[]> {
  const { domain } = session.jid;
  const own = discoInfo(session, domain).then((info) => ({ jid: domain, name: null, info }));
  own.catch(() => {}); // reported with the others below
  const items = await session.request(discoItemsRequest(domain)).then(readDiscoItems, noneIfRefused);
  const asked = items
    .filter(({ jid, node }) => node === null && jid.full !== domain)
    .map(async ({ jid, name }) => ({ jid: jid.full, name, info: await discoInfo(session, jid.full) }));
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error('too late')), giveUpMs);
  });
  const found = await Promise.allSettled([own, ...asked].map((service) => Promise.race([service, tooLate])));
  clearTimeout(timer);
  const unanswered = found.find((result) => result.status === 'rejected');
  if (unanswered && session.over) throw unanswered.reason;
  return found.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
}

function noneIfRefused(error: unknown): [] {
  if (error instanceof XmppctlError && error.condition !== undefined) return [];
  throw error;
}
