import { asXmppctlError, XmppctlError } from '../errors.ts';
import { defineCommand, flag, option } from '../grammar/command.ts';
import { file, text } from '../grammar/values.ts';
import { isWrongPassword } from '../session/sasl/failure.ts';
import { saslPrep } from '../session/sasl/mechanism.ts';
import type { Jid } from '../xmpp/jid.ts';
import { passwordRequest } from '../xmpp/xep0077-registration.ts';
import type { Element } from '../xmpp/xml.ts';
import { accountRefusals } from './account-refusals.ts';
import type { Context } from './context.ts';
import { checkText } from './message-text.ts';

type Place = 'keychain' | 'file' | undefined;

interface Changed {
  readonly jid: string;
  readonly changed: boolean;
  readonly secret: string;
}

export const passwd = defineCommand({
  name: 'passwd',
  summary: 'change the password of the account',
  description:
    'Changes the password on the server, proves the new one by a login, and only then stores it where the old one was. ' +
    'Should the program be cut off at any point, one of the two works, both are kept until then, and the next command finds ' +
    'out which it is and says so.',
  args: {
    newPasswordStdin: flag('read the new password from the first line of standard input'),
    newPasswordFile: option(file(), 'read the new password from the first line of FILE'),
    newPasswordCommand: option(text('CMD'), 'read the new password from the first line that CMD prints'),
  },
  shared: 'connecting',
  yields: 'one',
  fields: [
    { key: 'jid', summary: 'the account', type: 'string' },
    { key: 'changed', summary: 'that the server takes the new password', type: 'boolean' },
    { key: 'secret', summary: 'where the new password is now: keychain, file, command or none', type: 'string' },
  ],
  confirm: (row: Changed) => `the password of ${row.jid} is changed`,
  examples: [
    ['xmppctl passwd', 'asks for the new password at the terminal'],
    ['xmppctl passwd --new-password-file new.txt', 'in a script'],
    ["xmppctl passwd --new-password-command 'pwgen -s 32 1 | tee new.txt'", 'a password that nobody has to type'],
  ],
  fails: ['usage', 'data', 'noperm', 'unavailable', 'osfile', 'unconfirmed'],
  async run(args, ctx): Promise<Changed> {
    const account = await ctx.account();
    const { local } = account;
    if (local === undefined) throw new XmppctlError('usage', `${account.bare} is a server, not an account`);
    const settings = (await ctx.accounts.list()).find(({ jid }) => jid === account.bare)?.settings;
    const place = settings?.secret === 'keychain' || settings?.secret === 'file' ? settings.secret : undefined;
    const password = await ctx.newPassword(account, {
      file: args.newPasswordFile,
      stdin: args.newPasswordStdin,
      command: args.newPasswordCommand,
    });
    checkText(password);
    await saslPrep(password);

    const isAnswered = await change(account, local, password, place, ctx);
    await prove(account, password, isAnswered, place, ctx);
    if (place !== undefined) await ctx.accounts.settlePending(account, true);
    if (settings?.passwordCommand !== undefined) ctx.notice('put the new password where "passwordCommand" reads it');
    const secret = settings?.secret ?? (settings?.passwordCommand === undefined ? 'none' : 'command');
    return { jid: account.bare, changed: true, secret };
  },
});

/** Asks the server. False: the stream was over before there was an answer. What it refuses was not changed. */
async function change(account: Jid, local: string, password: string, place: Place, ctx: Context): Promise<boolean> {
  await using session = await ctx.connect({ byPassword: true });
  if (place !== undefined) await ctx.accounts.storePending(account, password, place);
  const refusals = accountRefusals(`the server does not change the password of ${account.bare}`);
  let isRefused = false;
  const read = (iq: Element): XmppctlError | undefined => {
    isRefused = true;
    return refusals.read?.(iq);
  };
  try {
    await session.request(passwordRequest(account.domain, local, password), { ...refusals, read });
    return true;
  } catch (error) {
    if (isRefused && place !== undefined) await ctx.accounts.settlePending(account, false);
    if (isRefused || !(error instanceof XmppctlError)) throw error;
    ctx.verbose(`no answer: ${error.message}`);
    return false;
  }
}

/** Logs in with the new password: returns if the server takes it, or has said that it does. */
async function prove(account: Jid, password: string, isAnswered: boolean, place: Place, ctx: Context): Promise<void> {
  const failure = await ctx.proveLogin(account, { password }).then(() => undefined, asXmppctlError);
  if (!failure) return;
  if (isWrongPassword(failure)) {
    if (place !== undefined) await ctx.accounts.settlePending(account, false);
    if (!isAnswered) {
      throw new XmppctlError('tempfail', 'the connection broke, and the password was not changed: the old one works');
    }
    throw new XmppctlError('protocol', 'the server says that it changed the password, but does not take the new one', {
      hint: 'The old password is still stored.',
    });
  }
  if (isAnswered) return ctx.verbose(`the new password could not be proved: ${failure.message}`);
  const next = place === undefined ? 'Try both.' : 'Both are kept; the next command finds out which it is.';
  throw new XmppctlError('unconfirmed', `nobody can say whether the password was changed: ${failure.message}`, {
    cause: failure,
    hint: `Either the old or the new password works. ${next}`,
  });
}
