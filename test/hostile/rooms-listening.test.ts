// CASES 93, 97 for those who listen: a room that does not let us in is no lost connection.
import { describe, expect, test } from 'vitest';
import { run } from '../support/attempt.ts';
import { other } from '../support/in-rooms.ts';
import { joinRefused, plays, type RoomScript, room, self, subject } from '../support/room-script.ts';
import { scriptedServer } from '../support/scripted-server.ts';

const refuses =
  (condition: string): RoomScript['joined'] =>
  (join) =>
    join.attrs.to?.startsWith(other)
      ? self().replaceAll(room, other) + subject()
      : joinRefused(join, condition, 'wait', 'not now');

async function listening(args: readonly string[], joined: RoomScript['joined']) {
  await using server = await scriptedServer({ tls: 'direct' }, plays({ joined }));
  const ended = await run([...args, '--for', '10s'], server, { seconds: 2 });
  return { ...ended, connections: server.connections };
}

describe.each([
  ['listen --room', ['listen', '--room', room]],
  ['listen, with another room', ['listen', '--room', other, '--room', room]],
  ['muc join', ['muc', 'join', room]],
  ['muc join, with another room', ['muc', 'join', other, room]],
])('%s', (_what, args) => {
  test.each(['service-unavailable', 'remote-server-timeout', 'resource-constraint'])(
    'refused with %s: 75 and the reason, and the connection is not blamed',
    async (condition) => {
      const ended = await listening(args, refuses(condition));
      expect([ended.exitCode, ended.connections], ended.stderr).toEqual([75, 1]);
      expect(ended.stderr).toContain(`cannot join ${room}: ${condition}: not now`);
      expect(ended.stderr).not.toContain('connection lost');
    },
  );

  test('never told that it is in: 75', async () => {
    const ended = await listening(args, () => undefined);
    expect([ended.exitCode, ended.connections], ended.stderr).toEqual([75, 1]);
  });
});
