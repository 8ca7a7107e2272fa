/** CASES K, 93: rooms that refuse us, and that come into being by mistake. */
import { describe, expect, test } from 'vitest';
import { eventsOf, joins, muc, other, sent } from '../support/in-rooms.ts';
import { result, stanzaError } from '../support/peer.ts';
import { joinRefused, type RoomScript, room, self, subject } from '../support/room-script.ts';

describe('a room that refuses to let us in (93)', () => {
  test.each([
    ['not-authorized', 'auth', 77],
    ['forbidden', 'auth', 77],
    ['item-not-found', 'cancel', 67],
    ['not-allowed', 'cancel', 77],
    ['not-acceptable', 'cancel', 77],
    ['registration-required', 'auth', 77],
    ['conflict', 'cancel', 81],
    ['service-unavailable', 'wait', 75],
    ['service-unavailable', 'cancel', 75],
    ['resource-constraint', 'wait', 75],
    ['remote-server-not-found', 'cancel', 68],
    ['jid-malformed', 'modify', 64],
    ['nonsense', 'nonsense', 76],
  ])('with %s (%s) ends muc send with %d, the reason printed and nothing sent', async (condition, type, exit) => {
    const script = { joined: joinWith(condition, type) };
    const ended = await muc(['send', room, 'hello', '--json'], script);
    expect(ended.exitCode).toBe(exit);
    expect(eventsOf(ended)).toEqual([
      expect.objectContaining({ to: room, status: 'failed', error: expect.objectContaining({ exit, condition }) }),
    ]);
    expect(ended.stderr).toContain('because I say so');
    expect(ended.stderr).not.toContain('\u202e');
    expect(sent(ended.server, 'message')).toEqual([]);
    expect(await muc(['join', room], script)).toMatchObject({ exitCode: exit, stdout: '' });
    expect(await muc(['members', room], script)).toMatchObject({ exitCode: exit, stdout: '' });
  });

  const joinWith =
    (condition: string, type: string): RoomScript['joined'] =>
    (join) =>
      joinRefused(join, condition, type, '\u202ebecause I say so'.padEnd(5000, '!'));

  test('because the nickname is taken, up to the fifth with --nick-fallback', async () => {
    const { exitCode, server } = await muc(['send', room, 'hello', '--nick-fallback'], {
      joined: joinWith('conflict', 'cancel'),
    });
    expect(exitCode).toBe(81);
    expect(joins(server).map(({ attrs }) => attrs.to)).toEqual(
      ['alice', 'alice-2', 'alice-3', 'alice-4', 'alice-5'].map((nick) => `${room}/${nick}`),
    );
  });

  test('but speaks of another room, or of another presence, has not refused', async () => {
    const stranger = `<presence type='error' from='${other}/alice' id='x'><error type='cancel'><conflict xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></presence>`;
    const ended = await muc(['send', room, 'hello'], {
      joined: () => stranger + stranger.replace(other, room) + self(),
    });
    expect(ended).toMatchObject({ exitCode: 0, stderr: '' });
  });
});

describe('a room that comes into being because we join it', () => {
  test('is given up at once: 67', async () => {
    const created = (): string => self('alice', [201]) + subject();
    for (const args of [
      ['send', room, 'hello'],
      ['join', room],
      ['members', room],
    ]) {
      const ended = await muc(args, {
        joined: created,
        asked: (iq) => (iq.child('query')?.child('destroy') ? result(iq) : undefined),
      });
      expect(ended).toMatchObject({ exitCode: 67, stdout: '' });
      expect(sent(ended.server, 'iq').some((iq) => iq.child('query')?.child('destroy'))).toBe(true);
      expect(sent(ended.server, 'message')).toEqual([]);
    }
  });

  test('is none where its service says so: nobody joins it', async () => {
    for (const condition of ['item-not-found', 'gone']) {
      const ended = await muc(['send', room, 'hello'], { asked: (iq) => stanzaError(iq, condition) });
      expect(ended).toMatchObject({ exitCode: 67, stdout: '' });
      expect(joins(ended.server)).toEqual([]);
    }
  });

  test('is none where an account, or nobody who has rooms, answers: no presence is sent there', async () => {
    const account =
      "<query xmlns='http://jabber.org/protocol/disco#info'><identity category='account' type='registered'/></query>";
    const answers: RoomScript['asked'][] = [
      (iq) => result(iq, account),
      (iq) => (iq.attrs.to === room ? stanzaError(iq, 'service-unavailable') : result(iq, account)),
    ];
    for (const asked of answers) {
      const ended = await muc(['send', room, 'hello'], asked ? { asked } : {});
      expect(ended).toMatchObject({ exitCode: 67, stdout: '' });
      expect(joins(ended.server)).toEqual([]);
    }
  });
});
