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

/** The error that a SASL `<failure/>` means. */
export function saslFailure(failure: Element): XmppctlError {
  const defined = childElements(failure).find((child) => child.getName() !== 'text');
  const condition = defined?.getName().slice(0, longestCondition) ?? 'unknown';
  const text = childText(failure, 'text')?.slice(0, 300);
  const [kind, sentence] = kindOf.get(condition) ?? ['protocol', `login failed: ${condition}`];
  const hint = condition === 'not-authorized' ? 'Store the right password with: xmppctl login JID' : undefined;
  return new XmppctlError(kind, text && text !== '' ? `${sentence} (${text})` : sentence, { condition, hint });
}
