/** Being in a room: whether there is one, coming in, and what it means to be refused (XEP-0045 7.2). */
import { type ErrorKind, XmppctlError } from '../errors.ts';
import { type Jid, readJid, withResource } from '../xmpp/jid.ts';
import { kindOfStanzaError, type StanzaError } from '../xmpp/stanza-error.ts';
import type { DiscoInfo } from '../xmpp/xep0030-disco.ts';
import { cancelConfig, destroyRoom } from '../xmpp/xep0045-admin.ts';
import {
  isSelf,
  joinPresence,
  leavePresence,
  nsMuc,
  type OccupantPresence,
  type RoomHistory,
  readJoinError,
  readOccupant,
} from '../xmpp/xep0045-muc.ts';
import { discoInfo } from './disco.ts';
import type { Session } from './types.ts';

/** What a room that keeps silent about itself is known to be: nothing. */
const silent: DiscoInfo = { identities: [], features: new Set(), form: undefined, forms: [] };
const absent = ['item-not-found', 'gone'];
const unreachable = ['remote-server-not-found', 'remote-server-timeout'];

/**
 * What the room says of itself; null if there is no such room, so that nobody creates one by joining it (PITFALLS,
 * other tools 8). Throws kind nouser if the address is not one of a room, nohost or tempfail if nobody can be asked.
 */
export async function lookUpRoom(session: Session, room: Jid): Promise<DiscoInfo | null> {
  try {
    const info = await discoInfo(session, room.bare);
    if (info.identities.length === 0 || info.identities.some(({ category }) => category === 'conference')) return info;
    throw new XmppctlError('nouser', `${room.bare} is not a room`);
  } catch (error) {
    if (!(error instanceof XmppctlError) || error.condition === undefined) throw error;
    if (absent.includes(error.condition)) return null;
    if (unreachable.includes(error.condition)) throw error;
    // It may be there and hide, but only where there are rooms: else the presence would go to somebody's account.
    await requireRoomService(session, room, error);
    return silent;
  }
}

async function requireRoomService(session: Session, room: Jid, cause: XmppctlError): Promise<void> {
  const service = await discoInfo(session, room.domain).catch(() => silent);
  if (service.features.has(nsMuc)) return;
  throw new XmppctlError('nouser', `${room.bare} is not a room: ${room.domain} has none`, {
    condition: cause.condition,
    cause,
  });
}

/** The error for a room that lookUpRoom did not find. */
export const noSuchRoom = (room: Jid, hint = `To create it: xmppctl muc create ${room.bare}`): XmppctlError =>
  new XmppctlError('nouser', `there is no room ${room.bare}`, { condition: 'item-not-found', hint });

/** The JID of an occupant. Throws kind usage if no occupant can have that nick. */
export function occupantJid(room: Jid, nick: string): Jid {
  const occupant = readJid(withResource(room, nick).full);
  if (occupant) return occupant;
  throw new XmppctlError('usage', `'${nick}' cannot be a nickname: it is empty, too long, or has forbidden characters`);
}

export interface JoinOptions {
  readonly room: Jid;
  readonly nick: string;
  /** If the nick is taken: one with a number after it. */
  readonly nickFallback: boolean;
  readonly password?: string | undefined;
  readonly history: RoomHistory;
  /** A room that comes into being by joining it is wanted. */
  readonly create?: boolean;
  /** Milliseconds that the room has to let us in. */
  readonly within: number;
  randomId(): string;
}

export interface Joined {
  /** Under which JID we are in the room; the room may have changed the nick. */
  readonly occupant: Jid;
  /** The room did not exist before, is locked, and waits for its configuration (section 10.1). */
  readonly created: boolean;
  readonly presence: OccupantPresence;
}

const nicksToTry = 5;

/**
 * Joins; resolves when the room has confirmed it with our own presence (110). Throws as the refusal means, kind tempfail
 * if nothing comes in time. A room that was created by accident is given up at once: kind nouser.
 */
export async function joinRoom(session: Session, options: JoinOptions): Promise<Joined> {
  const { room, nick, nickFallback } = options;
  for (let number = 1; ; number++) {
    const occupant = occupantJid(room, number === 1 ? nick : `${nick}-${number}`);
    try {
      return await joinAs(session, occupant, options);
    } catch (error) {
      const isTaken = error instanceof XmppctlError && error.kind === 'conflict';
      if (!isTaken || !nickFallback || number === nicksToTry) throw error;
    }
  }
}

