// Bookmarked rooms on real servers, as XEP-0402 and XEP-0048 keep them.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { servers, type XmppServer } from '../support/servers.ts';
import { at, xmppctl } from '../support/xmppctl.ts';

describe.each(servers)('on %s', (kind, start) => {
  let server: XmppServer;
  beforeAll(async () => {
    server = await start();
    await server.register('alice', 'secret');
  });
  afterAll(() => server.stop());

  const muc = (who: string, ...args: string[]) => xmppctl(['muc', ...args], { env: at(server, who, 'secret') });
  const done = { stderr: '', stdout: '', exitCode: 0 };
  const address = (name: string) => `${name}@conference.localhost`;

  test('bookmarks are added, changed, shown and removed; leave keeps clients away', async () => {
    expect((await muc('alice', 'bookmarks', '--json')).json()).toEqual([]);
    expect(await muc('alice', 'bookmarks', '--add', address('one'), '--name', 'Öne', '--autojoin')).toMatchObject(done);
    expect(await muc('alice', 'bookmarks', '--add', address('two'), '--nick', 'al/ice')).toMatchObject(done);
    const rows = async () => (await muc('alice', 'bookmarks', '--json')).json<{ room: string }[]>();
    const sorted = async () => (await rows()).sort((a, b) => a.room.localeCompare(b.room));
    expect(await sorted()).toEqual([
      { room: address('one'), name: 'Öne', nick: null, autojoin: true },
      { room: address('two'), name: null, nick: 'al/ice', autojoin: false },
    ]);
    expect(await muc('alice', 'bookmarks', '--add', address('one'), '--nick', 'x')).toMatchObject(done);
    expect(await muc('alice', 'leave', address('one'))).toMatchObject(done);
    expect((await sorted())[0]).toEqual({ room: address('one'), name: 'Öne', nick: 'x', autojoin: false });
    expect(await muc('alice', 'bookmarks', '--remove', address('two'))).toMatchObject(done);
    expect(await muc('alice', 'bookmarks', '--remove', address('two'))).toMatchObject({ stdout: '', exitCode: 67 });
    expect(await muc('alice', 'leave', address('two'))).toMatchObject({ stdout: '', exitCode: 67 });
    expect(await muc('alice', 'leave', address('one'), '--forget')).toMatchObject(done);
    expect(await rows()).toEqual([]);
  });

  test(`${kind} without PEP keeps bookmarks in private storage, and without rooms says so`, async () => {
    const poor = await start({ without: ['pep', 'muc'] });
    try {
      await poor.register('dave', 'secret');
      const dave = (...args: string[]) => xmppctl(['muc', ...args], { env: at(poor, 'dave', 'secret') });
      expect(await dave('bookmarks', '--add', 'a@rooms.example.org', '--autojoin')).toMatchObject(done);
      expect(await dave('bookmarks', '--add', 'b@rooms.example.org')).toMatchObject(done);
      expect(await dave('leave', 'a@rooms.example.org')).toMatchObject(done);
      expect((await dave('bookmarks', '--json')).json()).toEqual([
        { room: 'b@rooms.example.org', name: null, nick: null, autojoin: false },
        { room: 'a@rooms.example.org', name: null, nick: null, autojoin: false },
      ]);
      expect(await dave('send', 'bare', 'hi')).toMatchObject({ stdout: '', exitCode: 69 });
      expect(await dave('list')).toMatchObject({ stdout: '', exitCode: 69 });
    } finally {
      await poor.stop();
    }
  });
});
