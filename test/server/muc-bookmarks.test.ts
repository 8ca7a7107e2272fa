// Bookmarked rooms on real servers, as XEP-0402 and XEP-0048 keep them.
import { describe, expect, test } from 'vitest';
import { roomUsers, silently } from '../support/room-users.ts';
import { servers } from '../support/servers.ts';
import { at, xmppctl } from '../support/xmppctl.ts';

describe.each(servers)('on %s', (kind, start) => {
  const { muc, done, address } = roomUsers(start, 0);

  test('bookmarks are added, changed, shown and removed; leave keeps clients away', async () => {
    expect((await muc('alice', ['bookmarks', '--json'])).json()).toEqual([]);
    await done('alice', 'bookmarks', '--add', address('one'), '--name', 'Öne', '--autojoin');
    await done('alice', 'bookmarks', '--add', address('two'), '--nick', 'al/ice');
    const rows = async () => (await muc('alice', ['bookmarks', '--json'])).json<{ room: string }[]>();
    const sorted = async () => (await rows()).sort((a, b) => a.room.localeCompare(b.room));
    expect(await sorted()).toEqual([
      { room: address('one'), name: 'Öne', nick: null, autojoin: true },
      { room: address('two'), name: null, nick: 'al/ice', autojoin: false },
    ]);
    await done('alice', 'bookmarks', '--add', address('one'), '--nick', 'x');
    await done('alice', 'leave', address('one'));
    expect((await sorted())[0]).toEqual({ room: address('one'), name: 'Öne', nick: 'x', autojoin: false });
    await done('alice', 'bookmarks', '--remove', address('two'));
    const gone = await Promise.all([
      muc('alice', ['bookmarks', '--remove', address('two')]),
      muc('alice', ['leave', address('two')]),
    ]);
    for (const ended of gone) expect(ended).toMatchObject({ stdout: '', exitCode: 67 });
    await done('alice', 'leave', address('one'), '--forget');
    expect(await rows()).toEqual([]);
  });

  test(`${kind} without PEP keeps bookmarks in private storage, and without rooms says so`, async () => {
    await using poor = await start({ without: ['pep', 'muc'] });
    await poor.register('dave', 'secret');
    const dave = (...args: string[]) => xmppctl(['muc', ...args], { env: at(poor, 'dave', 'secret') });
    expect(await dave('bookmarks', '--add', 'a@rooms.example.org', '--autojoin')).toMatchObject(silently);
    expect(await dave('bookmarks', '--add', 'b@rooms.example.org')).toMatchObject(silently);
    expect(await dave('leave', 'a@rooms.example.org')).toMatchObject(silently);
    expect((await dave('bookmarks', '--json')).json()).toEqual([
      { room: 'b@rooms.example.org', name: null, nick: null, autojoin: false },
      { room: 'a@rooms.example.org', name: null, nick: null, autojoin: false },
    ]);
    const ends = await Promise.all([dave('send', 'bare', 'hi'), dave('list')]);
    for (const ended of ends) expect(ended).toMatchObject({ stdout: '', exitCode: 69 });
  });

  test(`${kind} with several services for rooms: a name alone is not enough`, async () => {
    await using rich = await start({ roomServices: ['conference', 'rooms'] });
    await rich.register('dave', 'secret');
    const dave = (...args: string[]) => xmppctl(['muc', ...args], { env: at(rich, 'dave', 'secret') });
    const [send, list] = await Promise.all([dave('send', 'bare', 'hi'), dave('list')]);
    for (const { exitCode, stdout, stderr } of [send, list]) {
      expect([exitCode, stdout]).toEqual([64, '']);
      expect(stderr).toMatch(/conference\.localhost, rooms\.localhost|rooms\.localhost, conference\.localhost/);
    }
    expect(await dave('create', 'bare', '--service', 'rooms.localhost')).toMatchObject(silently);
    expect((await dave('info', 'bare@rooms.localhost', '--json')).json()).toMatchObject({
      room: 'bare@rooms.localhost',
    });
  });
});
