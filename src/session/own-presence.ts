/** The fate of our own presence: a server that refuses it shows us to nobody. */
import type { XmppctlError } from '../errors.ts';
import { type Jid, readJid } from '../xmpp/jid.ts';
import { readStanzaError, stanzaErrorToError } from '../xmpp/stanza-error.ts';
import { type Element, ns } from '../xmpp/xml.ts';
import { mayReturn } from './bounces.ts';

/** Why our server refuses the presence of `own`; undefined: not this stanza. A contact's server cannot refuse it. */
export function readPresenceRefusal(stanza: Element, own: Jid): XmppctlError | undefined {
  const { type, from } = stanza.attrs;
  if (!stanza.is('presence', ns.client) || type !== 'error' || !mayReturn(readJid(from), own, own.domain)) return;
  return stanzaErrorToError('the server refuses our presence', readStanzaError(stanza));
}
