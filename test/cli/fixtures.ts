/** A few commands that have every kind of argument, for tests of parser, help and generators. */
import {
  type Command,
  defineCommand,
  flag,
  option,
  optionalPositional,
  options,
  positional,
  positionals,
  restOption,
} from '../../src/grammar/command.ts';
import { choice, choices, directory, duration, file, integer, jid, text } from '../../src/grammar/values.ts';

interface Sent {
  to: string;
  id: string;
  status: string;
}

export const send = defineCommand({
  name: 'send',
  summary: 'sends one message',
  description: 'Ends with status 0 when the server has taken responsibility.\n\nA second paragraph.',
  args: {
    to: positional(jid(), 'who gets it'),
    body: optionalPositional(text('BODY'), 'the text; default: standard input'),
    bodyFile: option(file(), 'the text from FILE', { alias: 'f' }),
    subject: option(text(), 'the subject'),
    wait: option(choice(['none', 'server', 'receipt', 'displayed']), 'what to wait for', { preset: 'server' }),
    correct: option(text('ID'), 'corrects an earlier message'),
    alsoTo: options(jid(), 'one more recipient', { alias: 't' }),
    lines: flag('one message a line'),
    allowEmpty: flag('send also an empty text'),
  },
  shared: 'connecting',
  fields: [
    { key: 'to', summary: 'recipient', type: 'string' },
    { key: 'id', summary: 'id of the message', type: 'string' },
    { key: 'status', summary: 'what is known', type: 'string' },
  ],
  examples: [
    ['xmppctl send bob@example.org "hello"', 'one message'],
    ['date | xmppctl send bob@example.org', 'the text from a pipe'],
  ],
  fails: ['data', 'noinput', 'nouser'],
  confirm: (row: Sent) => `sent to ${row.to}`,
  yields: 'one',
  run: async (): Promise<Sent> => ({ to: '', id: '', status: '' }),
});

interface Event extends Record<string, unknown> {
  event: string;
  time: string;
}

const common = [
  { key: 'v', summary: 'version of the format', type: 'number' },
  { key: 'event', summary: 'what happened', type: 'string' },
  { key: 'time', summary: 'when', type: 'string' },
] as const;

export const listen = defineCommand({
  name: 'listen',
  summary: 'prints what comes in, until stopped',
  args: {
    room: options(jid('room', 'ROOM'), 'join this room'),
    count: option(integer(1, 1_000_000), 'end after N messages'),
    events: option(choices(['message', 'presence', 'receipt']), 'only these events'),
    durable: option(text('NAME'), 'keep a cursor', { bare: 'default' }),
    heartbeat: option(duration(), 'print a sign of life'),
    download: option(directory(), 'fetch announced files'),
    exec: restOption(text('CMD'), 'run a command for each message'),
  },
  shared: 'connecting',
  fields: common,
  variants: {
    key: 'event',
    fields: {
      message: [
        ...common,
        { key: 'from', summary: 'bare JID', type: 'string' },
        { key: 'body', summary: 'the text', type: 'string' },
        { key: 'files', summary: 'announced files', type: 'object[]' },
      ],
      gap: [...common, { key: 'since', summary: 'start of what is missing', type: 'string' }],
    },
  },
  line: (row: { event: string; time: string; from?: string; body?: string }) => [
    row.time,
    row.from ?? '',
    row.body ?? '',
  ],
  examples: [['xmppctl listen --json', 'events as JSON']],
  yields: 'stream',
  async *run(): AsyncGenerator<Event> {},
});

export const contacts = defineCommand({
  name: 'contacts',
  summary: 'lists the contacts',
  args: { presence: flag('who is online, too'), group: option(text('GROUP'), 'only this group') },
  shared: 'connecting',
  fields: [
    { key: 'jid', summary: 'address', type: 'string' },
    { key: 'name', summary: 'name', type: 'string' },
    { key: 'groups', summary: 'groups', type: 'string[]' },
    { key: 'approved', summary: 'approved in advance', type: 'boolean', column: false },
    { key: 'online', summary: 'whether online', type: 'boolean', show: (value) => (value ? 'yes' : 'no') },
  ],
  examples: [['xmppctl contacts --presence', 'who is there']],
  yields: 'list',
  run: async (): Promise<
    readonly { jid: string; name: string; groups: string[]; approved: boolean; online: boolean }[]
  > => [],
});

const local = (name: string, summary: string) => ({
  name,
  summary,
  shared: 'local' as const,
  fields: [],
  examples: [],
});

export const completion = defineCommand({
  ...local('completion', 'prints the completion script'),
  args: { shell: positional(choice(['bash', 'zsh', 'fish'], 'SHELL'), 'the shell') },
  yields: 'text',
  run: async () => '',
});
export const accounts = defineCommand({
  ...local('accounts', 'lists the accounts'),
  args: {},
  yields: 'list',
  run: async (): Promise<readonly object[]> => [],
});
export const accountsUse = defineCommand({
  ...local('accounts use', 'makes an account the default'),
  args: { jid: positional(jid('account'), 'the account') },
  yields: 'one',
  run: async () => ({}),
});
export const mucSend = defineCommand({
  ...local('muc send', 'sends a message to a room'),
  shared: 'connecting',
  args: {
    room: positional(jid('room', 'ROOM'), 'the room'),
    body: optionalPositional(text('BODY'), 'the text'),
    nick: option(text('NICK'), 'the nickname in the room'),
  },
  yields: 'one',
  run: async () => ({}),
});
export const mucList = defineCommand({
  ...local('muc list', 'lists the rooms of a service'),
  shared: 'connecting',
  args: {},
  yields: 'list',
  run: async (): Promise<readonly object[]> => [],
});
export const get = defineCommand({
  ...local('get', 'downloads files'),
  shared: 'connecting',
  args: { urls: positionals(text('URL'), 'addresses of the files'), dir: option(directory(), 'where to') },
  yields: 'list',
  run: async (): Promise<readonly object[]> => [],
});

export const commands: readonly Command[] = [
  send,
  listen,
  contacts,
  completion,
  accounts,
  accountsUse,
  mucSend,
  mucList,
  get,
];
