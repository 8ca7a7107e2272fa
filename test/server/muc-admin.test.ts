// Running a room on real servers: who may enter, who is thrown out, what is said and what was said.
import { describe, expect, test } from 'vitest';
import { nextEvent, roomUsers } from '../support/room-users.ts';
import { servers } from '../support/servers.ts';
import { spawnXmppctl } from '../support/xmppctl.ts';

describe.each(servers)('on %s', (_kind, start) => {
  const users = roomUsers(start, 4);
  const { muc, done, address, created, inside } = users;
  const password = ['--room-password-file', 'room.txt'];

  test('config shows all settings, changes them, and says what it does not know', async () => {
    const name = users.room();
    const all = await muc('alice', ['config', name, '--json']);
    expect(all).toMatchObject({ stderr: '', exitCode: 0 });
    const settings = all.json<{ name: string; values: string[] }[]>();
    expect(settings).toContainEqual(expect.objectContaining({ name: 'persistentroom', values: ['true'] }));
    await done('alice', 'config', name, 'membersonly=yes', 'muc#roomconfig_roomname=Täst');
    const info = (await muc('alice', ['info', name, '--json'])).json();
    expect(info).toMatchObject({ membersOnly: true, name: 'Täst', persistent: true });
    const set = await muc('alice', ['config', name, 'membersonly=no', '--json']);
    expect(set.json()).toEqual([expect.objectContaining({ name: 'membersonly', values: ['false'] })]);
    const [table, unknown, stranger, nowhere, noInfo] = await Promise.all([
      muc('alice', ['config', name]),
      muc('alice', ['config', name, 'nonsense=1']),
      muc('bob', ['config', name]),
      muc('alice', ['config', 'nowhere']),
      muc('alice', ['info', 'nowhere']),
    ]);
    expect(table.stdout).toMatch(/^NAME +VALUE +TYPE +OPTIONS +LABEL\n(.*\n)*membersonly +false +boolean/);
    expect(unknown).toMatchObject({ stdout: '', exitCode: 64 });
    expect(unknown.stderr).toContain('membersonly');
    expect(stranger).toMatchObject({ stdout: '', exitCode: 77 });
    for (const missing of [nowhere, noInfo]) expect(missing).toMatchObject({ stdout: '', exitCode: 67 });
  });

  test('config sets a password from a file, hides it, and takes it away', async () => {
    const name = users.room();
    await done('alice', 'config', name, ...password);
    const [without, withIt, shown, argv] = await Promise.all([
      muc('bob', ['send', name, 'hi', '--nick', 'b1']),
      muc('bob', ['send', name, 'hi', '--nick', 'b2', ...password]),
      muc('alice', ['config', name, '--json']),
      muc('alice', ['config', name, 'roomsecret=x']),
    ]);
    expect([without.exitCode, withIt.exitCode]).toEqual([77, 0]);
    expect(shown.stdout).toContain('(hidden)');
    expect(shown.stdout).not.toContain('sesame');
    expect(argv).toMatchObject({ stdout: '', exitCode: 64 });
    await done('alice', 'config', name, 'roomsecret=');
    await done('bob', 'send', name, 'hi');
  });

  test('kick throws out, and whoever is not there cannot be; ban keeps out until it is taken back', async () => {
    const name = users.room();
    {
      await using bob = await inside('bob', name, '--nick', 'b b/b');
      const [nobody, stranger] = await Promise.all([
        muc('alice', ['kick', name, 'nobody']),
        muc('carol', ['kick', name, 'b b/b']),
      ]);
      expect(nobody).toMatchObject({ stdout: '', exitCode: 67 });
      expect(stranger).toMatchObject({ stdout: '', exitCode: 77 });
      await done('alice', 'kick', name, 'b b/b', '--reason', 'too & loud');
      const kicked = { nick: 'b b/b', reason: 'too & loud', self: true, role: 'none' };
      expect(await nextEvent(bob, 'occupant', /"change":"kicked"/)).toMatchObject(kicked);
      const { exitCode, stderr } = await bob.done;
      expect(exitCode).toBe(77);
      expect(stderr).toContain('too & loud');
    }
    await using bob = await inside('bob', name);
    expect(await muc('bob', ['ban', name, 'alice@localhost'])).toMatchObject({ stdout: '', exitCode: 77 });
    await done('alice', 'ban', name, 'bob@localhost', '--reason', 'enough');
    const banned = { nick: 'bob', reason: 'enough', affiliation: 'outcast' };
    expect(await nextEvent(bob, 'occupant', /"change":"banned"/)).toMatchObject(banned);
    expect((await bob.done).exitCode).toBe(77);
    const refused = await muc('bob', ['send', name, 'hi']);
    expect(refused).toMatchObject({ stdout: '', exitCode: 77 });
    expect(refused.stderr).toContain('forbidden');
    await done('alice', 'affiliation', name, 'bob@localhost', 'none');
    // ejabberd lets him in without a voice.
    expect(await muc('bob', ['members', name])).toMatchObject({ stderr: '', exitCode: 0 });
  });

  test('affiliation lists, asks and sets; members may enter, and read what was said', async () => {
    const name = await created('--members-only');
    await done('alice', 'send', name, 'among us');
    const [refused, noHistory, history] = await Promise.all([
      muc('bob', ['send', name, 'hi']),
      muc('bob', ['history', name]),
      muc('alice', ['history', name]),
    ]);
    expect(refused).toMatchObject({ stdout: '', exitCode: 77 });
    expect(refused.stderr).toContain('registration-required');
    expect(noHistory).toMatchObject({ stdout: '', exitCode: 77 });
    expect(history.stdout).toContain('among us');
    const set = await muc('alice', ['affiliation', name, 'bob@localhost', 'member', '--json']);
    expect(set.json()).toMatchObject([{ jid: 'bob@localhost', affiliation: 'member' }]);
    const [sent, list, one, stranger, unknown] = await Promise.all([
      muc('bob', ['send', name, 'hi']),
      muc('alice', ['affiliation', name, '-o', 'tsv', '--no-header']),
      muc('alice', ['affiliation', name, 'carol@localhost', '--json']),
      muc('bob', ['affiliation', name, 'bob@localhost', 'owner']),
      muc('alice', ['affiliation', name, 'bob@localhost', 'boss']),
    ]);
    expect(sent.exitCode).toBe(0);
    const cells = list.lines().map((line) => line.split('\t'));
    expect(cells.map(([room, jid]) => `${room} ${jid}`).sort()).toEqual(
      ['alice', 'bob'].map((who) => `${address(name)} ${who}@localhost`),
    );
    expect(cells.flat()).toEqual(expect.arrayContaining(['owner', 'member']));
    expect(one.json()).toMatchObject([{ jid: 'carol@localhost', affiliation: 'none' }]);
    expect(stranger).toMatchObject({ stdout: '', exitCode: 77 });
    expect(unknown.exitCode).toBe(64);
  });

  test('subject is set, shown, seen by those inside, and taken away', async () => {
    const name = users.room();
    const none = (await muc('alice', ['subject', name, '--json'])).json();
    expect(none).toMatchObject({ room: address(name), subject: null });
    await using bob = await inside('bob', name);
    const set = await muc('alice', ['subject', name, 'Release & <more>', '--json']);
    expect(set).toMatchObject({ stderr: '', exitCode: 0 });
    expect(set.json()).toMatchObject({ room: address(name), subject: 'Release & <more>', nick: 'alice' });
    const seen = { nick: 'alice', subject: 'Release & <more>', room: address(name) };
    expect(await nextEvent(bob, 'subject', /Release/)).toMatchObject(seen);
    expect((await muc('carol', ['subject', name])).stdout).toContain('Release & <more>');
    await done('alice', 'subject', name, '');
    expect((await muc('carol', ['subject', name, '--json'])).json()).toMatchObject({ subject: null });
  });

  test('invite reaches the invited, by the room and directly', async () => {
    const name = await created('--members-only', '--password-file', 'room.txt');
    const args = ['listen', '--json', '--events', 'invite', '-v'];
    await using bob = await spawnXmppctl(args, users.options('bob'));
    await bob.waitForLine(/online as/, 10_000, 'stderr');
    await done('alice', 'invite', name, 'bob@localhost', '--reason', 'we need you', ...password);
    expect(await nextEvent(bob, 'invite')).toMatchObject({
      event: 'invite',
      from: address(name),
      room: address(name),
      by: expect.stringMatching(/^alice@localhost$|\/alice$/),
      reason: 'we need you',
      password: 'open sesame',
      direct: false,
    });
    await done('bob', 'send', name, 'thank you', ...password);
    const direct = ['--direct', '--reason', 'again', ...password];
    await done('alice', 'invite', name, 'bob@localhost', ...direct);
    expect(await nextEvent(bob, 'invite', /"direct":true/)).toMatchObject({
      from: 'alice@localhost',
      room: address(name),
      by: 'alice@localhost',
      reason: 'again',
      password: 'open sesame',
    });
    const [missing, some] = await Promise.all([
      muc('alice', ['invite', 'nowhere', 'bob@localhost', '--direct']),
      muc('alice', ['invite', name, 'nobody@localhost', 'bob@localhost', ...direct, '--json']),
    ]);
    expect(missing.exitCode).toBe(67);
    expect(some.exitCode).toBe(83);
    expect(some.json<{ status: string }[]>().map(({ status }) => status)).toEqual(['failed', 'acked']);
  });

  test('history prints what was said, all of it or the last of it', async () => {
    const name = await created();
    const bodies = Array.from({ length: 130 }, (_, index) => `line ${index}`);
    const sent = await muc('alice', ['send', name, '--lines', '--nick', 'one'], { input: bodies.join('\n') });
    expect(sent).toMatchObject({ stdout: '', stderr: '', exitCode: 0 });
    await done('alice', 'send', name, 'the end', '--nick', 'two');
    const history = async (...args: string[]) => {
      const result = await muc('bob', ['history', name, '--json', ...args]);
      expect(result).toMatchObject({ stderr: '', exitCode: 0 });
      return result.json<{ body: string; source: string; nick: string }[]>();
    };
    const [all, two, most, ofTwo, early, late] = await Promise.all([
      history(),
      history('--count', '2', '--nick', 'b2'),
      history('--count', '120'),
      history('--from', 'two'),
      history('--until', '2000-01-01'),
      history('--since', '1h'),
    ]);
    expect(all.map(({ body }) => body)).toEqual([...bodies, 'the end']);
    const first = { source: 'archive', delayed: true, type: 'groupchat', nick: 'one', room: address(name) };
    expect(all[0]).toMatchObject(first);
    expect(two.map(({ body }) => body)).toEqual(['line 129', 'the end']);
    expect(most).toEqual(all.slice(-120));
    expect(ofTwo.map(({ body }) => body)).toEqual(['the end']);
    expect(early).toEqual([]);
    expect(late).toEqual(all);
    const [empty, nowhere, table] = await Promise.all([
      muc('bob', ['history', name, '--until', '2000-01-01', '--fail-empty']),
      muc('bob', ['history', 'nowhere']),
      muc('bob', ['history', name, '--count', '1']),
    ]);
    expect(empty.exitCode).toBe(1);
    expect(nowhere).toMatchObject({ stdout: '', exitCode: 67 });
    const line = `^\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d {2}${address(name)}/two {2}the end\\n$`;
    expect(table.stdout).toMatch(new RegExp(line));
  });
});
