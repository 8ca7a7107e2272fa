/** A room on the scripted server, as good or as bad as a test wants it. */
import { password } from './attempt.ts';
import { type Peer, result, stanzaError } from './peer.ts';
import type { Script } from './scripted-server.ts';
import { escapeXml, type XmlElement } from './xml-reader.ts';

export const room = 'hall@rooms.localhost';
const user = 'http://jabber.org/protocol/muc#user';
const disco = 'http://jabber.org/protocol/disco#info';
export const mam = 'urn:xmpp:mam:2';
export const occupantIds = 'urn:xmpp:occupant-id:0';

export interface Occupant {
  room?: string;
  role?: string;
  affiliation?: string;
  jid?: string;
  codes?: readonly number[];
  gone?: boolean;
  newNick?: string;
  /** Inside the item: actor, reason. */
  inItem?: string;
  /** Beside the item: destroy. */
  beside?: string;
  /** Beside the `<x/>`. */
  more?: string;
}

/** What a room says of an occupant. */
export function presence(nick: string, occupant: Occupant = {}): string {
  const { role = occupant.gone ? 'none' : 'participant', affiliation = 'none', codes = [] } = occupant;
  const item = [`role='${role}'`, `affiliation='${affiliation}'`];
  if (occupant.jid !== undefined) item.push(`jid='${escapeXml(occupant.jid)}'`);
  if (occupant.newNick !== undefined) item.push(`nick='${escapeXml(occupant.newNick)}'`);
  return (
    `<presence from='${occupant.room ?? room}/${escapeXml(nick)}'${occupant.gone ? " type='unavailable'" : ''}>` +
    `<x xmlns='${user}'><item ${item.join(' ')}>${occupant.inItem ?? ''}</item>` +
    `${codes.map((code) => `<status code='${code}'/>`).join('')}${occupant.beside ?? ''}</x>${occupant.more ?? ''}</presence>`
  );
}

/** Our own presence, by which the room says that we are in. */
export const self = (nick = 'alice', codes: readonly number[] = []): string =>
  presence(nick, { codes: [110, ...codes] });

export interface Said {
  room?: string;
  id?: string;
  type?: string;
  stanzaId?: string;
  /** When it was said before. */
  stamp?: string;
  more?: string;
}

/** Something that is said in the room. */
export function said(nick: string, body: string, { id = 'x', type = 'groupchat', ...more }: Said = {}): string {
  const by = more.room ?? room;
  const stanzaId = more.stanzaId ? `<stanza-id xmlns='urn:xmpp:sid:0' by='${by}' id='${more.stanzaId}'/>` : '';
  const delay = more.stamp ? `<delay xmlns='urn:xmpp:delay' from='${by}' stamp='${more.stamp}'/>` : '';
  const from = nick === '' ? by : `${by}/${escapeXml(nick)}`;
  return `<message from='${from}' id='${escapeXml(id)}' type='${type}'><body>${escapeXml(body)}</body>${stanzaId}${delay}${more.more ?? ''}</message>`;
}

export const subject = (text = ''): string =>
  `<message from='${room}' type='groupchat'><subject>${escapeXml(text)}</subject></message>`;

/** The room's copy of a message that was sent to it. */
export const reflection = (message: XmlElement, nick = 'alice'): string =>
  said(nick, message.child('body')?.text ?? '', { id: message.attrs.id ?? '', stanzaId: 's1' });

/** A result of a query to the archive, and the answer that ends its page. */
export const archived = (iq: XmlElement, id: string, message: string, from = room): string =>
  `<message from='${from}'><result xmlns='${mam}' queryid='${iq.child('query')?.attrs.queryid}' id='${id}'>` +
  `<forwarded xmlns='urn:xmpp:forward:0'><delay xmlns='urn:xmpp:delay' stamp='2026-01-02T03:04:05Z'/>${message.replace('<message', "<message xmlns='jabber:client'")}</forwarded></result></message>`;
export const endOfPage = (iq: XmlElement, ids: readonly string[] = [], complete = true): string => {
  const ends = ids.length === 0 ? '' : `<first>${ids[0]}</first><last>${ids.at(-1)}</last>`;
  return result(
    iq,
    `<fin xmlns='${mam}' complete='${complete}'><set xmlns='http://jabber.org/protocol/rsm'>${ends}</set></fin>`,
  );
};

export interface RoomScript {
  /** What the room announces beside being one. */
  features?: readonly string[];
  /** The answer to a presence that joins; `times` counts from 1. */
  joined?: ((presence: XmlElement, times: number, peer: Peer) => string | undefined | Promise<string>) | undefined;
  /** The answer to a message that was sent to a room. */
  spoken?(message: XmlElement, times: number): string;
  /** The answer to an IQ to the room or an occupant; undefined: the usual. */
  asked?(iq: XmlElement, peer: Peer): string | undefined;
}

/** Lets alice in, and plays the room. */
export const plays =
  ({
    features = [],
    joined = () => self() + subject(),
    spoken = (message) => reflection(message),
    asked,
  }: RoomScript): Script =>
  async (peer) => {
    await peer.login({ password });
    peer.acks();
    let joins = 0;
    let messages = 0;
    await peer.session((stanza) => {
      const { name, attrs } = stanza;
      if (name === 'presence' && stanza.child('x', 'http://jabber.org/protocol/muc')) {
        joins += 1;
        return joined(stanza, joins, peer) ?? '';
      }
      if (name === 'message' && attrs.type === 'groupchat') {
        messages += 1;
        return spoken(stanza, messages);
      }
      if (name !== 'iq' || !attrs.to?.includes('rooms.localhost') || attrs.type === 'result') return undefined;
      const answer = asked?.(stanza, peer);
      if (answer !== undefined) return answer;
      if (stanza.child('query', disco)) return result(stanza, info(features));
      return stanza.child('ping') ? result(stanza) : stanzaError(stanza, 'service-unavailable');
    });
  };

const info = (features: readonly string[]): string =>
  `<query xmlns='${disco}'><identity category='conference' type='text'/>` +
  `${['http://jabber.org/protocol/muc', ...features].map((name) => `<feature var='${name}'/>`).join('')}</query>`;

export const joinRefused = (join: XmlElement, condition: string, type: string, text: string): string =>
  stanzaError(join, condition, type, `<text xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'>${text}</text>`);
