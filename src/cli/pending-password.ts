/** After a passwd that was cut off: which of the two passwords does the server take? */
import type { Accounts } from '../commands/context.ts';
import { asXmppctlError } from '../errors.ts';
import { isWrongPassword } from '../session/sasl/failure.ts';
import type { Jid } from '../xmpp/jid.ts';

/**
 * Tries the new password once, and stores or forgets it by what the server says. `prove` logs in with it. Throws what keeps the
 * server from being asked.
 */
export async function settlePending(
  jid: Jid,
  accounts: Accounts,
  prove: (password: string) => Promise<unknown>,
  warn: (line: string) => void,
): Promise<void> {
  const pending = await accounts.pending(jid);
  if (pending === undefined) return;
  const failure = await prove(pending).then(() => undefined, asXmppctlError);
  if (failure && !isWrongPassword(failure)) throw failure;
  await accounts.settlePending(jid, failure === undefined);
  warn(
    failure
      ? `a change of the password of ${jid.bare} was cut off before the server had it: the old password stays`
      : `a change of the password of ${jid.bare} was cut off after the server had it: the new password works, and is stored now`,
  );
}
