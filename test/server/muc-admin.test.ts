// Running a room on real servers: who may enter, who is thrown out, what is said and what was said.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { removeDirectory, temporaryDirectory } from '../support/daemon.ts';
import { servers, type XmppServer } from '../support/servers.ts';
import { at, type Running, type RunOptions, spawnXmppctl, xmppctl } from '../support/xmppctl.ts';

describe.each(servers)('on %s', (_kind, start) => {
  let server: XmppServer;
  let home: string;
  let number = 0;
  beforeAll(async () => {
    server = await start();
    for (const who of ['alice', 'bob', 'carol']) await server.register(who, 'secret');
    home = await temporaryDirectory('muc-admin');
    await writeFile(join(home, 'room.txt'), 'open sesame\n', { mode: 0o600 });
  });
  afterAll(async () => {
    await server.stop();
    removeDirectory(home);
  });

  const options = (who: string): RunOptions => ({ env: at(server, who, 'secret'), cwd: home });
  const muc = (who: string, ...args: string[]) => xmppctl(['muc', ...args], options(who));
  const done = { stderr: '', stdout: '', exitCode: 0 };
  const created = async (...args: string[]) => {
    const name = `office${++number}`;
    expect(await muc('alice', 'create', name, ...args)).toMatchObject(done);
    return name;
  };
  const address = (name: string) => `${name}@conference.localhost`;
  const inside = async (who: string, name: string, ...args: string[]) => {
    const running = await spawnXmppctl(['muc', 'join', name, '--json', ...args], options(who));
    await running.waitForLine(/"change":"joined".*"self":true/);
    return running;
  };
  const change = async (running: Running, what: string) =>
    JSON.parse(await running.waitForLine((line) => line.includes(`"change":"${what}"`))) as Record<string, unknown>;

  test('config shows all settings, changes them, and says what it does not know', async () => {
    const name = await created();
    const all = await muc('alice', 'config', name, '--json');
    expect(all).toMatchObject({ stderr: '', exitCode: 0 });
    const settings = all.json<{ name: string; values: string[] }[]>();
    expect(settings).toContainEqual(expect.objectContaining({ name: 'persistentroom', values: ['true'] }));
    expect((await muc('alice', 'config', name)).stdout).toContain('membersonly');
    expect(await muc('alice', 'config', name, 'membersonly=yes', 'muc#roomconfig_roomname=Täst')).toMatchObject(done);
    const info = (await muc('alice', 'info', name, '--json')).json();
    expect(info).toMatchObject({ membersOnly: true, name: 'Täst', persistent: true });
    const set = await muc('alice', 'config', name, 'membersonly=no', '--json');
    expect(set.json()).toEqual([expect.objectContaining({ name: 'membersonly', values: ['false'] })]);
    const unknown = await muc('alice', 'config', name, 'nonsense=1');
    expect(unknown).toMatchObject({ stdout: '', exitCode: 64 });
    expect(unknown.stderr).toContain('membersonly');
    expect(await muc('bob', 'config', name)).toMatchObject({ stdout: '', exitCode: 77 });
    expect(await muc('alice', 'config', 'nowhere')).toMatchObject({ stdout: '', exitCode: 67 });
    expect(await muc('alice', 'info', 'nowhere')).toMatchObject({ stdout: '', exitCode: 67 });
  });

  test('config sets a password from a file, hides it, and takes it away', async () => {
    const name = await created();
    const file = ['--room-password-file', 'room.txt'];
    expect(await muc('alice', 'config', name, ...file)).toMatchObject(done);
    expect(await muc('bob', 'send', name, 'hi')).toMatchObject({ exitCode: 77 });
    expect(await muc('bob', 'send', name, 'hi', ...file)).toMatchObject(done);
    const shown = await muc('alice', 'config', name, '--json');
    expect(shown.stdout).toContain('(hidden)');
    expect(shown.stdout).not.toContain('sesame');
    expect(await muc('alice', 'config', name, 'roomsecret=x')).toMatchObject({ stdout: '', exitCode: 64 });
    expect(await muc('alice', 'config', name, 'roomsecret=')).toMatchObject(done);
    expect(await muc('bob', 'send', name, 'hi')).toMatchObject(done);
  });

  test('kick throws out, and whoever is not there cannot be', async () => {
    const name = await created();
    await using bob = await inside('bob', name, '--nick', 'b b/b');
    expect(await muc('alice', 'kick', name, 'nobody')).toMatchObject({ stdout: '', exitCode: 67 });
    expect(await muc('carol', 'kick', name, 'b b/b')).toMatchObject({ stdout: '', exitCode: 77 });
    expect(await muc('alice', 'kick', name, 'b b/b', '--reason', 'too & loud')).toMatchObject(done);
    expect(await change(bob, 'kicked')).toMatchObject({
      nick: 'b b/b',
      reason: 'too & loud',
      self: true,
      role: 'none',
    });
    const { exitCode, stderr } = await bob.done;
    expect(exitCode).toBe(77);
    expect(stderr).toContain('too & loud');
    expect(await muc('bob', 'send', name, 'back')).toMatchObject(done);
  });

  test('ban keeps out until it is taken back', async () => {
    const name = await created();
    await using bob = await inside('bob', name);
    expect(await muc('bob', 'ban', name, 'alice@localhost')).toMatchObject({ stdout: '', exitCode: 77 });
    expect(await muc('alice', 'ban', name, 'bob@localhost', '--reason', 'enough')).toMatchObject(done);
    expect(await change(bob, 'banned')).toMatchObject({ nick: 'bob', reason: 'enough', affiliation: 'outcast' });
    expect((await bob.done).exitCode).toBe(77);
    const refused = await muc('bob', 'send', name, 'hi');
    expect(refused).toMatchObject({ stdout: '', exitCode: 77 });
    expect(refused.stderr).toContain('forbidden');
    expect(await muc('alice', 'affiliation', name, 'bob@localhost', 'none')).toMatchObject(done);
    // ejabberd lets him in without a voice.
    expect(await muc('bob', 'members', name)).toMatchObject({ stderr: '', exitCode: 0 });
  });

  test('affiliation lists, asks and sets, and members may enter', async () => {
    const name = await created('--members-only');
    const refused = await muc('bob', 'send', name, 'hi');
    expect(refused).toMatchObject({ stdout: '', exitCode: 77 });
    expect(refused.stderr).toContain('registration-required');
    const set = await muc('alice', 'affiliation', name, 'bob@localhost', 'member', '--json');
    expect(set.json()).toMatchObject([{ jid: 'bob@localhost', affiliation: 'member' }]);
    expect(await muc('bob', 'send', name, 'hi')).toMatchObject(done);
    const rows = (await muc('alice', 'affiliation', name, '--json')).json<Record<string, unknown>[]>();
    expect(rows.map(({ jid, affiliation }) => `${jid} ${affiliation}`).sort()).toEqual([
      'alice@localhost owner',
      'bob@localhost member',
    ]);
    const one = await muc('alice', 'affiliation', name, 'carol@localhost', '--json');
    expect(one.json()).toMatchObject([{ jid: 'carol@localhost', affiliation: 'none' }]);
    expect(await muc('bob', 'affiliation', name, 'bob@localhost', 'owner')).toMatchObject({ stdout: '', exitCode: 77 });
    expect(await muc('alice', 'affiliation', name, 'bob@localhost', 'boss')).toMatchObject({ exitCode: 64 });
  });

  test('subject is set, shown, seen by those inside, and taken away', async () => {
    const name = await created();
    expect((await muc('alice', 'subject', name, '--json')).json()).toMatchObject({
      room: address(name),
      subject: null,
    });
    await using bob = await inside('bob', name);
    const set = await muc('alice', 'subject', name, 'Release & <more>', '--json');
    expect(set).toMatchObject({ stderr: '', exitCode: 0 });
    expect(set.json()).toMatchObject({ room: address(name), subject: 'Release & <more>', nick: 'alice' });
    const line = await bob.waitForLine(/"event":"subject".*Release/);
    expect(JSON.parse(line)).toMatchObject({ nick: 'alice', subject: 'Release & <more>', room: address(name) });
    expect((await muc('carol', 'subject', name)).stdout).toContain('Release & <more>');
    expect(await muc('alice', 'subject', name, '')).toMatchObject(done);
    expect((await muc('carol', 'subject', name, '--json')).json()).toMatchObject({ subject: null });
  });

  test('invite reaches the invited, by the room and directly', async () => {
    const name = await created('--members-only', '--password-file', 'room.txt');
    const args = ['listen', '--json', '--events', 'invite', '-v'];
    await using bob = await spawnXmppctl(args, options('bob'));
    await bob.waitForLine(/online as/, 10_000, 'stderr');
    const password = ['--room-password-file', 'room.txt'];
    const byRoom = await muc('alice', 'invite', name, 'bob@localhost', '--reason', 'we need you', ...password);
    expect(byRoom).toMatchObject(done);
    expect(JSON.parse(await bob.waitForLine(/invite/))).toMatchObject({
      event: 'invite',
      from: address(name),
      room: address(name),
      by: expect.stringMatching(/^alice@localhost$|\/alice$/),
      reason: 'we need you',
      password: 'open sesame',
      direct: false,
    });
    expect(await muc('bob', 'send', name, 'thank you', ...password)).toMatchObject(done);
    const direct = ['--direct', '--reason', 'again', ...password];
    expect(await muc('alice', 'invite', name, 'bob@localhost', ...direct)).toMatchObject(done);
    expect(JSON.parse(await bob.waitForLine(/"direct":true/))).toMatchObject({
      from: 'alice@localhost',
      room: address(name),
      by: 'alice@localhost',
      reason: 'again',
      password: 'open sesame',
    });
    const missing = await muc('alice', 'invite', 'nowhere', 'bob@localhost', '--direct');
    expect(missing).toMatchObject({ exitCode: 67 });
    const some = await muc('alice', 'invite', name, 'nobody@localhost', 'bob@localhost', ...direct, '--json');
    expect(some.exitCode).toBe(83);
    expect(some.json<{ status: string }[]>().map(({ status }) => status)).toEqual(['failed', 'acked']);
  });

  test('history prints what was said, all of it or the last of it', async () => {
    const name = await created();
    const bodies = Array.from({ length: 130 }, (_, index) => `line ${index}`);
    const lines = xmppctl(['muc', 'send', name, '--lines', '--nick', 'one'], {
      ...options('alice'),
      input: bodies.join('\n'),
    });
    expect(await lines).toMatchObject(done);
    expect(await muc('alice', 'send', name, 'the end', '--nick', 'two')).toMatchObject(done);
    const history = async (...args: string[]) => {
      const result = await muc('bob', 'history', name, '--json', ...args);
      expect(result).toMatchObject({ stderr: '', exitCode: 0 });
      return result.json<{ body: string; source: string; nick: string }[]>();
    };
    const all = await history();
    expect(all.map(({ body }) => body)).toEqual([...bodies, 'the end']);
    expect(all[0]).toMatchObject({
      source: 'archive',
      delayed: true,
      type: 'groupchat',
      nick: 'one',
      room: address(name),
    });
    expect((await history('--count', '2')).map(({ body }) => body)).toEqual(['line 129', 'the end']);
    expect(await history('--count', '120')).toEqual(all.slice(-120));
    expect((await history('--from', 'two')).map(({ body }) => body)).toEqual(['the end']);
    expect(await history('--until', '2000-01-01')).toEqual([]);
    expect(await history('--since', '1h')).toEqual(all);
    expect(await muc('bob', 'history', name, '--until', '2000-01-01', '--fail-empty')).toMatchObject({ exitCode: 1 });
    expect(await muc('bob', 'history', 'nowhere')).toMatchObject({ stdout: '', exitCode: 67 });
    const table = (await muc('bob', 'history', name, '--count', '1')).stdout;
    expect(table).toMatch(
      new RegExp(`^\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d {2}${address(name)}/two {2}the end\\n$`),
    );
  });

  test('history of a room for members is for members', async () => {
    const name = await created('--members-only');
    expect(await muc('alice', 'send', name, 'among us')).toMatchObject(done);
    expect(await muc('bob', 'history', name)).toMatchObject({ stdout: '', exitCode: 77 });
    expect((await muc('alice', 'history', name)).stdout).toContain('among us');
  });
});
