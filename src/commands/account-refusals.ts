/** What the refusal to delete an account, or to change its password, means (XEP-0077 3.2, 3.3). */
import { XmppctlError } from '../errors.ts';
import type { Refusals } from '../session/types.ts';
import { askedFields } from '../xmpp/xep0004-data-forms.ts';
import { readDemandedForm } from '../xmpp/xep0077-registration.ts';

/** `what` begins the message: 'the server does not delete the account'. */
export const accountRefusals = (what: string): Refusals => ({
  what,
  kinds: {
    'bad-request': 'noperm',
    'registration-required': 'noperm',
    'unexpected-request': 'noperm',
    'not-acceptable': 'data',
    'service-unavailable': 'unavailable',
    'feature-not-implemented': 'unavailable',
  },
  read: (iq) => {
    const form = readDemandedForm(iq);
    if (!form) return undefined;
    const names = askedFields(form).map(({ label, name }) => label ?? name);
    return new XmppctlError('unavailable', `${what}: it wants a form to be filled in (${names.join(', ')})`, {
      hint: 'xmppctl cannot do that; use the web page of the server or another client.',
    });
  },
});
