/** SASL failures (RFC 6120 6.5) and what they mean for the exit status. */
import { type ErrorKind, XmppctlError } from '../../errors.ts';
import { longestCondition } from '../../xmpp/stanza-error.ts';
import { childElements, childText, type Element } from '../../xmpp/xml.ts';

const kindOf = new Map<string, readonly [ErrorKind, string]>([
  ['not-authorized', ['noperm', 'wrong user name or password']],
  ['account-disabled', ['noperm', 'the account is disabled']],
  ['credentials-expired', ['noperm', 'the password has expired']],
  ['invalid-authzid', ['noperm', 'the server does not accept this account name']],
  ['encryption-required', ['insecure', 'the server wants encryption for this login method']],
  ['mechanism-too-weak', ['insecure', 'the server finds this login method too weak']],
  ['temporary-auth-failure', ['tempfail', 'the server cannot check the password just now']],
]);

/** What the server says in the course of a login: it and nobody else has a say about passwords. */
export class LoginRefused extends XmppctlError {}

/** Whether that is the server's word that this password is not, or not any more, the one of the account. */
export const isWrongPassword = (error: unknown): boolean =>
  error instanceof LoginRefused && error.condition === 'not-authorized';

/** The error that a SASL `<failure/>` means. */
export function saslFailure(failure: Element): LoginRefused {
  const defined = childElements(failure).find((child) => child.getName() !== 'text');
  const condition = defined?.getName().slice(0, longestCondition) ?? 'unknown';
  const text = childText(failure, 'text')?.slice(0, 300);
  const [kind, sentence] = kindOf.get(condition) ?? ['protocol', `login failed: ${condition}`];
  const hint =
    condition === 'not-authorized'
      ? '--verbose says where the password came from. To store the right one: xmppctl login JID'
      : undefined;
  return new LoginRefused(kind, text && text !== '' ? `${sentence} (${text})` : sentence, { condition, hint });
}
