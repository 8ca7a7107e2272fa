/** From a JID to an open session, in as few round trips as what is known of the server allows. */
import { timeLimit } from '../time-limit.ts';
import type { Jid } from '../xmpp/jid.ts';
import type { KnownServer } from './known-server.ts';
import { logIn, logInOnly, type Opened, type Resumed, resumeOn } from './login.ts';
import { OpenAgain } from './open-again.ts';
import type { Credentials } from './sasl/mechanism.ts';
import { usableToken } from './sasl/token.ts';
import { type OpenOptions, onSecuredStream } from './secured-stream.ts';
import { OpenSession } from './session.ts';

/** What a login that only proves the password has seen. */
export interface ProvedLogin {
  readonly jid: Jid;
  readonly mechanism: string;
  /** The key of the server's certificate, where --trust-on-first-use asked for it. */
  readonly pin: string | undefined;
}

/** How long a lost connection is worth taking up again, where the command does not say. */
const usualPatienceMs = 10_000;
/** How long one attempt may take. */
const attemptMs = 30_000;

/**
 * Opens a session as `account`: logged in, bound to a random resource, with stream management where the server has it.
 * Stanzas may be sent at once; they leave with the last steps of the opening.
 */
export async function openSession(account: Jid, credentials: Credentials, options: OpenOptions): Promise<OpenSession> {
  const { domain, stopped, randomId, limitMs, patienceMs = usualPatienceMs, onLink } = options;
  let baseline = options.known;
  const remember = async (seen: KnownServer): Promise<void> => {
    baseline = seen;
    await options.remember?.(seen);
  };
  const open = (how: OpenOptions): Promise<Opened> => {
    const attempt = { ...how, baseline, remember };
    return onSecuredStream(attempt, account.local === undefined ? undefined : account.bare, (secured) =>
      logIn({ secured, account, credentials, options: attempt }),
    );
  };
  const openAgain = async ({ without }: OpenAgain): Promise<Opened> => {
    const { tokens } = options;
    options.verbose(without === 'token' ? 'the token is not accepted any more' : 'the server has changed');
    if (without === 'token') await tokens?.put(undefined);
    await credentials.password();
    // Where the token is gone the server may have changed as well: nothing is taken for granted twice.
    return await open({ ...options, tokens: tokens && { ...tokens, current: undefined }, known: undefined });
  };
  const resume = (previd: string, handled: number, signal: AbortSignal): Promise<Resumed> => {
    const ends = AbortSignal.any([options.signal, signal, timeLimit(attemptMs)]);
    const attempt = { ...options, baseline, signal: ends };
    return onSecuredStream(attempt, account.bare, (secured) =>
      resumeOn({ secured, account, credentials, options: attempt }, previd, handled),
    );
  };
  // Before anything connects: without a password there is nothing to connect for.
  if (account.local !== undefined && !usableToken(options.tokens, options.known?.offer)) await credentials.password();
  const opened = await open(options).catch((error) => {
    if (error instanceof OpenAgain) return openAgain(error);
    throw error;
  });
  const session = new OpenSession(opened, {
    domain,
    stopped,
    randomId,
    openAgain,
    resume,
    limitMs,
    patienceMs,
    onLink,
  });
  const onAbort = (): void => session.abort(options.signal.reason);
  options.signal.addEventListener('abort', onAbort, { once: true });
  // Where nothing was taken for granted there is nothing to gain by going ahead of the answers.
  if (options.known === undefined) await session.ready;
  options.signal.removeEventListener('abort', onAbort);
  return session;
}

/** Logs in with the password, and out again. Throws insecure also where less is offered than `options.baseline` says. */
export async function proveLogin(account: Jid, credentials: Credentials, options: OpenOptions): Promise<ProvedLogin> {
  let pin: string | undefined;
  const onFirstUse = (seen: string): void => {
    pin = seen;
  };
  const trust = options.trust.onFirstUse ? { ...options.trust, onFirstUse } : options.trust;
  const fresh: OpenOptions = { ...options, trust, known: undefined, tokens: undefined };
  const mechanism = await onSecuredStream(fresh, account.bare, async (secured) => {
    const proof = await logInOnly({ secured, account, credentials, options: fresh });
    await secured.stream.close();
    return proof.mechanism;
  });
  return { jid: account, mechanism, pin };
}
