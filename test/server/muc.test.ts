// Rooms on real servers: creating, speaking, looking, ending.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { removeDirectory, temporaryDirectory } from '../support/daemon.ts';
import { servers, type XmppServer } from '../support/servers.ts';
import { at, type RunOptions, xmppctl } from '../support/xmppctl.ts';

describe.each(servers)('on %s', (kind, start) => {
  let server: XmppServer;
  let home: string;
  let number = 0;
  beforeAll(async () => {
    server = await start();
    for (const who of ['alice', 'bob', 'carol']) await server.register(who, 'secret');
    home = await temporaryDirectory('muc');
    await writeFile(join(home, 'room.txt'), 'open sesame\n', { mode: 0o600 });
  });
  afterAll(async () => {
    await server.stop();
    removeDirectory(home);
  });

  const as = (who: string, args: readonly string[], options: RunOptions = {}) =>
    xmppctl(['muc', ...args], { cwd: home, ...options, env: { ...at(server, who, 'secret'), ...options.env } });
  const newName = () => `room${++number}`;
  const addressOf = (name: string) => `${name}@conference.localhost`;
  /** A room that exists. */
  const created = async (...args: string[]) => {
    const name = newName();
    expect(await as('alice', ['create', name, ...args])).toMatchObject({ stderr: '', stdout: '', exitCode: 0 });
    return name;
  };
  const exists = async (name: string) => {
    const { exitCode } = await as('alice', ['info', addressOf(name)]);
    expect([0, 67]).toContain(exitCode);
    return exitCode === 0;
  };

  describe('muc create', () => {
    test('creates a room that stays, unlisted unless --public is given', async () => {
      const result = await as('alice', ['create', 'first', '--name', 'The first', '--description', 'A & B', '--json']);
      expect(result).toMatchObject({ stderr: '', exitCode: 0 });
      expect(result.json()).toEqual({ room: 'first@conference.localhost', created: true });
      const info = await as('bob', ['info', 'first', '--json']);
      expect(info.json()).toMatchObject({
        room: 'first@conference.localhost',
        name: 'The first',
        description: 'A & B',
        public: false,
        persistent: true,
        password: false,
        membersOnly: false,
        occupants: 0,
        archive: true,
      });
    });

    test('refuses to create what is there', async () => {
      const name = await created();
      const again = await as('alice', ['create', name]);
      expect(again).toMatchObject({ stdout: '', exitCode: 81 });
      expect(again.stderr).toContain('exists already');
      expect(await as('bob', ['create', name])).toMatchObject({ exitCode: 81 });
    });

    test('refuses unknown settings and values with the list of those there are, and leaves no room', async () => {
      const name = newName();
      const unknown = await as('alice', ['create', name, '--config', 'nonsense=1']);
      expect(unknown).toMatchObject({ stdout: '', exitCode: 64 });
      expect(unknown.stderr).toMatch(/no setting nonsense; it has: .*membersonly/);
      expect(await exists(name)).toBe(false);
      const value = await as('alice', ['create', name, '--config', 'whois=everybody']);
      expect(value.stderr).toMatch(/'everybody' is not one of .*anyone/);
      expect(value.exitCode).toBe(64);
      expect(await exists(name)).toBe(false);
    });

    test('takes the password from a file, never from the command line', async () => {
      const argv = await as('alice', ['create', newName(), '--config', 'muc#roomconfig_roomsecret=x']);
      expect(argv).toMatchObject({ stdout: '', exitCode: 64 });
      expect(argv.stderr).toContain('--room-password-file');
      const name = await created('--password-file', 'room.txt');
      const without = await as('bob', ['send', name, 'hi']);
      expect(without).toMatchObject({ stdout: '', exitCode: 77 });
      expect(without.stderr).toContain('not-authorized');
      expect(await as('bob', ['send', name, 'hi', '--room-password-file', 'room.txt'])).toMatchObject({
        stderr: '',
        exitCode: 0,
      });
      const command = ['--room-password-command', 'echo open sesame'];
      expect(await as('bob', ['send', name, 'hi', ...command])).toMatchObject({ stderr: '', exitCode: 0 });
      const stdin = { input: 'open sesame\nthe body\n' };
      const piped = await as('bob', ['send', name, '--room-password-stdin', '--json'], stdin);
      expect(piped).toMatchObject({ stderr: '', exitCode: 0 });
    });
  });

  describe('muc send', () => {
    test('ends with 0 when the room has shown the message, and is silent', async () => {
      const name = await created();
      expect(await as('alice', ['send', name, 'hello'])).toMatchObject({ stderr: '', stdout: '', exitCode: 0 });
      const result = await as('alice', ['send', name, 'hello', '--id', 'one & only', '--json']);
      expect(result.json()).toEqual({
        to: addressOf(name),
        id: 'one & only',
        status: 'reflected',
        stanzaId: expect.stringMatching(/./),
        error: null,
      });
    });

    test('creates no room by a typo, and says that there is none', async () => {
      const name = newName();
      const typo = await as('alice', ['send', name, 'hello', '--json']);
      expect(typo).toMatchObject({ exitCode: 67 });
      expect(typo.json()).toMatchObject({ status: 'failed', error: { exit: 67, condition: 'item-not-found' } });
      expect(await exists(name)).toBe(false);
      expect((await as('alice', ['list', '--json'])).json()).not.toContainEqual(
        expect.objectContaining({ room: addressOf(name) }),
      );
    });

    test('creates the room with --create, and it stays', async () => {
      const name = newName();
      expect(await as('alice', ['send', name, 'hello', '--create'])).toMatchObject({ stderr: '', exitCode: 0 });
      expect(await exists(name)).toBe(true);
    });

    test('sends to several rooms, each with its own result', async () => {
      const [one, two, none] = [await created(), await created(), newName()];
      const both = await as('alice', ['send', '--to', one, '--to', addressOf(two), 'hi', '--json']);
      expect(both).toMatchObject({ stderr: '', exitCode: 0 });
      const rows = both.lines().map((line) => JSON.parse(line));
      expect(rows.map(({ to, status }) => [to, status])).toEqual([
        [addressOf(one), 'reflected'],
        [addressOf(two), 'reflected'],
      ]);
      const some = await as('alice', ['send', '--to', one, '--to', none, 'hi']);
      expect(some).toMatchObject({ stdout: '', exitCode: 83 });
      expect(await exists(none)).toBe(false);
    });

    test('sends each line while the pipe is open', async () => {
      const name = await created();
      const lines = Array.from({ length: 200 }, (_, index) => `line ${index}`);
      const result = await as('alice', ['send', name, '--lines', '--json'], { input: `${lines.join('\n')}\n\nlast` });
      expect(result).toMatchObject({ stderr: '', exitCode: 0 });
      const rows = result.lines().map((line) => JSON.parse(line));
      expect(rows).toHaveLength(201);
      expect(new Set(rows.map(({ id }) => id)).size).toBe(201);
      expect(rows.every(({ status }) => status === 'reflected')).toBe(true);
    });

    test.each(['__proto__', 'constructor', 'with space', 'a/b/c', 'שלום', '1023 bytes', '"<&>\''])(
      'speaks as %s',
      async (nick) => {
        const name = await created();
        const given = nick === '1023 bytes' ? 'x'.repeat(1023) : nick;
        expect(await as('alice', ['send', name, 'hi', '--nick', given])).toMatchObject({ stderr: '', exitCode: 0 });
      },
    );

    test('says so when the server does not allow a nickname', async () => {
      const name = await created();
      const result = await as('alice', ['send', name, 'hi', '--nick', '😀']);
      expect(result).toMatchObject({ stdout: '', exitCode: 64 });
      expect(result.stderr).toContain('--nick');
    });

    test.each([
      ['empty', ''],
      ['too long', 'x'.repeat(1024)],
      ['a control character', 'a\u0007b'],
    ])('refuses a nickname that is %s before connecting', async (_what, nick) => {
      const result = await as('alice', ['send', 'any@conference.localhost', 'hi', '--nick', nick]);
      expect(result).toMatchObject({ exitCode: 64 });
    });
  });

  describe('muc destroy', () => {
    test('sends nothing without --confirm', async () => {
      const name = await created();
      expect(await as('alice', ['destroy', name])).toMatchObject({ stdout: '', exitCode: 64 });
      expect(await exists(name)).toBe(true);
    });

    test('ends the room, and only its owner can', async () => {
      const name = await created();
      expect(await as('bob', ['destroy', name, '--confirm', name])).toMatchObject({ stdout: '', exitCode: 77 });
      expect(await exists(name)).toBe(true);
      expect(await as('alice', ['destroy', name, '--confirm', name])).toMatchObject({ stderr: '', exitCode: 0 });
      expect(await exists(name)).toBe(false);
      expect(await as('alice', ['destroy', name, '--confirm', name])).toMatchObject({ exitCode: 67 });
    });
  });

  describe('muc list', () => {
    test('lists public rooms with their descriptions, page by page', async () => {
      const hidden = await created();
      const names = [await created('--public', '--description', 'the one'), await created('--public')];
      const rows = (await as('bob', ['list', '--json'])).json<{ room: string; description: string | null }[]>();
      expect(rows.map(({ room }) => room)).toEqual(expect.arrayContaining(names.map(addressOf)));
      expect(rows.map(({ room }) => room)).not.toContain(addressOf(hidden));
      expect(rows).toContainEqual(
        expect.objectContaining({ room: addressOf(names[0] ?? ''), description: 'the one', occupants: 0 }),
      );
      expect((await as('bob', ['list', 'conference.localhost', '--json'])).json()).toEqual(rows);
    });

    test('of what has no rooms ends with an error', async () => {
      expect(await as('bob', ['list', 'nowhere.invalid'])).toMatchObject({ stdout: '', exitCode: 68 });
    });
  });

  describe('muc members', () => {
    test('lists who is there, but not ourselves', async () => {
      const name = await created();
      const alone = await as('bob', ['members', name, '--json']);
      expect(alone).toMatchObject({ stderr: '', exitCode: 0 });
      expect(alone.json()).toEqual([]);
    });
  });

  test(`${kind} has kept no locked or accidental room`, async () => {
    const rooms = (await as('alice', ['list', '--json'])).json<{ room: string }[]>();
    const password = ['--room-password-file', 'room.txt'];
    const to = rooms.flatMap(({ room }) => ['--to', room]);
    expect(await as('bob', ['send', ...to, 'still there?', ...password])).toMatchObject({ stderr: '', exitCode: 0 });
  });
});
