/** Saying something in a room, and hearing the room repeat it: the only proof that it was said (SPEC 6). */
import { asXmppctlError, type ErrorKind, XmppctlError } from '../../errors.ts';
import { type Joined, joinRoom } from '../../session/occupancy.ts';
import type { Session } from '../../session/types.ts';
import { type Jid, readJid } from '../../xmpp/jid.ts';
import { buildMessage, messageType } from '../../xmpp/message.ts';
import { type StanzaError, stanzaErrorToError } from '../../xmpp/stanza-error.ts';
import { noHistory } from '../../xmpp/xep0045-muc.ts';
import { readOriginId, stanzaIdBy } from '../../xmpp/xep0359-stanza-ids.ts';
import { type Element, ns } from '../../xmpp/xml.ts';
import type { Context } from '../context.ts';
import { bounceOf, type Outcome, outcome } from '../delivery.ts';
import type { Entry } from './enter.ts';
import { timeLeft } from './room-args.ts';

/** A room that we are in. */
export interface Place {
  readonly room: Jid;
  readonly entry: Entry;
  joined: Joined;
}

export interface Words {
  readonly id: string;
  readonly body: string | undefined;
  readonly subject?: string | undefined;
  readonly thread?: string | undefined;
  /** Elements of extensions. */
  readonly payload?: readonly Element[];
}

/** Sends to all in the room and waits until the room shows it as ours; never throws. */
export async function speak(session: Session, place: Place, words: Words, ctx: Context): Promise<Outcome> {
  const first = await attempt(session, place, words, ctx);
  if (first.error?.condition !== 'not-acceptable') return first;
  try {
    place.joined = await joinRoom(session, {
      ...place.entry,
      create: false,
      room: place.room,
      history: noHistory,
      within: timeLeft(ctx),
      randomId: ctx.randomId,
    });
  } catch (error) {
    return outcome(place.room.bare, words.id, 'failed', asXmppctlError(error));
  }
  return await attempt(session, place, words, ctx);
}

async function attempt(session: Session, { room, joined }: Place, words: Words, ctx: Context): Promise<Outcome> {
  const failed = (error: XmppctlError): Outcome =>
    outcome(room.bare, words.id, error.delivered === 'unknown' ? 'unknown' : 'failed', error);
  const fate = session.expect(readFate(session, joined.occupant, words.id));
  try {
    await session.send(buildMessage({ ...words, to: room.bare, type: 'groupchat' }));
  } catch (error) {
    fate.cancel();
    return failed(asXmppctlError(error));
  }
  try {
    const answer = await fate.within(timeLeft(ctx));
    if (!answer) return failed(unconfirmed(room, 'nothing came back'));
    if ('refusal' in answer) return failed(refusalError(room, answer.refusal));
    return outcome(room.bare, words.id, 'reflected', undefined, answer.stanzaId);
  } catch (error) {
    const { kind, message } = asXmppctlError(error);
    return failed(kind === 'data' ? asXmppctlError(error) : unconfirmed(room, message, error));
  }
}

type Fate = { readonly stanzaId: string | null } | { readonly refusal: StanzaError };

/** The room's copy of our message, or its refusal. Another occupant cannot speak under our nick. */
function readFate(session: Session, occupant: Jid, id: string): (stanza: Element) => Fate | undefined {
  const bounce = bounceOf(id, occupant, session);
  return (stanza) => {
    const from = stanza.is('message', ns.client) ? readJid(stanza.attrs.from) : undefined;
    if (from?.bare !== occupant.bare) return undefined;
    const refusal = bounce(stanza);
    if (refusal) return { refusal };
    if (from.full !== occupant.full || messageType(stanza) !== 'groupchat') return undefined;
    // Some rooms give the message an id of their own and leave only the origin-id (XEP-0359).
    const isOurs = stanza.attrs.id === id || readOriginId(stanza) === id;
    return isOurs ? { stanzaId: stanzaIdBy(stanza, occupant.bare) } : undefined;
  };
}

const refusalKinds: Readonly<Record<string, ErrorKind>> = {
  'not-acceptable': 'tempfail',
  'service-unavailable': 'tempfail',
};

function refusalError(room: Jid, refusal: StanzaError): XmppctlError {
  const what = refusal.condition === 'forbidden' ? 'we have no voice in' : 'the message was not taken by';
  return stanzaErrorToError(`${what} ${room.bare}`, refusal, refusalKinds);
}

const unconfirmed = (room: Jid, why: string, cause?: unknown): XmppctlError =>
  new XmppctlError('unconfirmed', `sent, but ${room.bare} did not show it: ${why}`, {
    cause,
    hint: 'Repeat only with the same --id, so that the others can tell a copy.',
  });
