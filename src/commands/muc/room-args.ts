/** What the commands of rooms have in common: how a room is named, under which nick and with which password it is entered. */
import { XmppctlError } from '../../errors.ts';
import { type Args, flag, option, type Values } from '../../grammar/command.ts';
import { file, jid, text, type ValueType } from '../../grammar/values.ts';
import { discoverServices } from '../../session/disco.ts';
import { occupantJid } from '../../session/occupancy.ts';
import type { Session } from '../../session/types.ts';
import { type Jid, makeJid, readJid } from '../../xmpp/jid.ts';
import type { DiscoInfo } from '../../xmpp/xep0030-disco.ts';
import { nsMuc } from '../../xmpp/xep0045-muc.ts';
import type { Context } from '../context.ts';

/** A room's JID, or its name alone: then the service is to be found. */
export type RoomName = { readonly jid: Jid } | { readonly name: string };

/** `room@service`, an xmpp: URI, or the name of a room. */
export const room = (): ValueType<RoomName> => ({
  name: 'ROOM',
  completes: 'room',
  parse(value) {
    if (!value.includes('@') && !/^xmpp:/i.test(value)) {
      if (readJid(`${value}@x`)?.resource === undefined && readJid(`${value}@x`)) return { name: value };
      throw new XmppctlError('usage', `'${value}' cannot be the name of a room`);
    }
    const address = jid().parse(value);
    if (address.local !== undefined && address.resource === undefined) return { jid: address };
    throw new XmppctlError('usage', `'${value}' is not a room: write name@service`);
  },
});

/** Whom a room knows by their real address; `bob` alone would be a server of that name. */
export const person = (): ValueType<Jid> => ({
  ...jid(),
  parse(value) {
    const address = jid().parse(value);
    if (address.local !== undefined || address.domain.includes('.')) return address;
    throw new XmppctlError('usage', `'${value}' is no address`, { hint: `Did you mean ${value}@example.org?` });
  },
});

/** For commands whose ROOM may be a bare name. */
export const serviceArgs = {
  service: option(jid('none', 'SERVICE'), 'where the room is, if only its name is given', {
    presetText: 'the only one of the own server',
  }),
} satisfies Args;

/** Where the password of the room comes from: never from the command line. */
export const roomPasswordArgs = {
  roomPasswordFile: option(file(), 'read the password of the room from the first line of FILE'),
  roomPasswordStdin: flag('read the password of the room from the first line of standard input'),
  roomPasswordCommand: option(text('CMD'), 'read the password of the room from the first line that CMD prints'),
} satisfies Args;

/** For commands that enter the room. */
export const entryArgs = {
  ...serviceArgs,
  nick: option(text('NICK'), 'the nickname in the room', { presetText: 'that of the account, or its name' }),
  nickFallback: flag('if the nickname is taken, use it with a number'),
  ...roomPasswordArgs,
} satisfies Args;
export type EntryArgs = Values<typeof entryArgs>;

/** The rooms' JIDs. Throws usage if a bare name could be at several services, unavailable if there is none. */
export async function resolveRooms(
  session: Session,
  rooms: readonly RoomName[],
  service: Jid | undefined,
): Promise<Jid[]> {
  const resolved = new Map<string, Jid>();
  let domain: string | undefined;
  for (const given of rooms) {
    if ('name' in given) domain ??= service?.domain ?? (await onlyRoomService(session));
    const address = 'jid' in given ? given.jid : roomAt(given.name, domain ?? '');
    resolved.set(address.bare, address);
  }
  return [...resolved.values()];
}

export async function resolveRoom(session: Session, name: RoomName, service: Jid | undefined): Promise<Jid> {
  const [resolved] = await resolveRooms(session, [name], service);
  if (!resolved) throw new XmppctlError('software', 'a room resolved to none');
  return resolved;
}

const roomAt = (name: string, domain: string): Jid => readJid(`${name}@${domain}`) ?? makeJid(name, domain);

export const isRoomService = ({ identities, features }: DiscoInfo): boolean =>
  features.has(nsMuc) && identities.some(({ category, type }) => category === 'conference' && type === 'text');

/** The one room service of the own server. Throws usage with the list if there are several, unavailable if none. */
export async function onlyRoomService(session: Session): Promise<string> {
  const services = (await discoverServices(session)).filter(({ info }) => isRoomService(info)).map(({ jid }) => jid);
  const [service] = services;
  if (service !== undefined && services.length === 1) return service;
  if (service === undefined) {
    throw new XmppctlError('unavailable', `${session.jid.domain} has no service for rooms`, {
      hint: 'Write the whole address: name@service',
    });
  }
  throw new XmppctlError('usage', `${session.jid.domain} has several services for rooms: ${services.join(', ')}`, {
    hint: 'Choose one with --service, or write name@service.',
  });
}

/** The nick: --nick, the account's setting, the name of the account. Throws usage if it can be none. */
export async function nickFor(args: Pick<EntryArgs, 'nick'>, ctx: Context): Promise<string> {
  if (args.nick !== undefined) {
    occupantJid(makeJid('room', 'service'), args.nick);
    return args.nick;
  }
  const account = await ctx.account();
  const known = (await ctx.accounts.list()).find(({ jid }) => jid === account.bare);
  return known?.settings.nick ?? account.local ?? account.domain;
}

/** The password of the room, if one was given. Throws usage if in two ways, config if it cannot be had. */
export const roomPassword = (args: Values<typeof roomPasswordArgs>, ctx: Context): Promise<string | undefined> =>
  ctx.secret('room-password', {
    file: args.roomPasswordFile,
    stdin: args.roomPasswordStdin,
    command: args.roomPasswordCommand,
  });

/** Milliseconds left of --timeout, less what closing the stream takes; at most `atMost`. */
export const timeLeft = (ctx: Context, atMost = ctx.timeout()): number =>
  Math.min(atMost, Math.max(0, ctx.left() - closingMs));
const closingMs = 300;
