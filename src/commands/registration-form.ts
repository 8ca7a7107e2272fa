/** Filling a registration form (XEP-0077), and saying what it still wants. */
import { shellWord, XmppctlError } from '../errors.ts';
import type { Jid } from '../xmpp/jid.ts';
import { askedFields } from '../xmpp/xep0004-data-forms.ts';
import type { RegistrationForm } from '../xmpp/xep0077-registration.ts';
import type { Context } from './context.ts';

/**
 * The values to send: hidden fields as they came, name and password, what the user gave. Throws kind usage for a field
 * that the form does not have.
 */
export function fillRegistration(
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
    const notAsked = ['', 'FORM_TYPE', 'username', 'password'];
    const names = fields.map((field) => field.name).filter((name) => !notAsked.includes(name));
    const others = names.length === 0 ? 'none but name and password' : names.join(', ');
    throw new XmppctlError('usage', `the form of the server has no field ${unknown.join(', ')}; it has: ${others}`, {
      hint: 'Leave it out.',
    });
  }
  return values;
}

/**
 * Throws kind usage with what the form wants beyond what there is. A picture that has to be read (XEP-0158) is saved to a
 * file first, and the fields are named that belong to it: each question for the form makes a new picture.
 */
export async function refuseMissing(
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
  const wanted = missing.map(({ name, label }) => `--field ${shellWord(name)}=…${label ? ` (${label})` : ''}`);
  const hint = extra.size > 0 ? 'Beside those already given.' : undefined;
  const image = form.images.find(({ field }) => missing.some(({ name }) => name === field));
  if (!image) throw new XmppctlError('usage', "the server's form also wants:", { list: wanted, hint });
  const extension = /^image\/([a-z0-9]{2,4})/.exec(image.type)?.[1] ?? 'img';
  const path = await ctx.files.create(`xmppctl-captcha-${ctx.randomId().slice(0, 8)}.${extension}`, image.bytes);
  const repeated = hidden.map(({ name, values: [value] }) => `--field ${shellWord(`${name}=${value ?? ''}`)}`);
  throw new XmppctlError(
    'usage',
    `the server wants a picture to be read; it is saved in ${path}. Run the command again with:`,
    { list: [...repeated, ...wanted], hint },
  );
}
