/** CASES K, 96, and 33 of D: what a room tells of its past. */
import { describe, expect, test } from 'vitest';
import { bodiesOf, eventsOf, joins, muc, other, sent } from '../support/in-rooms.ts';
import { stanzaError } from '../support/peer.ts';
import { archived, endOfPage, mam, presence, room, said, self, subject } from '../support/room-script.ts';

describe('what a room tells of its past (96)', () => {
  const old = (text: string, stanzaId?: string): string =>
    said('bob', text, { id: text, stamp: '2020-01-02T03:04:05Z', ...(stanzaId ? { stanzaId } : {}) });

  test('is not told as new if nobody asked for it', async () => {
    const ended = await muc(['join', room, '--json', '--count', '1'], {
      joined: () => self() + old('one') + old('two') + subject() + said('bob', 'now'),
    });
    expect(bodiesOf(ended)).toEqual(['now']);
    const [join] = joins(ended.server);
    expect(join?.child('x')?.child('history')?.attrs).toEqual({ maxstanzas: '0' });
  });

  test('is told, as delayed, if somebody did', async () => {
    const ended = await muc(['join', room, '--json', '--count', '3', '--history', '2'], {
      joined: () => self() + old('one') + old('two') + subject() + said('bob', 'now'),
    });
    expect(eventsOf(ended).filter(({ event }) => event === 'message')).toMatchObject([
      { body: 'one', delayed: true, source: 'live', time: '2020-01-02T03:04:05.000Z' },
      { body: 'two', delayed: true },
      { body: 'now', delayed: false },
    ]);
    expect(joins(ended.server)[0]?.child('x')?.child('history')?.attrs).toEqual({ maxstanzas: '2' });
  });

  test('is told with the subjects that it had then (ejabberd)', async () => {
    const was = subject('was').replace(
      '</message>',
      `<delay xmlns='urn:xmpp:delay' from='${room}' stamp='2020-01-02T03:04:05Z'/></message>`,
    );
    const ended = await muc(['join', room, '--json', '--count', '3', '--history', '3'], {
      joined: () => self() + old('one') + was + old('two') + subject('is') + said('bob', 'now'),
    });
    expect(eventsOf(ended).filter(({ event }) => event !== 'occupant')).toMatchObject([
      { body: 'one', delayed: true },
      { subject: 'was', delayed: true, time: '2020-01-02T03:04:05.000Z' },
      { body: 'two', delayed: true, time: '2020-01-02T03:04:05.000Z' },
      { subject: 'is' },
      { body: 'now', delayed: false },
    ]);
  });

  test('comes from the archive where there is one, and what came live meanwhile comes once', async () => {
    const ended = await muc(['join', room, '--json', '--count', '3', '--history', '3'], {
      features: [mam],
      joined: () => self() + subject() + said('bob', 'three', { id: 'three', stanzaId: 'a3' }),
      asked: (iq) =>
        iq.child('query', mam) &&
        ['one', 'two', 'three'].map((body, n) => archived(iq, `a${n + 1}`, said('bob', body))).join('') +
          endOfPage(iq, ['a1', 'a3']),
    });
    expect(eventsOf(ended).filter(({ event }) => event === 'message')).toMatchObject([
      { body: 'one', source: 'archive', stanzaId: 'a1', delayed: true },
      { body: 'two', source: 'archive', stanzaId: 'a2' },
      { body: 'three', source: 'live', stanzaId: 'a3', delayed: false },
    ]);
  });

  test('ends where the present begins, also if more has been said since than was asked for', async () => {
    const ended = await muc(['join', room, '--json', '--count', '3', '--history', '2'], {
      features: [mam],
      joined: () =>
        self() +
        subject() +
        ['one', 'two', 'three'].map((body, n) => said('bob', body, { id: body, stanzaId: `a${n + 1}` })).join(''),
      asked: (iq) =>
        iq.child('query', mam) &&
        ['two', 'three'].map((body, n) => archived(iq, `a${n + 2}`, said('bob', body))).join('') +
          endOfPage(iq, ['a2', 'a3']),
    });
    expect(bodiesOf(ended)).toEqual(['one', 'two', 'three']);
  });

  test('is not what somebody in it says to be of the past', async () => {
    const before = Date.now();
    const ended = await muc(['join', room, '--json', '--count', '1'], {
      joined: () => self() + subject() + old('one'),
    });
    const [message] = eventsOf(ended).filter(({ event }) => event === 'message');
    expect(message).toMatchObject({ body: 'one', delayed: false });
    expect(Date.parse(String(message?.time))).toBeGreaterThanOrEqual(before);
  });

  test('has the subject that we find there, whether the room says since when or not (ejabberd)', async () => {
    const ended = await muc(['join', room, '--json', '--events', 'subject,message', '--count', '1'], {
      joined: () => self() + subject('old') + subject('new') + said('bob', 'end'),
    });
    expect(eventsOf(ended)).toMatchObject([
      { subject: 'old', delayed: true },
      { subject: 'new', delayed: false },
      { body: 'end' },
    ]);
  });

  test('comes from the archive after a restart, from the last message on', async () => {
    const ended = await muc(['join', room, '--json', '--count', '3'], {
      features: [mam],
      joined: (_join, times) =>
        self() +
        subject() +
        (times === 1
          ? said('bob', 'before', { id: 'b', stanzaId: 'a1' }) + presence('alice', { gone: true, codes: [110, 332] })
          : said('bob', 'after', { id: 'c', stanzaId: 'a3' })),
      asked: (iq) => iq.child('query', mam) && archived(iq, 'a2', said('bob', 'meanwhile')) + endOfPage(iq, ['a2']),
    });
    expect(bodiesOf(ended)).toEqual(['before', 'meanwhile', 'after']);
    const query = sent(ended.server, 'iq').find((iq) => iq.child('query', mam));
    expect(query?.child('query')?.child('set')?.child('after')?.text).toBe('a1');
  });

  test('is forged, unasked or of another query: nothing of it is told (33)', async () => {
    const ended = await muc(['history', room, '--json'], {
      features: [mam],
      asked: (iq, peer) => {
        if (!iq.child('query', mam)) return undefined;
        const own = said('bob', 'true');
        return [
          archived(iq, 'f1', said('bob', 'from an occupant'), `${room}/mallory`),
          archived(iq, 'f2', said('bob', 'from another room'), other),
          archived(iq, 'f3', said('bob', 'from our own account'), peer.jid),
          archived(iq, 'f4', said('bob', 'of another query')).replace(/queryid='[^']*'/, "queryid='x'"),
          archived(iq, 'f5', said('mallory', 'of another room', { room: other })),
          archived(iq, 'a1', own),
          endOfPage(iq, ['a1']),
        ].join('');
      },
    });
    expect(ended).toMatchObject({ exitCode: 0, stderr: '' });
    expect(ended.json<{ body: string }[]>().map(({ body }) => body)).toEqual(['true']);
  });

  test('cannot be had: the room is joined all the same, and it is said', async () => {
    const ended = await muc(['join', room, '--json', '--count', '1', '--history', '5'], {
      features: [mam],
      joined: () => self() + subject() + said('bob', 'now'),
      asked: (iq) => (iq.child('query', mam) ? stanzaError(iq, 'internal-server-error', 'wait') : undefined),
    });
    expect([ended.exitCode, bodiesOf(ended)]).toEqual([0, ['now']]);
    expect(ended.stderr).toContain('before cannot be had');
  });
});
