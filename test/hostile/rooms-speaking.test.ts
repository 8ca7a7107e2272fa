/** CASES K, 94 and 97: rooms that do not take a message, or never let us in. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { run } from '../support/attempt.ts';
import { removeDirectory, temporaryDirectory } from '../support/daemon.ts';
import { eventsOf, joins, muc, other, sent } from '../support/in-rooms.ts';
import { stanzaError } from '../support/peer.ts';
import { plays, presence, type RoomScript, reflection, room, said, self } from '../support/room-script.ts';
import { scriptedServer } from '../support/scripted-server.ts';

describe('whoever sends to a room', () => {
  test('goes in without asking for its history, speaks when it is in, and leaves', async () => {
    const ended = await muc(['send', room, 'hello'], {});
    expect(ended).toMatchObject({ exitCode: 0, stderr: '', stdout: '' });
    const received = ended.server.peers.flatMap((peer) => peer.received).filter(({ name }) => name !== 'iq');
    const steps = received.filter(({ attrs }) => attrs.to?.startsWith(room));
    expect(steps.map(({ name, attrs }) => [name, attrs.to, attrs.type])).toEqual([
      ['presence', `${room}/alice`, undefined],
      ['message', room, 'groupchat'],
      ['presence', `${room}/alice`, 'unavailable'],
    ]);
    expect(steps[0]?.child('x')?.child('history')?.attrs).toEqual({ maxstanzas: '0' });
  });

  test('is called what --nick says, else what the account is configured to, else as the account', async () => {
    const home = await temporaryDirectory('home');
    await mkdir(join(home, '.config', 'xmppctl'), { recursive: true, mode: 0o700 });
    const accounts = { 'alice@localhost': { nick: 'Al ice/1' } };
    await writeFile(join(home, '.config', 'xmppctl', 'config.json'), JSON.stringify({ accounts }), { mode: 0o600 });
    await using server = await scriptedServer({ tls: 'direct' }, plays({ joined: (join) => selfAs(join) }));
    for (const [where, more] of [
      [{}, []],
      [{ home }, []],
      [{ home }, ['--nick', 'me']],
    ] as const) {
      await run(['muc', 'members', room, ...more], server, where);
    }
    expect(joins(server).map(({ attrs }) => attrs.to)).toEqual([`${room}/alice`, `${room}/Al ice/1`, `${room}/me`]);
    removeDirectory(home);
  });
  const selfAs = ({ attrs }: { attrs: { to?: string } }): string => self(attrs.to?.slice(room.length + 1));
});

describe('a room that does not take a message (94)', () => {
  const refuses = (condition: string, type = 'auth') => ({
    spoken: (message: Parameters<typeof reflection>[0]) => stanzaError(message, condition, type),
  });

  test('because we have no voice: 77', async () => {
    const ended = await muc(['send', room, 'hello'], refuses('forbidden'));
    expect(ended).toMatchObject({ exitCode: 77, stdout: '' });
    expect(ended.stderr).toContain('no voice');
    expect(sent(ended.server, 'message')).toHaveLength(1);
  });

  test('because we are not in it: we go in once more, and send the same message again', async () => {
    const script: RoomScript = {
      spoken: (message, times) =>
        times === 1 ? stanzaError(message, 'not-acceptable', 'modify') : reflection(message),
    };
    const ended = await muc(['send', room, 'hello'], script);
    expect(ended).toMatchObject({ exitCode: 0, stderr: '', stdout: '' });
    expect(joins(ended.server)).toHaveLength(2);
    const ids = sent(ended.server, 'message').map(({ attrs }) => attrs.id);
    expect(ids).toEqual([ids[0], ids[0]]);
  });

  test('because we are not in it, and again: 75, and no loop', async () => {
    const ended = await muc(['send', room, 'hello'], refuses('not-acceptable', 'modify'));
    expect(ended).toMatchObject({ exitCode: 75, stdout: '' });
    expect(joins(ended.server)).toHaveLength(2);
    expect(sent(ended.server, 'message')).toHaveLength(2);
  });

  type Message = Parameters<typeof reflection>[0];
  const lies: Record<string, (message: Message) => string> = {
    'nothing comes back': () => '',
    'somebody else says the same': (message) => reflection(message, 'mallory'),
    'another room shows it': (message) => reflection(message).replaceAll(room, other),
    'a private message looks like it': ({ attrs: { id = '' } }) => said('alice', 'hello', { id, type: 'chat' }),
    'it has another id': (message) => reflection(message).replace(/id='[^']*'/, "id='other'"),
    'somebody else says that it was refused': (message) => stanzaError(message, 'forbidden').replaceAll(room, other),
  };

  test('and what comes back is nothing, or of somebody else, or another message: 79, never 0', async () => {
    const ends = await Promise.all(
      Object.values(lies).map((spoken) => muc(['send', room, 'hello', '--json'], { spoken }, 8)),
    );
    expect(Object.keys(lies).map((what, index) => [what, ends[index]?.exitCode])).toEqual(
      Object.keys(lies).map((what) => [what, 79]),
    );
    for (const ended of ends) expect(eventsOf(ended)).toMatchObject([{ status: 'unknown' }]);
  }, 60_000);

  test('but gives it an id of its own and keeps the origin-id: that is the message', async () => {
    const ended = await muc(['send', room, 'hello'], {
      spoken: (message) =>
        said('alice', 'hello', { id: 'other', more: `<origin-id xmlns='urn:xmpp:sid:0' id='${message.attrs.id}'/>` }),
    });
    expect(ended).toMatchObject({ exitCode: 0, stderr: '' });
  });

  test('and the stream breaks after the message left: 79', async () => {
    await using server = await scriptedServer({ tls: 'direct' }, async (peer, number) => {
      if (number > 0) return peer.destroy();
      const spoken = (): string => {
        peer.destroy();
        return '';
      };
      await plays({ spoken })(peer, number).catch(() => {});
    });
    const ended = await run(['muc', 'send', room, 'hello'], server, { seconds: 3 });
    expect([ended.exitCode, ended.stdout]).toEqual([79, '']);
  });
});

describe('a room that never lets us in (97)', () => {
  test('because it stays silent: 75 at the deadline', async () => {
    for (const args of [
      ['send', room, 'hello'],
      ['join', room],
      ['members', room],
      ['subject', room],
    ]) {
      const ended = await muc(args, { joined: () => '' }, 1);
      expect(ended).toMatchObject({ exitCode: 75, stdout: '' });
      expect(sent(ended.server, 'message')).toEqual([]);
    }
  });

  test('because it floods us with presence: 75 at the deadline', async () => {
    const flood: RoomScript['joined'] = async (_join, _times, peer) => {
      const until = performance.now() + 10_000;
      for (let n = 0; peer.isOpen && performance.now() < until; n += 100) {
        await peer.send(Array.from({ length: 100 }, (_, index) => presence(`nick ${n + index}`)).join(''));
      }
      return '';
    };
    for (const args of [
      ['send', room, 'hello'],
      ['join', room],
      ['members', room],
    ]) {
      const ended = await muc(args, { joined: flood }, 1);
      expect(ended).toMatchObject({ exitCode: 75, stdout: '' });
    }
  });

  test('but is somebody else of our name: only 110 counts', async () => {
    const ended = await muc(['send', room, 'hello'], { joined: () => presence('alice') }, 1);
    expect(ended).toMatchObject({ exitCode: 75, stdout: '' });
  });
});
