/** Being online for a listener: carbons, contacts, receipts. */
import { readPresenceRefusal } from '../session/own-presence.ts';
import { NoAnswer } from '../session/patient-session.ts';
import type { Session } from '../session/types.ts';
import { readJid } from '../xmpp/jid.ts';
import { isMessage } from '../xmpp/message.ts';
import { buildPresence } from '../xmpp/presence.ts';
import { mayKnow, readRosterItem, readRosterPush, rosterRequest } from '../xmpp/roster.ts';
import { capabilities } from '../xmpp/xep0115-capabilities.ts';
import { asksForReceipt, buildReceipt } from '../xmpp/xep0184-receipts.ts';
import { ping } from '../xmpp/xep0199-ping.ts';
import { enableCarbons } from '../xmpp/xep0280-carbons.ts';
import type { Element } from '../xmpp/xml.ts';

/** Who gets the receipts that they ask for: nobody should learn from one that somebody is there (XEP-0184 7). */
export type ReceiptPolicy = 'contacts' | 'all' | 'none';

/**
 * Asks for copies of what other devices get and send, and goes online with these features when that is `prepared`.
 * Resolves with the bare JIDs of the contacts that may see our presence, when the server has handled it: what it kept for
 * the account has come by then. A server that does not say so is listened to all the same, but throws NoAnswer if that is
 * `needed`. Throws if it refuses our presence: then it hands over nothing.
 */
export async function goOnline(
  session: Session,
  { receipts, needed, features }: { receipts: ReceiptPolicy; needed: boolean; features: readonly string[] },
  prepared: Promise<void>,
): Promise<ReadonlySet<string>> {
  const carbons = session.request(enableCarbons()).catch(ignoreRefusal);
  const contacts = new Set<string>();
  const take = (part: Element): void => {
    const item = readRosterItem(part);
    if (item && mayKnow(item)) contacts.add(item.jid.bare);
  };
  // Never resolves: there is a change until the session ends.
  if (receipts === 'contacts') session.expect<never>((stanza) => noteChange(stanza, contacts));
  const roster = receipts === 'contacts' && session.request(rosterRequest(), {}, take).catch(ignoreRefusal);
  await prepared;
  const refused = session.expect((stanza) => readPresenceRefusal(stanza, session.jid));
  const presence = buildPresence();
  if (features.length > 0) presence.append(capabilities(features));
  await session.send(presence);
  await session.request(ping(session.jid.domain)).catch((error) => {
    if (needed && error instanceof NoAnswer) throw error;
  });
  const refusal = await refused.within(0);
  if (refusal) throw refusal;
  await carbons;
  await roster;
  return contacts;
}

function noteChange(stanza: Element, contacts: Set<string>): undefined {
  const push = readRosterPush(stanza);
  if (!push) return;
  const { jid } = push.item;
  if (!push.removed && mayKnow(push.item)) contacts.add(jid.bare);
  else contacts.delete(jid.bare);
}

/** A server without the extension is no reason not to listen; a broken stream is seen where it is read. */
const ignoreRefusal = (): undefined => undefined;

/** Tells the sender that a message has been received, if it asks and may know. */
export async function confirmReceipt(
  stanza: Element,
  session: Session,
  { contacts, receipts, randomId }: { contacts: ReadonlySet<string>; receipts: ReceiptPolicy; randomId(): string },
): Promise<void> {
  const { id, from, type } = stanza.attrs;
  if (receipts === 'none' || type === 'error' || type === 'groupchat' || id === undefined) return;
  if (!isMessage(stanza) || !asksForReceipt(stanza)) return;
  const sender = readJid(from);
  if (!sender || (receipts === 'contacts' && !contacts.has(sender.bare))) return;
  await session.send(buildReceipt(sender.full, id, randomId()));
}
