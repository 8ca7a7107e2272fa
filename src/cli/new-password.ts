/** Passwords that are not stored: given for this run, or typed for the next ones. */
import { promptPassword, whyNoPrompt } from '../account/prompt.ts';
import { XmppctlError } from '../errors.ts';
import type { System } from '../system.ts';
import type { Jid } from '../xmpp/jid.ts';
import type { SharedValues } from './parse.ts';

/** Whether an option or a variable gives the password of the account for this run. */
export function isGivenByHand(shared: Partial<SharedValues>, env: System['env']): boolean {
  const options = ['passwordStdin', 'passwordFile', 'passwordCommand'] as const;
  const variables = ['XMPPCTL_PASSWORD', 'XMPPCTL_PASSWORD_FILE', 'XMPPCTL_PASSWORD_COMMAND'];
  return options.some((name) => shared[name]) || variables.some((name) => env[name] !== undefined);
}

/** The new password of `passwd`, typed twice. Throws kind usage if nobody can be asked, kind config if nothing was typed. */
export async function typedPassword(jid: Jid, system: System, noInput: boolean, signal: AbortSignal): Promise<string> {
  const problem = whyNoPrompt(system, noInput);
  if (problem !== undefined) {
    throw new XmppctlError('usage', `there is no new password: ${problem}`, {
      hint: 'Give it with --new-password-file, --new-password-command or --new-password-stdin.',
    });
  }
  const outcome = await promptPassword(jid.bare, system, signal, true);
  if ('password' in outcome) return outcome.password;
  throw new XmppctlError('config', `there is no new password: ${outcome.failed}`);
}
