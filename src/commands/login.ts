import { XmppctlError } from '../errors.ts';
import { defineCommand, flag, option, positional } from '../grammar/command.ts';
import { choice, jid } from '../grammar/values.ts';

interface LoggedIn {
  readonly jid: string;
  readonly mechanism: string;
  readonly secret: string;
  readonly pin: string | null;
}

export const login = defineCommand({
  name: 'login',
  summary: 'check a password on the server and store it',
  description:
    'Connects once to prove the password, then stores it in the keychain of the operating system and remembers the account. The first ' +
    'account becomes the default one. --server, --ca-file, --pin, --proxy and the like are remembered with it.',
  args: {
    jid: positional(jid('account'), 'the account'),
    store: option(choice(['keychain', 'file', 'command', 'none'], 'PLACE'), 'where the password goes', {
      presetText: 'keychain',
      description:
        'keychain: that of the operating system. file: a file that only you can read. command: nothing is stored, and ' +
        '--password-command is remembered. none: only the account is remembered.',
    }),
    trustOnFirstUse: flag('accept the key that the server shows now, and from then on no other'),
  },
  shared: 'connecting',
  yields: 'one',
  fields: [
    { key: 'jid', summary: 'the account', type: 'string' },
    { key: 'mechanism', summary: 'the SASL mechanism that was used', type: 'string' },
    { key: 'secret', summary: 'where the password is now: keychain, file, command or none', type: 'string' },
    { key: 'pin', summary: 'the key that was stored by --trust-on-first-use', type: 'string' },
  ],
  confirm: (row: LoggedIn) =>
    `${row.jid} logged in (${row.mechanism})${row.secret === 'none' ? '' : `, password: ${row.secret}`}${row.pin ? `, trusting ${row.pin}` : ''}`,
  examples: [
    ['xmppctl login alice@example.org', 'asks for the password and stores it in the keychain'],
    ['xmppctl login bot@example.org --password-file pw.txt --store file', 'on a server without a keychain'],
    [
      "xmppctl login bot@example.org --password-command 'pass show xmpp/bot' --store command",
      'with a password manager',
    ],
  ],
  fails: ['osfile'],
  check({ jid: { local, bare } }) {
    if (local === undefined)
      throw new XmppctlError('usage', `${bare} is a domain, not an account`, {
        hint: `Did you mean ${bare}@example.org?`,
      });
  },
  async run(args, ctx) {
    const place = args.store ?? 'keychain';
    const given = ctx.connectionSettings();
    if (place === 'command' && given.passwordCommand === undefined) {
      throw new XmppctlError('usage', '--store command needs --password-command');
    }
    const password = await ctx.givenPassword(args.jid);
    const proved = await ctx.proveLogin(args.jid, { password, anew: true, trustOnFirstUse: args.trustOnFirstUse });
    if (place === 'keychain' || place === 'file') await ctx.accounts.storePassword(args.jid, password, place);
    const { passwordCommand, ...connection } = given;
    await ctx.accounts.save(args.jid, {
      ...connection,
      ...(place === 'command' && passwordCommand !== undefined ? { passwordCommand } : {}),
      ...(proved.pin === undefined ? {} : { pin: proved.pin }),
      secret: place,
    });
    await ctx.remember('account', [{ value: args.jid.bare }], { account: args.jid });
    return { jid: args.jid.bare, mechanism: proved.mechanism, secret: place, pin: proved.pin ?? null };
  },
});
