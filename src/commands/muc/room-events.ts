/** What happens in a room as events (SPEC 3, 10). */
import type { RoomEvent, RoomMessage } from '../../listen/room-state.ts';
import type { Jid } from '../../xmpp/jid.ts';
import { messageType } from '../../xmpp/message.ts';
import { readReplaced } from '../../xmpp/xep0308-correction.ts';
import { stanzaIdBy } from '../../xmpp/xep0359-stanza-ids.ts';
import { isOnlyRetraction } from '../../xmpp/xep0424-retraction.ts';
import { isOnlyReactions } from '../../xmpp/xep0444-reactions.ts';
import type { Event } from '../event-fields.ts';
import { eventHeader, messageContent, type Reader } from '../events.ts';
import { signalsIn } from '../signals.ts';
import { RoomAuthors } from './room-authors.ts';

/** In rooms `from` is the room, `nick` the occupant; a private message is one of `type` chat. */
export function eventsInRoom(
  event: RoomEvent,
  room: Jid,
  reader: Omit<Reader, 'origins'>,
  authors = new RoomAuthors(),
): Event[] {
  const time = event.kind === 'occupant' ? null : event.time;
  const base = { ...eventHeader(reader, time ?? undefined), from: room.bare, room: room.bare, nick: event.nick };
  switch (event.kind) {
    case 'message':
      return messageEvents(event, room, base, reader, authors);
    case 'subject':
      return [{ ...base, event: 'subject', subject: event.subject, delayed: event.isOld }];
    case 'occupant': {
      authors.note(event);
      const { change, newNick, presence, occupantId } = event;
      const { role, affiliation, jid, by, reason, destroyed, status } = presence;
      return [
        {
          ...base,
          event: 'occupant',
          change,
          newNick,
          role,
          affiliation,
          jid: jid?.bare ?? null,
          by,
          reason: reason ?? destroyed?.reason ?? (presence.present ? null : status),
          occupantId,
          self: event.self,
        },
      ];
    }
  }
}

type Base = ReturnType<typeof eventHeader> & { from: string; room: string; nick: string | null };

/** Of the past only what was said, not what was going on meanwhile. */
function messageEvents(
  event: RoomMessage,
  room: Jid,
  base: Base,
  { jid: { bare: account }, forged }: Omit<Reader, 'origins'>,
  authors: RoomAuthors,
): Event[] {
  const { message, nick, occupantId, archiveId, source } = event;
  const earlier = {
    corrected: (id: string) => authors.corrected(event, id),
    retracted: (id: string) => authors.retracted(event, id),
    forged,
  };
  const author = nick === null ? room.bare : `${room.bare}/${nick}`;
  const signals = source === 'archive' ? [] : signalsIn(message, author, { ...base, occupantId }, earlier);
  const content = messageContent(message, account);
  if (isOnlyRetraction(message) || isOnlyReactions(message)) return signals;
  if (content.body === null && content.files.length === 0) return signals;
  const replaced = readReplaced(message);
  const correction = replaced === null ? null : earlier.corrected(replaced);
  authors.remember(event, replaced !== null);
  return [
    ...signals,
    {
      ...base,
      ...content,
      type: event.private ? 'chat' : (messageType(message) ?? 'groupchat'),
      resource: null,
      to: account,
      // Of what a room says the account’s server keeps nothing: an id in its name would be an occupant's.
      stanzaId: event.private ? stanzaIdBy(message, account) : archiveId,
      delayed: event.time !== null,
      carbon: null,
      correction,
      source,
      occupantId,
    },
  ];
}
