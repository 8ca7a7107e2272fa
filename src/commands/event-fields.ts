/** The events of `listen` and `muc join`: their names and keys (SPEC 3, 10). */
import type { Field } from '../grammar/command.ts';

export const eventNames = [
  'message',
  'presence',
  'subscription',
  'receipt',
  'displayed',
  'chatstate',
  'reaction',
  'correction',
  'retraction',
  'file',
  'occupant',
  'subject',
  'invite',
  'connection',
  'gap',
  'heartbeat',
] as const;
export type EventName = (typeof eventNames)[number];

/** Any event: the common keys, and those that its name brings. */
export interface Event extends Record<string, unknown> {
  readonly v: 1;
  readonly event: EventName;
  readonly time: string;
  readonly account: string;
  readonly from?: string | null;
}

const common = [
  { key: 'v', summary: 'version of this format', type: 'number' },
  { key: 'event', summary: 'the name of the event', type: 'string' },
  { key: 'time', summary: 'when it was sent, ISO 8601 in UTC', type: 'string' },
  { key: 'account', summary: 'the account that received it', type: 'string' },
] as const satisfies readonly Field<Event>[];

const from = { key: 'from', summary: 'bare JID of the sender', type: 'string' } as const;
const resource = { key: 'resource', summary: 'resource of the sender', type: 'string' } as const;
const room = { key: 'room', summary: 'the room, if it came from one', type: 'string' } as const;
const nick = { key: 'nick', summary: 'the nickname of the occupant; null: the room itself', type: 'string' } as const;
const occupantId = {
  key: 'occupantId',
  summary: 'what stays the same when the nickname changes',
  type: 'string',
} as const;

/** For what may come from a contact or from somebody in a room. */
const sender = [from, room, nick, occupantId] as const;
const verdict = {
  key: 'verdict',
  summary: 'accepted: it is of the author of that message; unknown: that message was not seen',
  type: 'string',
} as const;

/** Where the files of a message are, in one line. */
export const addressesOf = ({ files }: Event): string =>
  Array.isArray(files) ? files.map(({ url }: { url: string }) => url).join(' ') : '';

