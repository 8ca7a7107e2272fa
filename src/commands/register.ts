import { XmppctlError } from '../errors.ts';
import { defineCommand, flag, option, options, positional } from '../grammar/command.ts';
import { choice, jid, text } from '../grammar/values.ts';
import type { Jid } from '../xmpp/jid.ts';
import { askedFields } from '../xmpp/xep0004-data-forms.ts';
import {
  buildRegistration,
  type RegistrationForm,
  readRegistrationForm,
  registrationRequest,
} from '../xmpp/xep0077-registration.ts';
import type { Context } from './context.ts';

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
  ],
  fails: ['usage', 'data', 'unavailable', 'noperm', 'conflict', 'config', 'insecure', 'tempfail'],
  check({ jid: { local, bare } }) {
    if (local === undefined) throw new XmppctlError('usage', `${bare} has no name before the @`);
  },
  async run(args, ctx) {
    const extra = readFields(args.field);
    if (args.email !== undefined) extra.set('email', args.email);
    const password = await ctx.givenPassword(args.jid, { confirm: true });
    await using stream = await ctx.connectWithoutLogin(args.jid.domain);
    const form = readRegistrationForm(await stream.request(registrationRequest(args.jid.domain), refusals));
    if (form.url !== null && !form.form && form.legacyFields.length === 0) {
      throw new XmppctlError('unavailable', `${args.jid.domain} registers accounts on a web page only: ${form.url}`);
    }
    const values = fill(form, args.jid, password, extra);
    await refuseMissing(form, values, extra, ctx);
    await stream.request(buildRegistration(args.jid.domain, form, values), refusals);
    if (args.save) {
      await ctx.accounts.storePassword(args.jid, password, args.store ?? 'keychain');
      await ctx.accounts.save(args.jid, { ...ctx.connectionSettings(), secret: args.store ?? 'keychain' });
      await ctx.remember('account', [{ value: args.jid.bare }], { account: args.jid });
    }
    return { jid: args.jid.bare, registered: true, saved: args.save };
  },
});

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

/** The values to send: hidden fields as they came, name and password, what the user gave. */
function fill(
  form: RegistrationForm,
  account: Jid,
  password: string,
  extra: ReadonlyMap<string, string>,
): Map<string, readonly string[]> {
  const values = new Map<string, readonly string[]>();
  const known = new Map([...extra, ['username', account.local ?? ''], ['password', password]]);
  const fields = form.form?.fields ?? form.legacyFields.map((name) => ({ name, values: [], type: 'text-single' }));
  for (const { name, values: preset } of fields) {
    const given = known.get(name);
    if (given !== undefined) values.set(name, [given]);
    else if (preset.length > 0 && name !== '') values.set(name, preset);
  }
  const unknown = [...extra.keys()].filter((name) => !fields.some((field) => field.name === name));
  if (unknown.length > 0) {
    const names = fields
      .map((field) => field.name)
      .filter((name) => name !== '' && name !== 'username' && name !== 'password');
    throw new XmppctlError(
      'usage',
      `the form has no field ${unknown.join(', ')}; it has: ${names.join(', ') || 'no others'}`,
    );
  }
  return values;
}

async function refuseMissing(
  form: RegistrationForm,
  values: ReadonlyMap<string, readonly string[]>,
  extra: ReadonlyMap<string, string>,
  ctx: Context,
): Promise<void> {
  const needed = form.form
    ? askedFields(form.form).filter(
        (field) => field.required || form.images.some((image) => image.field === field.name),
      )
    : form.legacyFields.map((name) => ({ name, label: null }));
  const missing = needed.filter(({ name }) => (values.get(name)?.[0] ?? '') === '');
  if (missing.length === 0) return;

  const hidden = form.form?.fields.filter((field) => field.type === 'hidden' && field.name !== 'FORM_TYPE') ?? [];
  const again = [...extra.keys()].length > 0 ? ' beside those already given' : '';
  const wanted = missing.map(({ name, label }) => `--field ${name}=…${label ? ` (${label})` : ''}`).join(', ');
  const image = form.images.find(({ field }) => missing.some(({ name }) => name === field));
  if (!image) throw new XmppctlError('usage', `the server's form also wants${again}: ${wanted}`);
  const extension = /^image\/([a-z0-9]{2,4})/.exec(image.type)?.[1] ?? 'img';
  const path = await ctx.files.create(`xmppctl-captcha-${ctx.randomId().slice(0, 8)}.${extension}`, image.bytes);
  const repeat = hidden.map(({ name, values: [value] }) => `--field '${name}=${value ?? ''}'`).join(' ');
  throw new XmppctlError('usage', `the server wants a picture to be read; it is saved in ${path}`, {
    hint: `Run the command again with ${repeat} ${wanted}${again}.`,
  });
}
