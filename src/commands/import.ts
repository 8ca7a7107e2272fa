import { XmppctlError } from '../errors.ts';
import { defineCommand, flag, option, type Values } from '../grammar/command.ts';
import { choice, file } from '../grammar/values.ts';
import type { Context, OtherAccount } from './context.ts';

const args = {
  from: option(choice(['sendxmpp', 'go-sendxmpp', 'profanity'], 'PROGRAM'), 'only the accounts of this program', {
    presetText: 'all three',
  }),
  file: option(file(), 'read this file of the program instead of its own'),
  store: option(choice(['keychain', 'file'], 'PLACE'), 'where the passwords go', { presetText: 'keychain' }),
  replace: flag('also accounts that are known already'),
  dryRun: flag('show what would be imported, and change nothing'),
};
type ImportArgs = Values<typeof args>;

interface Imported {
  readonly jid: string;
  readonly from: string;
  readonly file: string;
  readonly secret: 'keychain' | 'file' | 'command' | 'none';
  readonly server: string | null;
  readonly status: 'imported' | 'known' | 'found';
}

export const importAccounts = defineCommand({
  name: 'import',
  summary: 'take over accounts from sendxmpp, go-sendxmpp and profanity',
  description:
    'Reads ~/.sendxmpprc, the config of go-sendxmpp and the accounts of profanity. Passwords go to the keychain of the operating system, ' +
    'commands that print one are remembered as such; the files stay as they are. An account that is known already is left ' +
    'alone. Nothing is sent: xmppctl doctor says whether the login works.\n\n' +
    'A file that other users can change is refused; of one that they can read you are told, with the line that mends it.\n\n' +
    'Scripts need not change: started under the name sendxmpp or go-sendxmpp (by a link of that name to xmppctl) this program reads the command ' +
    'lines of those programs and their files of accounts. Only there -p PASSWORD is taken, with a warning; certificates are ' +
    'verified whatever -n says, and the exit status is that of xmppctl.',
  args,
  shared: 'local',
  yields: 'list',
  fields: [
    { key: 'jid', summary: 'the account', type: 'string' },
    { key: 'from', summary: 'the program that had it', type: 'string' },
    { key: 'file', summary: 'the file that it was in', type: 'string' },
    { key: 'secret', summary: 'where its password goes: keychain, file, command or none', type: 'string' },
    { key: 'server', summary: 'the server to connect to, if set', type: 'string' },
    { key: 'status', summary: 'imported, known (left as it was) or found (with --dry-run)', type: 'string' },
  ],
  examples: [
    ['xmppctl import --dry-run', 'what there is'],
    ['xmppctl import --from sendxmpp --store file', 'on a server without a keychain'],
  ],
  fails: ['noinput', 'config', 'osfile', 'cantcreat'],
  check({ from, file: path }) {
    if (path !== undefined && from === undefined) throw new XmppctlError('usage', '--file needs --from PROGRAM');
  },
  async *run(args, ctx) {
    const accounts = await ctx.otherPrograms.accounts(args.from, args.file);
    const known = new Set(args.replace ? [] : (await ctx.accounts.list()).map(({ jid }) => jid));
    // Profanity keeps an account of its own for each JID that somebody connected as, without a password.
    for (const account of accounts.toSorted((a, b) => Number(hasSecret(b)) - Number(hasSecret(a)))) {
      const isKnown = known.has(account.jid.bare);
      const row = rowOf(account, args);
      known.add(account.jid.bare);
      if (isKnown) yield { ...row, status: 'known' };
      else if (args.dryRun) yield row;
      else {
        await take(account, args, ctx);
        yield { ...row, status: 'imported' };
      }
    }
  },
});

const hasSecret = ({ password, passwordCommand }: OtherAccount): boolean =>
  password !== undefined || passwordCommand !== undefined;

function rowOf(account: OtherAccount, { store = 'keychain' }: ImportArgs): Imported {
  const { jid, program, path, password, passwordCommand, server = null } = account;
  const stored = password === undefined ? 'none' : store;
  const secret = passwordCommand === undefined ? stored : 'command';
  return { jid: jid.bare, from: program, file: path, secret, server, status: 'found' };
}

/** The password first: an account without it is worth nothing. */
async function take(account: OtherAccount, args: ImportArgs, ctx: Context): Promise<void> {
  const { jid, password, passwordCommand, server, nick } = account;
  const { secret } = rowOf(account, args);
  if (password !== undefined && (secret === 'keychain' || secret === 'file')) {
    await ctx.accounts.storePassword(jid, password, secret);
  }
  await ctx.accounts.save(jid, {
    ...(server === undefined ? {} : { server }),
    ...(nick === undefined ? {} : { nick }),
    ...(passwordCommand === undefined ? {} : { passwordCommand }),
    secret,
  });
  await ctx.remember('account', [{ value: jid.bare }], { account: jid });
}