/** The keys of each event. */
export const eventFields: Readonly<Record<EventName, readonly Field<Event>[]>> = {
  message: [
    ...common,
    { key: 'type', summary: 'chat, normal, headline or groupchat', type: 'string' },
    from,
    resource,
    { key: 'to', summary: 'bare JID that it was sent to', type: 'string' },
    { key: 'id', summary: 'id that the sender gave it', type: 'string' },
    { key: 'stanzaId', summary: 'id in the archive of the own server', type: 'string' },
    { key: 'body', summary: 'the text', type: 'string' },
    { key: 'subject', summary: 'the subject', type: 'string' },
    { key: 'thread', summary: 'the conversation that it belongs to', type: 'string' },
    { key: 'delayed', summary: 'whether it was stored on the way', type: 'boolean' },
    { key: 'carbon', summary: 'received or sent: a copy of what another own device got or sent', type: 'string' },
    { key: 'source', summary: 'live, or archive', type: 'string' },
    { key: 'replaces', summary: 'id of the message that it corrects', type: 'string' },
    {
      key: 'correction',
      summary:
        'accepted, rejected (somebody else wrote that message, or it is this one, or a correction itself) or unknown (it was not seen)',
      type: 'string',
    },
    { key: 'replyTo', summary: 'id of the message that it answers', type: 'string' },
    {
      key: 'files',
      summary: 'what it announces: {url name size mediaType description hash}',
      type: 'object[]',
      keys: {
        url: 'string',
        name: 'string',
        size: 'number',
        mediaType: 'string',
        description: 'string',
        hash: 'object',
      },
    },
    room,
    nick,
    occupantId,
  ],
  presence: [
    ...common,
    from,
    resource,
    { key: 'show', summary: 'available, chat, away, xa, dnd or offline', type: 'string' },
    { key: 'status', summary: 'the words that go with it', type: 'string' },
    { key: 'priority', summary: 'from -128 to 127; null when offline', type: 'number' },
  ],
  subscription: [
    ...common,
    from,
    { key: 'action', summary: 'request, accepted, denied or cancelled', type: 'string' },
    { key: 'status', summary: 'the words that go with it', type: 'string' },
  ],
  receipt: [...common, ...sender, { key: 'id', summary: 'id of the message that was received', type: 'string' }],
  displayed: [...common, ...sender, { key: 'id', summary: 'id of the message that was displayed', type: 'string' }],
  chatstate: [
    ...common,
    ...sender,
    { key: 'state', summary: 'active, composing, paused, inactive or gone', type: 'string' },
  ],
  reaction: [
    ...common,
    ...sender,
    { key: 'id', summary: 'id of the message that it is to', type: 'string' },
    { key: 'reactions', summary: 'all that the sender has to it by now: emojis', type: 'string[]' },
  ],
  correction: [
    ...common,
    ...sender,
    { key: 'id', summary: 'id of the new message, which also is a message event', type: 'string' },
    { key: 'replaces', summary: 'id of the message whose place it takes', type: 'string' },
    { key: 'body', summary: 'the text from now on', type: 'string' },
    verdict,
  ],
  retraction: [
    ...common,
    ...sender,
    { key: 'id', summary: 'id of the message that was taken back', type: 'string' },
    verdict,
  ],
  file: [
    ...common,
    from,
    { key: 'url', summary: 'where it was', type: 'string' },
    { key: 'path', summary: 'where it is', type: 'string' },
    { key: 'size', summary: 'in bytes', type: 'number' },
    { key: 'sha256', summary: 'SHA-256 of the file, in hexadecimal', type: 'string' },
    { key: 'state', summary: 'received or failed', type: 'string' },
    { key: 'error', summary: 'why it failed: kind, condition, message', type: 'object' },
  ],
  occupant: [
    ...common,
    from,
    room,
    nick,
    { key: 'change', summary: 'joined, left, nick, kicked, banned, role or affiliation', type: 'string' },
    { key: 'newNick', summary: 'the nickname from now on', type: 'string' },
    { key: 'role', summary: 'moderator, participant, visitor or none', type: 'string' },
    { key: 'affiliation', summary: 'owner, admin, member, outcast or none', type: 'string' },
    { key: 'jid', summary: 'the real address, where the room shows it', type: 'string' },
    { key: 'by', summary: 'who did it: a nickname or an address', type: 'string' },
    { key: 'reason', summary: 'the reason given', type: 'string' },
    occupantId,
    { key: 'self', summary: 'whether it is ourselves', type: 'boolean' },
  ],
  subject: [
    ...common,
    from,
    room,
    nick,
    { key: 'subject', summary: 'what the room talks about from now on; empty: nothing', type: 'string' },
    { key: 'delayed', summary: 'whether it was set before', type: 'boolean' },
  ],
  invite: [
    ...common,
    { key: 'from', summary: 'who sent it: the room, or a contact', type: 'string' },
    { key: 'room', summary: 'the room to come to', type: 'string' },
    { key: 'by', summary: 'who invites, as the sender says', type: 'string' },
    { key: 'reason', summary: 'the reason given', type: 'string' },
    { key: 'password', summary: 'the password of the room, if it was told', type: 'string' },
    { key: 'direct', summary: 'whether a contact sent it, not the room', type: 'boolean' },
  ],
  connection: [...common, { key: 'state', summary: 'online, lost, resumed, catching-up or caught-up', type: 'string' }],
  gap: [
    ...common,
    { key: 'since', summary: 'from when on messages may be missing', type: 'string' },
    { key: 'until', summary: 'up to when', type: 'string' },
    { key: 'archive', summary: 'bare JID of the archive that does not reach back', type: 'string' },
  ],
  heartbeat: [...common],
};
