// Rooms on real servers: creating, speaking, looking, ending.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { nextEvent, roomUsers, silently } from '../support/room-users.ts';
import { servers } from '../support/servers.ts';
import { xmppctl } from '../support/xmppctl.ts';

describe.each(servers)('on %s', (kind, start) => {
  // ejabberd lists rooms that nobody has configured without being told to.
  const options = kind === 'prosody' ? { extraConfig: 'muc_room_default_public = true' } : {};
  const users = roomUsers(start, 3, options);
  const { muc, done, address, newName, created, exists, inside } = users;

  describe('muc create', () => {
    test('creates a room that stays, unlisted unless --public is given, and refuses to create what is there', async () => {
      const args = ['create', 'first', '--name', 'The first', '--description', 'A & B', '--json'];
      const result = await muc('alice', args);
      expect(result).toMatchObject({ stderr: '', exitCode: 0 });
      expect(result.json()).toEqual({ room: address('first'), created: true });
      const [info, again, another] = await Promise.all([
        muc('bob', ['info', 'first', '--json']),
        muc('alice', ['create', 'first']),
        muc('bob', ['create', 'first']),
      ]);
      expect(info.json()).toMatchObject({
        room: address('first'),
        name: 'The first',
        description: 'A & B',
        public: false,
        persistent: true,
        password: false,
        membersOnly: false,
        occupants: 0,
        archive: true,
      });
      expect(again).toMatchObject({ stdout: '', exitCode: 81 });
      expect(again.stderr).toContain('exists already');
      expect(another).toMatchObject({ exitCode: 81 });
    });

    test('refuses unknown settings and values with the list of those there are, and leaves no room', async () => {
      const [one, two] = [newName(), newName()];
      const [unknown, value] = await Promise.all([
        muc('alice', ['create', one, '--config', 'nonsense=1']),
        muc('alice', ['create', two, '--config', 'whois=everybody']),
      ]);
      expect(unknown).toMatchObject({ stdout: '', exitCode: 64 });
      expect(unknown.stderr).toMatch(/no setting nonsense; it has: .*membersonly/);
      expect(value.stderr).toMatch(/'everybody' is not one of .*anyone/);
      expect(value.exitCode).toBe(64);
      expect(await Promise.all([exists(one), exists(two)])).toEqual([false, false]);
    });

    test('takes the password from a file, a command or standard input, never from the command line', async () => {
      const argv = await muc('alice', ['create', newName(), '--config', 'muc#roomconfig_roomsecret=x']);
      expect(argv).toMatchObject({ stdout: '', exitCode: 64 });
      expect(argv.stderr).toContain('--room-password-file');
      const name = await created('--password-file', 'room.txt');
      const [without, file, command, stdin] = await Promise.all([
        muc('bob', ['send', name, 'hi', '--nick', 'b1']),
        muc('bob', ['send', name, 'hi', '--nick', 'b2', '--room-password-file', 'room.txt']),
        muc('bob', ['send', name, 'hi', '--nick', 'b3', '--room-password-command', 'echo open sesame']),
        muc('bob', ['send', name, '--nick', 'b4', '--room-password-stdin'], { input: 'open sesame\nthe body\n' }),
      ]);
      expect(without).toMatchObject({ stdout: '', exitCode: 77 });
      expect(without.stderr).toContain('not-authorized');
      for (const sent of [file, command, stdin]) expect(sent).toMatchObject(silently);
    });
  });

  describe('muc send', () => {
    test('ends with 0 when the room has shown the message, and is silent', async () => {
      const name = users.room();
      await done('alice', 'send', name, 'hello');
      const result = await muc('alice', ['send', name, 'hello', '--id', 'one & only', '--json']);
      expect(result.json()).toEqual({
        to: address(name),
        id: 'one & only',
        status: 'reflected',
        stanzaId: expect.stringMatching(/./),
        error: null,
      });
    });

    test('creates no room by a typo, says that there is none, and creates it with --create', async () => {
      const name = newName();
      const typo = await muc('alice', ['send', name, 'hello', '--json']);
      expect(typo).toMatchObject({ exitCode: 67 });
      expect(typo.json()).toMatchObject({ status: 'failed', error: { exit: 67, condition: 'item-not-found' } });
      expect(await exists(name)).toBe(false);
      await done('alice', 'send', name, 'hello', '--create');
      expect(await exists(name)).toBe(true);
    });

    test('sends to several rooms, each with its own result, and to those in a file', async () => {
      const [one, two, none] = [users.room(), users.room(), newName()];
      const both = await muc('alice', ['send', '--to', one, '--to', address(two), 'hi', '--json']);
      expect(both).toMatchObject({ stderr: '', exitCode: 0 });
      const rows = both.lines().map((line) => JSON.parse(line));
      expect(rows.map(({ to, status }) => [to, status])).toEqual([
        [address(one), 'reflected'],
        [address(two), 'reflected'],
      ]);
      await writeFile(join(users.options('alice').cwd ?? '', 'rooms.txt'), `# the rooms\n${one}\n\n${none}\n`);
      const some = await muc('alice', ['send', '--recipients', 'rooms.txt', 'hi']);
      expect(some).toMatchObject({ stdout: '', exitCode: 83 });
      expect(await exists(none)).toBe(false);
    });

    test('is what send says to use for a room, which takes no message from outside', async () => {
      const ended = await xmppctl(['send', address('hall1'), 'hi'], users.options('bob'));
      expect(ended.stdout).toBe('');
      expect([67, 77]).toContain(ended.exitCode);
      expect(ended.stderr).toContain('xmppctl muc send');
    });

    test('sends each line while the pipe is open', async () => {
      const lines = Array.from({ length: 200 }, (_, index) => `line ${index}`);
      const input = `${lines.join('\n')}\n\nlast`;
      const result = await muc('alice', ['send', 'hall1', '--lines', '--json'], { input });
      expect(result).toMatchObject({ stderr: '', exitCode: 0 });
      const rows = result.lines().map((line) => JSON.parse(line));
      expect(rows).toHaveLength(201);
      expect(new Set(rows.map(({ id }) => id)).size).toBe(201);
      expect(rows.every(({ status }) => status === 'reflected')).toBe(true);
    });

    test('speaks under any nickname, and is heard under it', async () => {
      const nicks = ['__proto__', 'constructor', 'with space', 'a/b/c', 'שלום', '1'.repeat(1023), '"<&>\''];
      await using bob = await inside('bob', 'hall1');
      await Promise.all(nicks.map((nick, index) => done('alice', 'send', 'hall1', `${index}`, '--nick', nick)));
      const heard = await Promise.all(
        nicks.map((_nick, index) => nextEvent(bob, 'message', RegExp(`"body":"${index}"`))),
      );
      expect(heard.map(({ nick }) => nick)).toEqual(nicks);
    });

    test('refuses a nickname that is empty, too long, or that the server does not allow', async () => {
      const bad = ['', 'x'.repeat(1024), 'a\u0007b', '😀'];
      const ends = await Promise.all(bad.map((nick) => muc('alice', ['send', 'hall1', 'hi', '--nick', nick])));
      expect(ends.map(({ exitCode }) => exitCode)).toEqual([64, 64, 64, 64]);
      expect(ends[3]?.stderr).toContain('--nick');
    });
  });

  test('muc destroy ends the room, sends nothing without --confirm, and only its owner can', async () => {
    const name = await created();
    expect(await muc('alice', ['destroy', name])).toMatchObject({ stdout: '', exitCode: 64 });
    expect(await muc('bob', ['destroy', name, '--confirm', name])).toMatchObject({ stdout: '', exitCode: 77 });
    expect(await exists(name)).toBe(true);
    expect(await muc('alice', ['destroy', name, '--confirm', 'other'])).toMatchObject({ stdout: '', exitCode: 64 });
    await done('alice', 'destroy', name, '--confirm', address(name));
    expect(await exists(name)).toBe(false);
    expect(await muc('alice', ['destroy', name, '--confirm', name])).toMatchObject({ exitCode: 67 });
  });

  test('muc list has all rooms of a service, however many', async () => {
    const names = Array.from({ length: 60 }, (_, index) => `many${index}`);
    await done('alice', 'send', '--create', ...names.flatMap((name) => ['--to', name]), 'hi');
    const rows = (await muc('bob', ['list', '--json'])).json<{ room: string }[]>().map(({ room }) => room);
    expect(rows).toEqual(expect.arrayContaining(names.map(address)));
    expect(new Set(rows).size).toBe(rows.length);
  });

  test('muc list has public rooms with their descriptions, as a table, TSV and JSON', async () => {
    const [hidden, wide, plain] = await Promise.all([
      created(),
      created('--public', '--name', '会議', '--description', 'the one'),
      created('--public'),
    ]);
    const [json, same, table, tsv, nowhere, other] = await Promise.all([
      muc('bob', ['list', '--json']),
      muc('bob', ['list', 'conference.localhost', '--json']),
      muc('bob', ['list']),
      muc('bob', ['list', '-o', 'tsv']),
      muc('bob', ['list', 'nowhere.invalid']),
      muc('bob', ['list', 'upload.localhost']),
    ]);
    const rows = json.json<{ room: string }[]>();
    expect(rows.map(({ room }) => room)).toEqual(expect.arrayContaining([address(wide), address(plain)]));
    expect(rows.map(({ room }) => room)).not.toContain(address(hidden));
    const row = { room: address(wide), name: '会議', occupants: 0, description: 'the one' };
    expect(rows).toContainEqual(row);
    expect(same.json()).toEqual(rows);
    expect(table.stdout).toMatch(RegExp(`^ROOM +NAME +OCCUPANTS +DESCRIPTION\n(.*\n)*${row.room} +会議 +0 +the one\n`));
    expect(tsv.lines()).toContain([row.room, row.name, row.occupants, row.description].join('\t'));
    expect(nowhere).toMatchObject({ stdout: '', exitCode: 68 });
    expect(other).toMatchObject({ stdout: '', exitCode: 69 });
  });

  test(`${kind} has kept no locked or accidental room`, async () => {
    const rooms = (await muc('alice', ['list', '--json'])).json<{ room: string }[]>();
    const to = rooms.flatMap(({ room }) => ['--to', room]);
    await done('bob', 'send', ...to, 'still there?', '--room-password-file', 'room.txt');
  });
});
