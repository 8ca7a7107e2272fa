import { XmppctlError } from '../errors.ts';
import { defineCommand, flag, option, options, positional } from '../grammar/command.ts';
import { choice, jid, text, type ValueType } from '../grammar/values.ts';
import type { UnauthenticatedStream } from '../session/types.ts';
import type { Jid } from '../xmpp/jid.ts';
import {
  buildRegistration,
  type RegistrationForm,
  readRegistrationForm,
  registrationRequest,
  takesNameAndPassword,
} from '../xmpp/xep0077-registration.ts';
import { type Invitation, invitationRequest, offersInvitations, parseInvitation } from '../xmpp/xep0445-invitations.ts';
import type { Context } from './context.ts';
import { fillRegistration, refuseMissing } from './registration-form.ts';

const invitation: ValueType<Invitation> = { name: 'URI', completes: 'none', parse: parseInvitation };

interface Registered {
  readonly jid: string;
  readonly registered: boolean;
  readonly saved: boolean;
}

export const register = defineCommand({
  name: 'register',
  summary: 'create an account',
  description:
    'Asks the server for its registration form (XEP-0077), fills in the name and the password, and sends it, over TLS only. ' +
    'What else the form wants is given with --email and --field. If the form has a picture to read (CAPTCHA), the picture is saved ' +
    'to a file and the command ends with the line to run next. A server that registers accounts on a web page only gives its address.',
  args: {
    jid: positional(jid('none'), 'the account to create'),
    email: option(text('ADDRESS'), 'e-mail address, if the form asks for one'),
    field: options(text('NAME=VALUE'), 'another field of the form'),
    invite: option(invitation, 'the invitation that allows it, where accounts are not open to everybody'),
    save: flag('store the new login as "login" would'),
    store: option(choice(['keychain', 'file'], 'PLACE'), 'where --save puts the password', { presetText: 'keychain' }),
  },
  shared: 'connecting',
  yields: 'one',
  fields: [
    { key: 'jid', summary: 'the account', type: 'string' },
    { key: 'registered', summary: 'that it was created', type: 'boolean' },
    { key: 'saved', summary: 'whether the login was stored', type: 'boolean' },
  ],
  confirm: (row: Registered) => `registered ${row.jid}${row.saved ? ' and stored its login' : ''}`,
  examples: [
    ['xmppctl register alice@example.org', 'asks for the new password at the terminal'],
    ['xmppctl register alice@example.org --password-file new.txt --email alice@example.net --save', 'in a script'],
    ["xmppctl register alice@example.org --invite 'xmpp:example.org?register;preauth=TOKEN'", 'with an invitation'],
  ],
  fails: [
    'usage',
    'data',
    'unavailable',
    'noperm',
    'conflict',
    'config',
    'osfile',
    'unconfirmed',
    'insecure',
    'tempfail',
  ],
  check({ jid: account, invite }) {
    if (account.local === undefined)
      throw new XmppctlError('usage', `${account.bare} is a domain, not an account`, {
        hint: `Did you mean ${account.bare}@example.org?`,
      });
    const invited = invite?.account?.bare ?? invite?.domain;
    if (invited !== undefined && invited !== account.bare && invited !== account.domain) {
      throw new XmppctlError('usage', `the invitation is for ${invited}, not for ${account.bare}`);
    }
  },
  async run(args, ctx) {
    const extra = readFields(args.field);
    if (args.email !== undefined) extra.set('email', args.email);
    const password = await ctx.givenPassword(args.jid, { confirm: true });
    await using stream = await ctx.connectWithoutLogin(args.jid.domain);
    if (args.invite) await showInvitation(stream, args.invite);
    const form = readRegistrationForm(await stream.request(registrationRequest(args.jid.domain), refusals));
    if (!takesNameAndPassword(form)) throw notHere(args.jid.domain, form);
    const values = fillRegistration(form, args.jid, password, extra);
    await refuseMissing(form, values, extra, ctx);
    await stream.request(buildRegistration(args.jid.domain, form, values), refusals);
    if (args.save) await saveLogin(args.jid, password, args.store ?? 'keychain', ctx);
    return { jid: args.jid.bare, registered: true, saved: args.save };
  },
});

async function showInvitation(stream: UnauthenticatedStream, { domain, token }: Invitation): Promise<void> {
  if (!offersInvitations(stream.features)) {
    throw new XmppctlError('unavailable', `${domain} takes no invitations; nothing was sent`);
  }
  const what = 'the server does not take the invitation';
  await stream.request(invitationRequest(domain, token), { what, kinds: { 'item-not-found': 'noperm' } });
}

/** The account is there now, so an error must not sound as if it were not. */
async function saveLogin(jid: Jid, password: string, place: 'keychain' | 'file', ctx: Context): Promise<void> {
  try {
    await ctx.accounts.storePassword(jid, password, place);
    await ctx.accounts.save(jid, { ...ctx.connectionSettings(), secret: place });
    await ctx.remember('account', [{ value: jid.bare }], { account: jid });
  } catch (error) {
    if (!(error instanceof XmppctlError)) throw error;
    const { kind, message, hint = `Try: xmppctl login ${jid.bare}` } = error;
    const what = `${jid.bare} is registered, but its login is not stored: ${message}`;
    throw new XmppctlError(kind, what, { hint, delivered: 'yes', cause: error });
  }
}

function notHere(domain: string, { url, instructions }: RegistrationForm): XmppctlError {
  const words = instructions === null ? '' : ` (${instructions.trim().slice(0, 300)})`;
  const how = url === null ? `registers no accounts this way${words}` : `registers accounts on a web page only: ${url}`;
  return new XmppctlError('unavailable', `${domain} ${how}`);
}

/** What a server's refusal of a registration means, beyond the usual reading. */
const refusals = {
  what: 'the server refuses the registration',
  kinds: {
    conflict: 'conflict',
    'not-acceptable': 'data',
    'bad-request': 'data',
    'service-unavailable': 'unavailable',
    'feature-not-implemented': 'unavailable',
    'not-allowed': 'noperm',
  },
} as const;

function readFields(fields: readonly string[]): Map<string, string> {
  return new Map(
    fields.map((field) => {
      const equals = field.indexOf('=');
      if (equals < 1) throw new XmppctlError('usage', `--field: '${field}' is not NAME=VALUE`);
      return [field.slice(0, equals), field.slice(equals + 1)];
    }),
  );
}
