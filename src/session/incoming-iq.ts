/** What becomes of the requests that others send us. */
import type { Jid } from '../xmpp/jid.ts';
import { isOwnRosterPush, isRosterPush } from '../xmpp/roster.ts';
import { serviceUnavailable } from '../xmpp/stanza-error.ts';
import { isPing } from '../xmpp/xep0199-ping.ts';
import { type Element, xml } from '../xmpp/xml.ts';

/**
 * The answer to an IQ get or set: changes of the roster are confirmed, but only to the own account, pings are answered, and
 * nothing else is served. Undefined if whoever `deliver` gave it to answers.
 */
export function answerTo(iq: Element, account: Jid, deliver: (iq: Element) => boolean): Element | undefined {
  const confirmation = (): Element => xml('iq', { type: 'result', id: iq.attrs.id, to: iq.attrs.from });
  if (isRosterPush(iq)) {
    if (!isOwnRosterPush(iq, account)) return serviceUnavailable(iq);
    deliver(iq);
    return confirmation();
  }
  if (deliver(iq)) return undefined;
  return isPing(iq) ? confirmation() : serviceUnavailable(iq);
}
