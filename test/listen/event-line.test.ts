import { expect, test } from 'vitest';
import { eventLine } from '../../src/commands/event-line.ts';

const room = 'ops@rooms.example.org';
const base = { v: 1, time: '2026-01-02T03:04:05Z', account: 'me@example.org', from: room, room } as const;
const said = (event: Record<string, unknown>) => eventLine({ ...base, ...event } as never)[2];

test.each([
  ['of a room that has none', { nick: null, subject: '' }, '* there is no subject'],
  ['that somebody takes away', { nick: 'bob', subject: '' }, '* takes the subject away'],
  ['that somebody sets', { nick: 'bob', subject: 'tea' }, '* sets the subject: tea'],
])('a subject %s', (_what, event, line) => {
  expect(said({ event: 'subject', delayed: false, ...event })).toBe(line);
});

test('an invitation through the room says who invites', () => {
  const invite = { event: 'invite', by: 'bob@example.org', reason: 'tea' };
  expect(said({ ...invite, direct: false })).toBe(`* bob@example.org invites to ${room} (tea)`);
  expect(said({ ...invite, direct: true, from: 'bob@example.org' })).toBe(`* invites to ${room} (tea)`);
});

test.each([
  [null, null, 'https://a.example/x https://a.example/y'],
  ['look', null, 'look'],
  [null, 'holiday', '[holiday] https://a.example/x https://a.example/y'],
])('a message that announces files with the text %j and the subject %j', (body, subject, line) => {
  const files = ['x', 'y'].map((name) => ({ url: `https://a.example/${name}` }));
  expect(said({ event: 'message', type: 'groupchat', body, subject, files })).toBe(line);
});
