// listen --durable --room: what is said in a room while nobody listens is told by the next listener, once.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { servers, type XmppServer } from '../support/servers.ts';
import { at, spawnXmppctl, xmppctl } from '../support/xmppctl.ts';

const ops = 'ops@conference.localhost';
const dev = 'dev@conference.localhost';
const quiet = 'quiet@conference.localhost';
const rooms = [ops, dev];

describe.each(servers)('on %s', (_kind, start) => {
  let server: XmppServer;
  let home: string;
  beforeAll(async () => {
    server = await start();
    home = await mkdtemp(join(tmpdir(), 'xmppctl-durable-rooms-'));
    for (const user of ['alice', 'bob']) await server.register(user, 'secret');
    for (const room of [ops, dev, quiet]) {
      const created = await xmppctl(['muc', 'create', room, '--persistent', '--config', logging()], {
        env: as('alice'),
      });
      expect(created).toMatchObject({ exitCode: 0 });
    }
  });
  afterAll(async () => {
    await server.stop();
    await rm(home, { recursive: true, force: true });
  });

  const as = (name: string) => at(server, name, 'secret');
  const logging = () => (server.kind === 'prosody' ? 'enablearchiving=1' : 'mam=1');
  const say = async (room: string, ...bodies: string[]) => {
    for (const body of bodies)
      expect(await xmppctl(['muc', 'send', room, body], { env: as('alice') })).toMatchObject({ exitCode: 0 });
  };
  const listener = (cursor: string, ...args: string[]) =>
    spawnXmppctl(['listen', `--durable=${cursor}`, '--json', '--events', 'message,occupant,gap', ...args], {
      env: as('bob'),
      home,
    });
  const isIn = (room: string) => (line: string) => line.includes(`"room":"${room}"`) && line.includes('"self":true');
  const messages = (lines: readonly string[]) =>
    lines
      .map((line) => JSON.parse(line))
      .filter(({ event }) => event !== 'occupant')
      .map(({ event, room, body }) => (event === 'message' ? [room, body] : event));

  test('each room is taken up where it was left', async () => {
    const both = ['--room', ops, '--room', dev];
    {
      await using first = await listener('both', ...both, '--count', '2');
      for (const room of rooms) await first.waitForLine(isIn(room));
      await say(ops, 'one');
      await say(dev, 'eins');
      expect((await first.done).exitCode).toBe(0);
    }
    await say(ops, 'two', 'three');
    await say(dev, 'zwei');
    await xmppctl(['send', 'bob@localhost', 'to you'], { env: as('alice') });
    await using second = await listener('both', ...both, '--count', '5');
    for (const room of rooms) await second.waitForLine(isIn(room));
    await second.waitForLine(/zwei/);
    await second.waitForLine(/three/);
    await second.waitForLine(/to you/);
    await say(ops, 'four');
    expect((await second.done).exitCode).toBe(0);
    const told = messages((await second.done).lines());
    expect(told.filter(([room]) => room === ops)).toEqual(['two', 'three', 'four'].map((body) => [ops, body]));
    expect(told.filter(([room]) => room === dev)).toEqual([[dev, 'zwei']]);
    expect(told).toHaveLength(5);
  });

  test('also if nothing was said when it was entered for the first time', async () => {
    {
      await using first = await listener('quiet', '--room', quiet);
      await first.waitForLine(isIn(quiet));
      first.kill('SIGTERM');
      await first.done;
    }
    await say(quiet, 'after');
    await using second = await listener('quiet', '--room', quiet, '--count', '1');
    expect((await second.done).exitCode).toBe(0);
    expect(messages((await second.done).lines())).toEqual([[quiet, 'after']]);
  });

  test('a room without an archive tells nothing of the past, and nothing twice', async () => {
    const room = 'bare@conference.localhost';
    const without = server.kind === 'prosody' ? 'enablearchiving=0' : 'mam=0';
    await xmppctl(['muc', 'create', room, '--persistent', '--config', without], { env: as('alice') });
    for (const body of ['first', 'second']) {
      await using listens = await listener('bare', '--room', room, '--count', '1');
      await listens.waitForLine(isIn(room));
      await say(room, body);
      expect(messages((await listens.done).lines())).toEqual([[room, body]]);
      await say(room, 'meanwhile');
    }
  });

  test('another room in between leaves it where it is, and unread counts the own archive as ever', async () => {
    await using other = await listener('both', '--room', dev);
    await other.waitForLine(isIn(dev));
    await say(ops, 'five');
    await xmppctl(['send', 'bob@localhost', 'to you again'], { env: as('alice') });
    await other.waitForLine(/to you again/);
    other.kill('SIGTERM');
    await other.done;
    expect(messages((await other.done).lines())).toEqual([[null, 'to you again']]);
    expect((await xmppctl(['unread', '--durable=both', '--json'], { env: as('bob'), home })).json()).toEqual([]);
    await using again = await listener('both', '--room', ops, '--count', '1');
    expect(messages((await again.done).lines())).toEqual([[ops, 'five']]);
  });
});
