/** What happens in a room as events (SPEC 3, 10). */
import type { RoomEvent } from '../../listen/room-state.ts';
import type { Jid } from '../../xmpp/jid.ts';
import { messageType } from '../../xmpp/message.ts';
import { stanzaIdBy } from '../../xmpp/xep0359-stanza-ids.ts';
import type { Event } from '../event-fields.ts';
import { eventHeader, messageContent, type Reader } from '../events.ts';
import { RoomAuthors } from './room-authors.ts';

/** In rooms `from` is the room, `nick` the occupant; a private message is one of `type` chat. */
export function roomEvent(
  event: RoomEvent,
  room: Jid,
  reader: Pick<Reader, 'jid' | 'now'>,
  authors = new RoomAuthors(),
): Event {
  if (event.kind === 'occupant') authors.note(event);
  const time = event.kind === 'occupant' ? null : event.time;
  const base = { ...eventHeader(reader, time ?? undefined), from: room.bare, room: room.bare, nick: event.nick };
  const account = reader.jid.bare;
  switch (event.kind) {
    case 'message':
      return {
        ...base,
        ...messageContent(event.message, account),
        type: event.private ? 'chat' : (messageType(event.message) ?? 'groupchat'),
        resource: null,
        to: account,
        stanzaId: event.archiveId ?? stanzaIdBy(event.message, account),
        delayed: event.time !== null,
        carbon: null,
        correction: authors.judge(event),
        source: event.source,
        occupantId: event.occupantId,
      };
    case 'subject':
      return { ...base, event: 'subject', subject: event.subject, delayed: event.time !== null };
    case 'occupant': {
      const { change, newNick, presence, occupantId } = event;
      const { role, affiliation, jid, by, reason, destroyed, status } = presence;
      return {
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
      };
    }
  }
}