async function joinAs(session: Session, occupant: Jid, options: JoinOptions): Promise<Joined> {
  const { room, password, history, within } = options;
  const id = options.randomId();
  const answer = session.expect((stanza) => {
    const refusal = readJoinError(stanza, room, id);
    if (refusal) return { refusal };
    const presence = readOccupant(stanza, room);
    return presence && isSelf(presence) ? { presence } : undefined;
  });
  await session.send(joinPresence({ occupant, id, history, password }));
  const outcome = await answer.within(within);
  if (!outcome) throw new XmppctlError('tempfail', `the room ${room.bare} did not confirm that we are in it`);
  if (outcome.refusal) throw joinError(room, outcome.refusal);
  const { presence } = outcome;
  if (!presence.present) throw removalError(presence, room);
  const created = presence.codes.has(201);
  if (created && !options.create) {
    await giveUpRoom(session, presence.occupant);
    throw noSuchRoom(room);
  }
  return { occupant: presence.occupant, created, presence };
}

/** Leaves; the room tells the others. */
export const leaveRoom = (session: Session, occupant: Jid): Promise<void> => session.send(leavePresence(occupant));

/** Undoes the creation of a room: what nobody has configured ends with its configuration, or when we leave. */
export async function giveUpRoom(session: Session, occupant: Jid): Promise<void> {
  await session.request(destroyRoom(occupant)).catch(() => session.request(cancelConfig(occupant)).catch(() => {}));
  await leaveRoom(session, occupant);
}

/** Where joining is read differently from the usual (SPEC 6, CASES 93). */
const joinKinds: Readonly<Record<string, ErrorKind>> = {
  'bad-request': 'usage',
  'not-authorized': 'noperm',
  forbidden: 'noperm',
  'item-not-found': 'nouser',
  'not-allowed': 'noperm',
  'not-acceptable': 'noperm',
  'registration-required': 'noperm',
  conflict: 'conflict',
  'service-unavailable': 'tempfail',
};

const explanations = new Map<string, readonly [meaning: string, hint?: string]>([
  ['bad-request', ['the server does not allow this nickname', 'Give another one with --nick.']],
  ['jid-malformed', ['the server does not allow this nickname', 'Give another one with --nick.']],
  ['not-authorized', ['it wants a password, or another one', 'Give it with --room-password-file FILE.']],
  ['forbidden', ['we are banned']],
  ['item-not-found', ['it does not exist, or is locked until its owner has configured it']],
  ['not-allowed', ['nobody but its administrators may create it']],
  ['not-acceptable', ['it takes only the nickname that is registered for us', 'Give that one with --nick.']],
  [
    'registration-required',
    ['only members may enter', 'An owner can add you: xmppctl muc affiliation ROOM JID member'],
  ],
  ['conflict', ['the nickname is taken', 'Give another one with --nick, or let --nick-fallback choose.']],
  ['service-unavailable', ['it is full']],
]);

/** What a room's refusal to let us in means, with the room's own words. */
export function joinError(room: Jid, refusal: StanzaError): XmppctlError {
  const [meaning, hint] = explanations.get(refusal.condition) ?? [undefined];
  const words = refusal.text ?? meaning;
  return new XmppctlError(
    kindOfStanzaError(refusal, joinKinds),
    `cannot join ${room.bare}: ${refusal.condition}${words === undefined ? '' : `: ${words}`}`,
    { condition: refusal.condition, hint },
  );
}

/** What it means that the room has removed us (sections 9 and 10.9). */
export function removalError(presence: OccupantPresence, room: Jid): XmppctlError {
  const { codes, affiliation, by, reason, destroyed } = presence;
  const because = (why: string | null): string => (why ? `: ${why}` : '');
  if (destroyed) {
    const hint = destroyed.alternate === null ? undefined : `It names another room instead: ${destroyed.alternate}`;
    return new XmppctlError('nouser', `the room ${room.bare} was destroyed${because(destroyed.reason)}`, { hint });
  }
  const actor = by === null ? '' : ` by ${by}`;
  if (codes.has(332) || codes.has(333))
    return new XmppctlError('tempfail', `the room ${room.bare} was shut down or lost us`);
  if (codes.has(301) || affiliation === 'outcast')
    return new XmppctlError('noperm', `banned from ${room.bare}${actor}${because(reason)}`);
  if (codes.has(307)) return new XmppctlError('noperm', `kicked out of ${room.bare}${actor}${because(reason)}`);
  if (codes.has(321) || codes.has(322)) {
    return new XmppctlError('noperm', `removed from ${room.bare}: only members may be there${because(reason)}`);
  }
  return new XmppctlError('tempfail', `no longer in ${room.bare}${because(reason)}`);
}
