/** Where the password comes from: the sources of SPEC 2 in their order, and what is said when none has it. */

import { XmppctlError } from '../errors.ts';
import type { System } from '../system.ts';
import { timeLimit } from '../time-limit.ts';
import type { Jid } from '../xmpp/jid.ts';
import type { AccountSettings } from './config.ts';
import type { Outcome } from './first-line.ts';
import type { Keychain } from './keychain.ts';
import { type Source, sourcesOf } from './password-sources.ts';
import type { Paths } from './paths.ts';

export interface PasswordOptions {
  readonly passwordStdin?: boolean | undefined;
  readonly passwordFile?: string | undefined;
  readonly passwordCommand?: string | undefined;
}

export interface PasswordRequest {
  readonly jid: Jid;
  readonly options: PasswordOptions;
  readonly system: System;
  readonly paths: Paths;
  /** What config.json says of the account; {} if it is not in there. */
  readonly settings: AccountSettings;
  readonly noInput: boolean;
  /** Milliseconds, from now on, that the whole search may take. */
  readonly deadlineMs: number;
  /** Ends the search early (SIGINT, SIGTERM). */
  readonly signal?: AbortSignal | undefined;
  /** Whether stored passwords count; false: only options, environment and prompt, for a new login. */
  readonly stored: boolean;
  /** Ask twice at the prompt, for a password that is being set. */
  readonly confirm?: boolean | undefined;
  readonly keychain: Keychain;
}

export interface FoundPassword {
  readonly password: string;
  /** Where it came from, in words: `--password-file /run/pw`, `keychain`. */
  readonly source: string;
}

/**
 * The password of an account from the first source that has it. A source that the command line or the environment
 * names and that fails is an error at once. Throws kind usage if two of the three options are given, kind config with
 * each source that was tried and why it failed, kind oserr if the system is out of resources. No error text holds
 * anything of what was read.
 */
export async function findPassword(request: PasswordRequest): Promise<FoundPassword> {
  const { jid, options, deadlineMs } = request;
  refuseTwo(options);
  const deadline = timeLimit(deadlineMs);
  const ending = request.signal ? AbortSignal.any([deadline, request.signal]) : deadline;
  const end = performance.now() + deadlineMs;
  const tried: string[] = [];
  for (const source of sourcesOf(request, ending, () => Math.max(1, end - performance.now()))) {
    if (deadline.aborted) {
      tried.push(`${source.name}: not asked, the time was up`);
      continue;
    }
    const outcome = await ask(source);
    if (request.signal?.aborted) throw new XmppctlError('config', 'interrupted while looking for the password');
    if (outcome === undefined) continue;
    if ('password' in outcome) return { password: outcome.password, source: source.name };
    if (source.demanded) {
      throw new XmppctlError('config', `no password for ${jid.bare}: ${source.name}: ${outcome.failed}`, {
        hint: outcome.hint ?? cronHint,
      });
    }
    tried.push(`${source.name}: ${outcome.failed}${outcome.hint === undefined ? '' : ` (${outcome.hint})`}`);
  }
  throw new XmppctlError('config', `no password for ${jid.bare}. Tried:`, { list: tried, hint: cronHint });
}

const cronHint =
  "In cron: XMPPCTL_PASSWORD_COMMAND='pass show xmpp/alice' xmppctl …, or xmppctl --password-file FILE … (mode 0600).";

/** An unsafe mode is a reason like any other, with the line that mends it; a lack of resources is not about this source. */
async function ask(source: Source): Promise<(Outcome & { readonly hint?: string | undefined }) | undefined> {
  try {
    return await source.ask();
  } catch (error) {
    if (error instanceof XmppctlError && error.kind !== 'oserr') return { failed: error.message, hint: error.hint };
    throw error;
  }
}

function refuseTwo(options: PasswordOptions): void {
  const given = [
    options.passwordStdin && '--password-stdin',
    options.passwordFile !== undefined && '--password-file',
    options.passwordCommand !== undefined && '--password-command',
  ].filter((name) => typeof name === 'string');
  if (given.length > 1) throw new XmppctlError('usage', `${given.join(' and ')} cannot be given together`);
}
