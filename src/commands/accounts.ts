import { defineCommand, positional } from '../grammar/command.ts';
import { jid } from '../grammar/values.ts';

interface AccountRow {
  readonly jid: string;
  readonly default: boolean;
  readonly secret: string;
  readonly server: string | null;
  readonly pin: string | null;
}

export const accounts = defineCommand({
  name: 'accounts',
  summary: 'list the accounts that this machine knows',
  description:
    'Shows which account is the default and where the password of each is kept. Never asks for a password or shows one.',
  args: {},
  shared: 'local',
  yields: 'list',
  fields: [
    { key: 'jid', summary: 'the account', type: 'string' },
    { key: 'default', summary: 'whether it is the default', type: 'boolean', show: (value) => (value ? 'yes' : '') },
    { key: 'secret', summary: 'where its password is: keychain, file, command or none', type: 'string' },
    { key: 'server', summary: 'the server to connect to, if set', type: 'string' },
    { key: 'pin', summary: 'the key that is trusted instead of a CA, if set', type: 'string' },
  ],
  examples: [['xmppctl accounts --json', 'for a script']],
  fails: ['config'],
  async run(_args, ctx) {
    const known = await ctx.accounts.list();
    return known.map(
      ({ jid: account, isDefault, settings }): AccountRow => ({
        jid: account,
        default: isDefault,
        secret: settings.secret ?? (settings.passwordCommand === undefined ? 'none' : 'command'),
        server: settings.server ?? null,
        pin: settings.pin ?? null,
      }),
    );
  },
});

export const accountsUse = defineCommand({
  name: 'accounts use',
  summary: 'make an account the default',
  args: { jid: positional(jid('account'), 'the account') },
  shared: 'local',
  yields: 'one',
  fields: [{ key: 'jid', summary: 'the default account from now on', type: 'string' }],
  confirm: (row: { jid: string }) => `${row.jid} is the default account`,
  examples: [['xmppctl accounts use alice@example.org', 'commands without --account use this one']],
  fails: ['config', 'cantcreat'],
  async run(args, ctx) {
    await ctx.accounts.use(args.jid);
    return { jid: args.jid.bare };
  },
});
