import { asXmppctlError, XmppctlError } from '../errors.ts';
import { defineCommand, option } from '../grammar/command.ts';
import { jid } from '../grammar/values.ts';
import { LoginRefused } from '../session/sasl/failure.ts';
import type { Jid } from '../xmpp/jid.ts';
import { removalRequest } from '../xmpp/xep0077-registration.ts';
import type { Element } from '../xmpp/xml.ts';
import { accountRefusals } from './account-refusals.ts';
import type { Context } from './context.ts';
import { timeToGather } from './people.ts';

/** How long a server may take to end the stream of an account that is no more, and to refuse its password. */
const endMs = 3000;
const proofMs = 10_000;
/** Between two attempts to log in. */
const pauseMs = 200;

interface Deleted {
  readonly jid: string;
  readonly deleted: boolean;
}

export const deleteAccount = defineCommand({
  name: 'delete',
  summary: 'delete the account on the server',
  description:
    'Deletes the account, its contacts and everything else that the server keeps of it, for good. --confirm must name the account. ' +
    'Then a login must be refused: only that proves it. After that everything that this machine keeps of the account is forgotten. ' +
    'If the server refuses, nothing is forgotten.',
  args: {
    confirm: option(jid('account'), 'the account to delete, written out: a default is not enough'),
  },
  shared: 'connecting',
  yields: 'one',
  fields: [
    { key: 'jid', summary: 'the account', type: 'string' },
    { key: 'deleted', summary: 'that it is gone', type: 'boolean' },
  ],
  confirm: (row: Deleted) => `${row.jid} is deleted on the server and forgotten here`,
  examples: [
    ['xmppctl delete --account alice@example.org --confirm alice@example.org', 'the account is gone for good'],
  ],
  fails: ['noperm', 'unavailable', 'osfile', 'unconfirmed'],
  async run(args, ctx): Promise<Deleted> {
    const account = await ctx.account();
    refuseUnconfirmed(account, args.confirm);
    const answered = await remove(account, ctx);
    await prove(account, answered, ctx);
    await forget(account, ctx);
    return { jid: account.bare, deleted: true };
  },
});

function refuseUnconfirmed(account: Jid, confirmed: Jid | undefined): void {
  if (confirmed !== undefined && confirmed.full === account.bare && account.local !== undefined) return;
  const said = confirmed === undefined ? '--confirm is missing' : `--confirm names ${confirmed.full}`;
  throw new XmppctlError('usage', `${said}, and the account is ${account.bare}; nothing was sent`, {
    hint: `To delete it for good: xmppctl delete --account ${account.bare} --confirm ${account.bare}`,
  });
}

/** Asks the server, and waits for the end of the stream. False: the stream was over before there was an answer. */
async function remove(account: Jid, ctx: Context): Promise<boolean> {
  // By the password, not by a token: the same password must be refused afterwards.
  await using session = await ctx.connect({ byPassword: true });
  const refusals = accountRefusals(`the server does not delete ${account.bare}`);
  let isRefused = false;
  const read = (iq: Element): XmppctlError | undefined => {
    isRefused = true;
    return refusals.read?.(iq);
  };
  try {
    await session.request(removalRequest(), { ...refusals, read });
  } catch (error) {
    if (isRefused || !(error instanceof XmppctlError)) throw error;
    ctx.verbose(`no answer: ${error.message}`);
    return false;
  }
  const end = session.expect<never>(() => undefined);
  await end.within(Math.min(endMs, timeToGather(ctx))).catch(() => undefined); // with or without a stream error
  return true;
}

/** Logs in until the server refuses it: some need a moment. */
async function prove(account: Jid, isAnswered: boolean, ctx: Context): Promise<void> {
  const end = ctx.clock.monotonic() + Math.min(proofMs, timeToGather(ctx));
  for (;;) {
    const failure = await ctx.proveLogin(account).then(() => undefined, asXmppctlError);
    if (failure instanceof LoginRefused && failure.kind === 'noperm') return;
    if (ctx.stopped.aborted || ctx.clock.monotonic() + pauseMs > end) throw unproved(account, isAnswered, failure);
    await ctx.clock.after(pauseMs, ctx.stopped);
  }
}

function unproved({ bare }: Jid, isAnswered: boolean, failure: XmppctlError | undefined): XmppctlError {
  const kept = 'nothing was forgotten here';
  if (failure) {
    const said = isAnswered ? 'the server says that it is' : 'the server did not answer';
    const message = `nobody can say whether ${bare} is deleted (${said}, and the proof failed: ${failure.message}); ${kept}`;
    return new XmppctlError('unconfirmed', message, { cause: failure, hint: 'Run the command again.' });
  }
  if (!isAnswered)
    return new XmppctlError('tempfail', `the server did not answer, and ${bare} is still there; ${kept}`);
  return new XmppctlError('protocol', `the server says that ${bare} is deleted, but still lets it log in; ${kept}`);
}

async function forget(account: Jid, ctx: Context): Promise<void> {
  try {
    await ctx.accounts.forget(account);
  } catch (thrown) {
    const { kind, message } = asXmppctlError(thrown);
    throw new XmppctlError(kind, `${account.bare} is deleted on the server, but not forgotten here: ${message}`, {
      cause: thrown,
      delivered: 'yes',
      hint: `Run: xmppctl logout ${account.bare}`,
    });
  }
}
