import { XmppctlError } from '../errors.ts';
import { defineCommand, flag, optionalPositional } from '../grammar/command.ts';
import { jid } from '../grammar/values.ts';
import { parseJid } from '../xmpp/jid.ts';

interface LoggedOut {
  readonly jid: string;
  readonly forgotten: boolean;
}

export const logout = defineCommand({
  name: 'logout',
  summary: 'forget the stored login of an account',
  description:
    'Removes the password, tokens, settings and state that this machine keeps for the account. The account on the server stays.',
  args: {
    jid: optionalPositional(jid('account'), 'the account; without it the default one'),
    all: flag('all accounts'),
  },
  shared: 'local',
  yields: 'list',
  fields: [
    { key: 'jid', summary: 'the account', type: 'string' },
    { key: 'forgotten', summary: 'that it was forgotten', type: 'boolean' },
  ],
  confirm: (row: LoggedOut) => `${row.jid} is forgotten on this machine`,
  examples: [
    ['xmppctl logout alice@example.org', 'forgets this one'],
    ['xmppctl logout --all', 'forgets every account'],
  ],
  fails: ['config', 'usage', 'osfile', 'cantcreat'],
  check(args) {
    if (args.all && args.jid) throw new XmppctlError('usage', 'give an account or --all, not both');
  },
  async run(args, ctx) {
    const known = await ctx.accounts.list();
    if (args.all) {
      for (const account of known) await ctx.accounts.forget(parseJid(account.jid));
      return known.map((account) => ({ jid: account.jid, forgotten: true }));
    }
    const account = args.jid ?? (await ctx.account());
    if (!(await ctx.accounts.forget(account))) {
      throw new XmppctlError('config', `nothing is stored for ${account.bare}`, { hint: 'See: xmppctl accounts' });
    }
    return [{ jid: account.bare, forgotten: true }];
  },
});
