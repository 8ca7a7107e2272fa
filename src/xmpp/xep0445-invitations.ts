/** XEP-0445: Pre-Authenticated In-Band Registration, with the URIs of XEP-0401 and XEP-0379. */
import { XmppctlError } from '../errors.ts';
import { type Jid, readJid } from './jid.ts';
import { type Element, xml } from './xml.ts';

const nsInvitation = 'urn:xmpp:ibr-token:0';
const nsPreauth = 'urn:xmpp:pars:0';

export interface Invitation {
  readonly domain: string;
  /** The account that may be created, where the invitation names it. */
  readonly account: Jid | undefined;
  readonly token: string;
}

/** Reads `xmpp:JID?register;preauth=TOKEN`, or a contact's `xmpp:JID?roster;preauth=TOKEN;ibr=y`. Throws kind usage. */
export function parseInvitation(uri: string): Invitation {
  const [, address = '', query = ''] = /^xmpp:([^?#]+)\?([^#]*)$/i.exec(uri) ?? [];
  const [action, ...pairs] = query.split(';');
  const parameters = new Map(pairs.map((pair) => [pair.split('=', 1)[0], pair.slice(pair.indexOf('=') + 1)]));
  const isForAccounts = action === 'register' || (action === 'roster' && parameters.get('ibr') === 'y');
  try {
    const jid = readJid(decodeURIComponent(address));
    const token = decodeURIComponent(parameters.get('preauth') ?? '');
    if (jid && isForAccounts && token !== '') {
      // A contact's invitation names the contact, not the account to be.
      return { domain: jid.domain, account: action === 'register' && jid.local !== undefined ? jid : undefined, token };
    }
  } catch {
    // not a URI, as below
  }
  throw new XmppctlError('usage', 'that is no invitation to register an account', {
    hint: 'It looks like xmpp:example.org?register;preauth=TOKEN. On a web page, look for a link that opens an XMPP app.',
  });
}

export const offersInvitations = (features: Element): boolean =>
  features.getChild('register', nsInvitation) !== undefined;

/** Shows the token to the server, before asking for its form. */
export const invitationRequest = (domain: string, token: string): Element =>
  xml('iq', { type: 'set', to: domain }, xml('preauth', { xmlns: nsPreauth, token }));
