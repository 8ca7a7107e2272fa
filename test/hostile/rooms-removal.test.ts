/** CASES K, 95: whoever is thrown out. */
import { describe, expect, test } from 'vitest';
import { bodiesOf, eventsOf, joins, muc, other } from '../support/in-rooms.ts';
import { stanzaError } from '../support/peer.ts';
import {
  joinRefused,
  type Occupant,
  presence,
  type RoomScript,
  room,
  said,
  self,
  subject,
} from '../support/room-script.ts';

describe('whoever is thrown out while listening (95)', () => {
  const removed =
    (how: Occupant): RoomScript['joined'] =>
    (_join, times) =>
      self() + subject() + (times === 1 ? presence('alice', { gone: true, ...how }) : said('bob', 'back again'));
  const because = '<actor nick="boss"/><reason>too loud</reason>';

  test.each([
    ['kicked', { codes: [110, 307], inItem: because }, 77, 'kicked'],
    ['banned', { codes: [110, 301], affiliation: 'outcast', inItem: because }, 77, 'banned'],
    ['banned without a code', { codes: [110], affiliation: 'outcast', inItem: because }, 77, 'banned'],
    ['removed as no member', { codes: [110, 321], inItem: because }, 77, 'left'],
    ['removed because the room is for members now', { codes: [110, 322], inItem: because }, 77, 'left'],
    [
      'removed with the room',
      { codes: [110], beside: `<destroy jid='${other}'><reason>too loud</reason></destroy>` },
      67,
      'left',
    ],
    [
      'removed with the room, without being told that it is us',
      { beside: '<destroy><reason>too loud</reason></destroy>' },
      67,
      'left',
    ],
    ['removed without a word', { codes: [110] }, 75, 'left'],
  ])('%s: an event, the exit status, and no way back', async (_what, how, exit, change) => {
    const args = ['join', room, '--json', '--no-reconnect'];
    const ended = await muc(args, { joined: removed(how) });
    expect(ended.exitCode).toBe(exit);
    const [last] = eventsOf(ended).slice(-1);
    expect(last).toMatchObject({ event: 'occupant', change, nick: 'alice', self: true, room });
    if ('inItem' in how) expect(last).toMatchObject({ by: 'boss', reason: 'too loud' });
    if (exit !== 75) expect(ended.stderr).toContain('too loud');
    expect(joins(ended.server)).toHaveLength(1);
  });

  test.each([
    ['the room was shut down', { codes: [110, 332] }],
    ['the connection between servers broke', { codes: [110, 333] }],
    ['the connection broke, which some call a kick', { codes: [110, 307, 333] }],
  ])('%s: goes in again after a pause', async (_what, how) => {
    const ended = await muc(['join', room, '--json', '--count', '1'], { joined: removed(how) });
    expect(ended.exitCode).toBe(0);
    expect(bodiesOf(ended)).toEqual(['back again']);
    expect(joins(ended.server)).toHaveLength(2);
    expect(ended.durationMs).toBeGreaterThan(500);
  });

  test('is let in again only after some refusals: goes on trying', async () => {
    const ended = await muc(
      ['join', room, '--json', '--count', '1'],
      {
        joined: (join, times) => {
          if (times === 1) return self() + subject() + presence('alice', { gone: true, codes: [110, 332] });
          return times === 2
            ? joinRefused(join, 'service-unavailable', 'wait', 'not yet')
            : self() + said('bob', 'back');
        },
      },
      10,
    );
    expect(ended).toMatchObject({ exitCode: 0 });
    expect(joins(ended.server)).toHaveLength(3);
  });

  test('is banned when going in again: 77', async () => {
    const ended = await muc(['join', room, '--json'], {
      joined: (join, times) =>
        times === 1
          ? self() + presence('alice', { gone: true, codes: [110, 333] })
          : joinRefused(join, 'forbidden', 'auth', 'banned'),
    });
    expect(ended.exitCode).toBe(77);
    expect(joins(ended.server)).toHaveLength(2);
  });

  test('of one of two rooms: goes on in the other', async () => {
    const ended = await muc(['join', room, other, '--json', '--for', '4s'], {
      joined: (join) =>
        join.attrs.to?.startsWith(room)
          ? self() + presence('alice', { gone: true, codes: [110, 301] })
          : `${self().replaceAll(room, other)}${said('bob', 'still here', { room: other })}`,
    });
    expect(ended.exitCode).toBe(0);
    expect(eventsOf(ended)).toContainEqual(expect.objectContaining({ room: other, body: 'still here' }));
    expect(ended.stderr).toContain('banned');
  });

  test('was lost without being told: the ping to ourselves says so', async () => {
    const ended = await muc(['join', room, '--json', '--count', '1', '--ping-after', '200ms'], {
      joined: (_join, times) => self() + subject() + (times === 1 ? '' : said('bob', 'back again')),
      asked: (iq) => (iq.child('ping') ? stanzaError(iq, 'not-acceptable') : undefined),
    });
    expect(ended.exitCode).toBe(0);
    expect(joins(ended.server)).toHaveLength(2);
    expect(bodiesOf(ended)).toEqual(['back again']);
  });

  test.each(['service-unavailable', 'feature-not-implemented', 'item-not-found', 'remote-server-timeout'])(
    'is still there, says %s to the ping: stays',
    async (condition) => {
      let pings = 0;
      const ended = await muc(['join', room, '--json', '--count', '1', '--ping-after', '100ms'], {
        asked: (iq) => {
          if (!iq.child('ping')) return undefined;
          pings += 1;
          return stanzaError(iq, condition) + (pings === 3 ? said('bob', 'hello') : '');
        },
      });
      expect(ended.exitCode).toBe(0);
      expect(joins(ended.server)).toHaveLength(1);
    },
  );
});
