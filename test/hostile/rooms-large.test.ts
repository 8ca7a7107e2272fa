/** Large rooms: a thousand occupants, ten thousand messages, in a program that may not keep them. */
import { describe, expect, test } from 'vitest';
import { run } from '../support/attempt.ts';
import { eventsOf, muc } from '../support/in-rooms.ts';
import { archived, endOfPage, mam, plays, presence, room, said, self, subject } from '../support/room-script.ts';
import { scriptedServer } from '../support/scripted-server.ts';

/** Less than the messages below take; the program itself needs about 15 MB. */
const smallHeap = { NODE_OPTIONS: '--max-old-space-size=32' };
const text = 'x'.repeat(3500);
const count = 10_000;
/** As long as they usually are: pieces of what came, which may not keep the whole. */
const idsOf = (n: number | string) => ({ id: `${n}-of-its-author-8a1c`, stanzaId: `${n}-of-the-room-77d0` });

describe('a room', () => {
  test('with a thousand occupants lists them all in one pass', async () => {
    const nicks = Array.from({ length: 1000 }, (_, n) => `nick ${n} <${n}>`);
    const joined = (): string =>
      nicks.map((nick, n) => presence(nick, { jid: `user${n}@localhost/x`, affiliation: 'member' })).join('') + self();
    const ended = await muc(['members', room, '--json'], { joined }, 20);
    expect(ended).toMatchObject({ exitCode: 0, stderr: '' });
    const rows = ended.json<{ nick: string; jid: string }[]>();
    expect(rows.map(({ nick }) => nick)).toEqual(nicks);
    expect(rows[999]?.jid).toBe('user999@localhost');
  });

  test('with a thousand occupants is entered, and who comes later is told', async () => {
    const ended = await muc(['join', room, '--json', '--count', '1'], {
      joined: () =>
        Array.from({ length: 1000 }, (_, n) => presence(`nick ${n}`)).join('') +
        self() +
        subject() +
        presence('nick 7', { role: 'visitor' }) +
        presence('late') +
        said('late', 'hello'),
    });
    const changes = eventsOf(ended).flatMap(({ event, change, nick }) =>
      event === 'occupant' ? [`${nick} ${change}`] : [],
    );
    expect(changes).toEqual(['alice joined', 'nick 7 role', 'late joined']);
  });

  test('with an archive of ten thousand messages is read without keeping them', async () => {
    const script = plays({
      features: [mam],
      asked: (iq) => {
        const query = iq.child('query', mam);
        if (!query) return undefined;
        const set = query.child('set');
        const first = Number(set?.child('after')?.text ?? 0) + 1;
        const last = Math.min(first + Number(set?.child('max')?.text) - 1, count);
        const ids = Array.from({ length: last - first + 1 }, (_, n) => `${first + n}`);
        const results = ids.map((id) => archived(iq, id, said('bob', `${id} ${text}`, idsOf(id))));
        return results.join('') + endOfPage(iq, ids, last === count);
      },
    });
    await using server = await scriptedServer({ tls: 'direct' }, script);
    const ended = await run(['muc', 'history', room, '-o', 'ndjson'], server, { seconds: 60, env: smallHeap });
    expect([ended.exitCode, ended.stderr]).toEqual([0, '']);
    const bodies = ended.lines().map((line) => (JSON.parse(line) as { body: string }).body.split(' ')[0]);
    expect(bodies).toEqual(Array.from({ length: count }, (_, n) => `${n + 1}`));
  }, 120_000);

  test('that tells ten thousand old messages at once is heard without keeping them', async () => {
    const script = plays({
      joined: async (_join, _times, peer) => {
        await peer.send(self());
        for (let n = 1; n <= count; n++) {
          await peer.send(said('bob', `${n} ${text}`, { ...idsOf(n), stamp: '2020-01-02T03:04:05Z' }));
        }
        return subject();
      },
    });
    await using server = await scriptedServer({ tls: 'direct' }, script);
    const args = ['muc', 'join', room, '--json', '--events', 'message', '--history', `${count}`, '--count', `${count}`];
    const ended = await run(args, server, { seconds: 60, env: smallHeap });
    expect([ended.exitCode, ended.stderr]).toEqual([0, '']);
    expect(ended.lines().map((line) => (JSON.parse(line) as { id: string }).id)).toEqual(
      Array.from({ length: count }, (_, n) => idsOf(n + 1).id),
    );
  }, 120_000);
});
