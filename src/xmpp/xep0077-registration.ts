/** XEP-0077: In-Band Registration, with the images of XEP-0158 (CAPTCHA Forms) and XEP-0231 (Bits of Binary). */
import { XmppctlError } from '../errors.ts';
import { type DataForm, type FormField, readForm, submitForm } from './xep0004-data-forms.ts';
import { readOob } from './xep0066-oob.ts';
import { childElements, childText, type Element, xml } from './xml.ts';

const nsRegister = 'jabber:iq:register';
const nsBob = 'urn:xmpp:bob';
const nsMedia = 'urn:xmpp:media-element';

export interface RegistrationForm {
  readonly instructions: string | null;
  readonly form: DataForm | undefined;
  /** Names of the old-style fields (section 3.1.1). */
  readonly legacyFields: readonly string[];
  /** A web page to register at instead. */
  readonly url: string | null;
  readonly images: readonly { field: string; type: string; bytes: Uint8Array }[];
}

export const registrationRequest = (to: string): Element =>
  xml('iq', { type: 'get', to }, xml('query', { xmlns: nsRegister }));

/** Throws kind protocol if there is no query in it. */
export function readRegistrationForm(iq: Element): RegistrationForm {
  const query = iq.getChild('query', nsRegister);
  if (!query) throw new XmppctlError('protocol', 'the server broke the protocol: its registration form is missing');
  const form = readForm(query);
  const legacy = childElements(query).filter((child) => child.getNS() === nsRegister);
  return {
    instructions: form?.instructions ?? childText(query, 'instructions'),
    form,
    legacyFields: legacy
      .map((child) => child.getName())
      .filter((name) => name !== 'instructions' && name !== 'registered'),
    url: readOob(query)[0]?.url ?? null,
    images: form ? form.fields.flatMap((field) => imagesOf(field, iq)) : [],
  };
}

/** Whether an account can be made with this form: a server that has none says so in words, or names a web page. */
export function takesNameAndPassword({ form, legacyFields }: RegistrationForm): boolean {
  const names = form ? form.fields.map((field) => field.name) : legacyFields;
  return names.includes('username') && names.includes('password');
}

function imagesOf(field: FormField, iq: Element): { field: string; type: string; bytes: Uint8Array }[] {
  const media = field.element.getChild('media', nsMedia);
  const uris = media ? media.getChildren('uri', nsMedia).map((uri) => uri.text().trim()) : [];
  const data = [iq, ...childElements(iq)].flatMap((parent) => parent.getChildren('data', nsBob));
  return data
    .filter((bob) => uris.includes(`cid:${bob.attrs.cid}`))
    .map((bob) => ({ field: field.name, type: bob.attrs.type ?? '', bytes: Buffer.from(bob.text(), 'base64') }));
}

/** Fills the form that was asked for: a data form if there is one, else the old-style fields. */
export function buildRegistration(
  to: string,
  form: RegistrationForm,
  values: ReadonlyMap<string, readonly string[]>,
): Element {
  const filled = form.form ? [submitForm(values)] : [...values].map(([name, texts]) => xml(name, {}, texts[0] ?? ''));
  return xml('iq', { type: 'set', to }, xml('query', { xmlns: nsRegister }, filled));
}

/** Deletes the account of the session (3.2). Without \`to\`: with one, servers have taken it for a question to themselves. */
export const removalRequest = (): Element =>
  xml('iq', { type: 'set' }, xml('query', { xmlns: nsRegister }, xml('remove')));

/** Gives the account another password (3.3). */
export const passwordRequest = (domain: string, username: string, password: string): Element =>
  xml(
    'iq',
    { type: 'set', to: domain },
    xml('query', { xmlns: nsRegister }, xml('username', {}, username), xml('password', {}, password)),
  );

/** The form that a refusal asks to fill in first (3.2, 3.3); undefined if it does not. */
export function readDemandedForm(iq: Element): DataForm | undefined {
  const query = iq.getChild('query', nsRegister);
  return query && readForm(query);
}
