/** The configuration of a room: a form that each service writes itself (XEP-0045 10.2), set by NAME=VALUE. */
import { XmppctlError } from '../../errors.ts';
import { change } from '../../session/change.ts';
import type { Refusals, Session } from '../../session/types.ts';
import type { Jid } from '../../xmpp/jid.ts';
import { askedFields, type DataForm, type FormField } from '../../xmpp/xep0004-data-forms.ts';
import { configRequest, readConfigForm, submitConfig } from '../../xmpp/xep0045-admin.ts';
import { forbiddenCharacter } from '../../xmpp/xml.ts';

const prefix = 'muc#roomconfig_';
export const configName = (field: string): string => `${prefix}${field}`;

/** What is to be set, by the names that the user gave. */
export type Settings = ReadonlyMap<string, readonly string[]>;

/** NAME=VALUE, repeated for several values. Throws usage; a password is refused, it would stand in the process list. */
export function readSettings(given: readonly string[]): Map<string, string[]> {
  const settings = new Map<string, string[]>();
  for (const setting of given) {
    const equals = setting.indexOf('=');
    const name = setting.slice(0, equals);
    const value = setting.slice(equals + 1);
    if (equals < 1)
      throw new XmppctlError('usage', `'${setting}' is not NAME=VALUE`, {
        hint: 'xmppctl muc config ROOM shows what there is.',
      });
    if (value !== '' && /secret|password(?!protected)/i.test(name)) {
      throw new XmppctlError(
        'usage',
        `${name}: a password on the command line can be read by everybody on this machine`,
        {
          hint: 'Give it with --room-password-file, --room-password-stdin or --room-password-command.',
        },
      );
    }
    const bad = forbiddenCharacter(value);
    if (bad) throw new XmppctlError('usage', `${name}: the value has the character ${bad}, which XMPP cannot carry`);
    settings.set(name, [...(settings.get(name) ?? []), value]);
  }
  return settings;
}

/** The settings that protect a room with a password, if there is one. */
export const passwordSettings = (password: string | undefined): Settings =>
  password === undefined ? new Map() : new Map([[configName('roomsecret'), [password]]]);

/** What a setting entails, where the service has a switch of its own for it. */
const entailed = (settings: Settings): Settings => {
  const secret = (settings.get(configName('roomsecret')) ?? settings.get('roomsecret'))?.[0];
  return secret === undefined
    ? new Map()
    : new Map([[configName('passwordprotectedroom'), [secret === '' ? '0' : '1']]]);
};

const refusals = (room: Jid): Refusals => ({
  what: `${room.bare} refuses its configuration`,
  kinds: { 'not-acceptable': 'data', 'bad-request': 'data', 'service-unavailable': 'unavailable' },
});

/** Throws noperm if we do not own the room, nouser if there is none. */
export const fetchConfig = async (session: Session, room: Jid): Promise<DataForm> =>
  readConfigForm(await session.request(configRequest(room), refusals(room)));

/**
 * Sets and reads again, because services drop in silence what they do not like. Settings in `wished` are left out where
 * the form does not have them. Throws usage for an unknown name or value, with the list; kind unavailable if the service
 * took the form but not the setting.
 */
export async function configure(session: Session, room: Jid, wanted: Settings, wished: Settings): Promise<DataForm> {
  const form = await fetchConfig(session, room);
  const settings = new Map([
    ...normalised(form, wished, true),
    ...normalised(form, entailed(wanted), true),
    ...normalised(form, wanted, false),
  ]);
  await change(session, submitConfig(room, filled(form, settings)), refusals(room));
  const after = await fetchConfig(session, room);
  const ignored = [...settings].filter(([name, values]) => !holds(after, name, values)).map(([name]) => name);
  if (ignored.length === 0) return after;
  throw new XmppctlError('unavailable', `${room.bare} took the form, but did not set ${ignored.join(', ')}`);
}

/** The field of that name, which may be written without `muc#roomconfig_`. */
export function configField(form: DataForm, name: string): FormField | undefined {
  const fields = askedFields(form);
  return fields.find((field) => field.name === name) ?? fields.find((field) => field.name === configName(name));
}

/** The settings under the names of the form, with values as the form writes them. */
function normalised(form: DataForm, settings: Settings, onlyKnown: boolean): [string, readonly string[]][] {
  const unknown = [...settings.keys()].filter((name) => !configField(form, name));
  if (unknown.length > 0 && !onlyKnown) {
    const names = askedFields(form).map(({ name }) => shortName(name));
    throw new XmppctlError('usage', `the room has no setting ${unknown.join(', ')}; it has: ${names.join(', ')}`);
  }
  return [...settings].flatMap(([name, values]) => {
    const field = configField(form, name);
    return field ? [[field.name, values.map((value) => valueFor(field, value))] as [string, string[]]] : [];
  });
}

export const shortName = (name: string): string => (name.startsWith(prefix) ? name.slice(prefix.length) : name);

const yes = ['1', 'true', 'yes', 'on'];
const no = ['0', 'false', 'no', 'off'];

function valueFor(field: FormField, value: string): string {
  const allowed = (values: readonly string[]): XmppctlError =>
    new XmppctlError('usage', `${shortName(field.name)}: '${value}' is not one of ${values.join(', ')}`);
  if (field.type === 'boolean') {
    if (yes.includes(value.toLowerCase())) return '1';
    if (no.includes(value.toLowerCase())) return '0';
    throw allowed(['yes', 'no']);
  }
  if (field.type.startsWith('list-') && !field.options.includes(value)) throw allowed(field.options);
  return value;
}

/** All that the form holds already, and what is to be set. */
function filled(form: DataForm, settings: Settings): Map<string, readonly string[]> {
  const values = new Map<string, readonly string[]>();
  for (const { name, type, values: current } of form.fields) {
    const value = settings.get(name) ?? current;
    if (name !== '' && type !== 'fixed' && (value.length > 0 || settings.has(name))) values.set(name, value);
  }
  return values;
}

function holds(form: DataForm, name: string, values: readonly string[]): boolean {
  const field = configField(form, name);
  // A setting that opened or closed others may have gone with them.
  if (!field) return true;
  const plain = (value: string): string => (field.type === 'boolean' ? String(yes.includes(value)) : value);
  const wanted = values.filter((value) => value !== '').map(plain);
  const current = field.values.filter((value) => value !== '').map(plain);
  if (field.type === 'boolean') return (wanted[0] ?? 'false') === (current[0] ?? 'false');
  return wanted.length === current.length && wanted.every((value) => current.includes(value));
}

/** The values for people and scripts: switches as true and false, secrets hidden. */
export function shownValues({ type, values }: FormField): readonly string[] {
  if (type === 'boolean') return [String(yes.includes(values[0] ?? ''))];
  const given = values.filter((value) => value !== '');
  return type === 'text-private' ? given.map(() => '(hidden)') : given;
}
