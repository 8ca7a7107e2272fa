// Being in a room on real servers: what is heard there, and what ends it.
import { describe, expect, test } from 'vitest';
import type { Ejabberd } from '../support/ejabberd.ts';
import { rawStream } from '../support/raw-stream.ts';
import { nextEvent as next, roomUsers } from '../support/room-users.ts';
import { servers } from '../support/servers.ts';
import { spawnXmppctl, xmppctl } from '../support/xmppctl.ts';

describe.each(servers)('on %s', (kind, start) => {
  const users = roomUsers(start, 9);
  const { muc, done, address, created, inside, say } = users;

  test('a message, who said it, and who comes and goes', async () => {
    const name = users.room();
    await using bob = await inside('bob', name, '--nick', 'Bob the / builder');
    const send = ['send', name, 'hello', '--id', 'm1', '--nick', '__proto__', '--json'];
    const sent = (await muc('alice', send)).json<{ stanzaId: string }>();
    expect(await next(bob, 'occupant', /"change":"joined"/)).toMatchObject({
      from: address(name),
      room: address(name),
      nick: '__proto__',
      role: 'moderator',
      affiliation: 'owner',
      self: false,
    });
    const own = JSON.parse(bob.stdout[0] ?? '') as Record<string, unknown>;
    expect([own.self, typeof own.occupantId]).toEqual([true, kind === 'prosody' ? 'string' : 'object']);
    expect(await next(bob, 'message')).toEqual({
      v: 1,
      event: 'message',
      time: expect.stringMatching(/Z$/),
      account: 'bob@localhost',
      type: 'groupchat',
      from: address(name),
      room: address(name),
      nick: '__proto__',
      resource: null,
      to: 'bob@localhost',
      id: 'm1',
      stanzaId: sent.stanzaId,
      body: 'hello',
      subject: null,
      thread: null,
      delayed: false,
      carbon: null,
      correction: null,
      source: 'live',
      replaces: null,
      replyTo: null,
      files: [],
      occupantId: kind === 'prosody' ? expect.stringMatching(/./) : null,
    });
    expect(await next(bob, 'occupant', /"change":"left"/)).toMatchObject({ nick: '__proto__' });
  });

  test('an answer, a reaction, a correction and a retraction, of whoever wrote it', async () => {
    const name = await created('--config', 'whois=anyone');
    await using bob = await inside('bob', name, '--events', 'all');
    const send = async (...args: string[]) => {
      const { stdout, ...ended } = await muc('alice', ['send', name, '--json', ...args]);
      expect(ended).toMatchObject({ stderr: '', exitCode: 0 });
      return JSON.parse(stdout) as { id: string; stanzaId: string };
    };
    const first = await send('one');
    await send('--reply-to', first.stanzaId, 'an answer');
    expect(await next(bob, 'message', /answer/)).toMatchObject({ replyTo: first.stanzaId, nick: 'alice' });
    await send('--react', first.stanzaId, '👍');
    const from = { from: address(name), room: address(name), nick: 'alice' };
    expect(await next(bob, 'reaction')).toMatchObject({ ...from, id: first.stanzaId, reactions: ['👍'] });
    await send('--correct', first.id, 'two');
    expect(await next(bob, 'correction')).toMatchObject({
      ...from,
      replaces: first.id,
      body: 'two',
      verdict: 'accepted',
    });
    expect(await next(bob, 'message', /two/)).toMatchObject({ correction: 'accepted' });
    await send('--retract', first.stanzaId);
    expect(await next(bob, 'retraction')).toMatchObject({ ...from, id: first.stanzaId, verdict: 'accepted' });
    await done('carol', 'send', name, '--retract', first.stanzaId);
    await bob.waitForLine(/ignored the retraction .*carol, who did not write it/, 10_000, 'stderr');
  });

  test('--history N begins with the last N, --since with what was said since then, once and in order', async () => {
    const name = await created();
    await say(name, 'one', 'two');
    await say(name, 'three', 'four');
    const heard = async (...args: string[]) => {
      await using bob = await inside('bob', name, ...args);
      await say(name, 'now');
      await next(bob, 'message', /"body":"now","subject":null.*"delayed":false/);
      return bob.stdout.flatMap((line) => {
        const { event, body, delayed, source } = JSON.parse(line) as Record<string, unknown>;
        return event === 'message' ? [`${body} ${delayed} ${source}`] : [];
      });
    };
    const live = 'now false live';
    expect(await heard()).toEqual([live]);
    expect(await heard('--history', '3')).toEqual([
      'three true archive',
      'four true archive',
      'now true archive',
      live,
    ]);
    expect(await heard('--since', '1h')).toEqual([
      ...['one', 'two', 'three', 'four', 'now', 'now'].map((body) => `${body} true archive`),
      live,
    ]);
    expect(await heard('--since', '2099-01-01')).toEqual([live]);
  });

  test('a nickname that is taken ends with 81, or with another nickname', async () => {
    const name = users.room();
    await using bob = await inside('bob', name, '--nick', 'boss');
    const taken = await muc('alice', ['send', name, 'hi', '--nick', 'boss']);
    expect(taken).toMatchObject({ stdout: '', exitCode: 81 });
    expect(taken.stderr).toContain('conflict');
    await done('alice', 'send', name, 'hi', '--nick', 'boss', '--nick-fallback');
    expect(await next(bob, 'message')).toMatchObject({ nick: 'boss-2', body: 'hi' });
  });

  test('members are those inside, with real addresses where the room shows them', async () => {
    const name = users.room();
    await using bob = await inside('bob', name, '--nick', 'b');
    await using carol = await inside('carol', name, '--nick', '会議 / c');
    const [owner, occupant, table, tsv] = await Promise.all([
      muc('alice', ['members', name, '--json']),
      muc('bob', ['members', name, '--nick', 'b', '--json']),
      muc('carol', ['members', name, '--nick', 'c2']),
      muc('carol', ['members', name, '--nick', 'c3', '-o', 'tsv']),
    ]);
    const seen = owner.json<{ nick: string; jid: string | null }[]>().filter(({ nick }) => !/^c\d/.test(nick));
    expect(seen.map(({ nick, jid }) => [nick, jid]).sort()).toEqual([
      ['b', 'bob@localhost'],
      ['会議 / c', 'carol@localhost'],
    ]);
    const others = occupant.json<object[]>();
    const row = { room: address(name), nick: '会議 / c', role: 'participant', affiliation: 'none', jid: null };
    expect(others).toContainEqual(expect.objectContaining({ ...row, show: 'available', status: null }));
    expect(others).toContainEqual(expect.objectContaining({ nick: 'b' }));
    expect(table.stdout).toMatch(/^NICK +ROLE +AFFILIATION +JID +SHOW +STATUS\n/);
    const columns = table.lines().map((line) => line.replaceAll(/[会議]/g, 'xx').indexOf('participant'));
    expect(new Set(columns.filter((column) => column >= 0)).size).toBe(1);
    expect(tsv.lines()).toContainEqual(expect.stringMatching(/\t会議 \/ c\tparticipant\tnone\t/));
    void [bob, carol];
  });

  test('somebody who is renamed, who says something to us alone, and who goes with a word', async () => {
    const name = users.room();
    await using bob = await inside('bob', name);
    using carol = await rawStream(users.server);
    await carol.login('carol', 'secret');
    const to = `${address(name)}/c 1`;
    await carol.ask(`<presence to='${to}'><x xmlns='http://jabber.org/protocol/muc'/></presence>`, /code=['"]110/);
    expect(
      await next(bob, 'occupant', /"change":"joined".*"nick":"c 1"|"nick":"c 1".*"change":"joined"/),
    ).toBeDefined();
    await carol.ask(`<presence to='${address(name)}/__proto__'/>`, /code=['"]303/);
    const renamed = { nick: 'c 1', newNick: '__proto__', change: 'nick', self: false };
    expect(await next(bob, 'occupant', /"change":"nick"/)).toMatchObject(renamed);
    const alone = `<message to='${address(name)}/bob' type='chat' id='pm'><body>psst</body></message>`;
    await carol.ask(alone, /(?:)/);
    const from = { type: 'chat', from: address(name), room: address(name), nick: '__proto__', resource: null };
    expect(await next(bob, 'message')).toMatchObject({ ...from, body: 'psst' });
    await carol.ask(
      `<presence to='${address(name)}/__proto__' type='unavailable'><status>lunch</status></presence>`,
      /type=['"]unavailable/,
    );
    const left = { nick: '__proto__', change: 'left', reason: 'lunch' };
    expect(await next(bob, 'occupant', /"change":"left"/)).toMatchObject(left);
  });

  test('listen --room hears the room beside the contacts, and answers pings', async () => {
    const name = users.room();
    const args = ['listen', '--json', '--events', 'all', '--room', name, '--nick', 'ear'];
    await using bob = await spawnXmppctl(args, users.options('bob'));
    await bob.waitForLine(/"change":"joined".*"self":true/);
    await say(name, 'in the room');
    expect(await next(bob, 'message')).toMatchObject({ room: address(name), body: 'in the room', type: 'groupchat' });
    await xmppctl(['send', 'bob@localhost', 'to you'], users.options('alice'));
    expect(await next(bob, 'message')).toMatchObject({ room: null, from: 'alice@localhost', body: 'to you' });
    // Only who answers pings is told to be there by the room.
    await using again = await inside('carol', name, '--ping-after', '100ms', '--nick', 'c');
    await say(name, 'still here');
    await next(again, 'message', /still here/);
  });

  test('two rooms at once', async () => {
    const [one, two] = [users.room(), users.room()];
    await using bob = await spawnXmppctl(['muc', 'join', one, two, '--json', '--count', '2'], users.options('bob'));
    for (const name of [one, two])
      await bob.waitForLine((line) => line.includes(address(name)) && line.includes('true'));
    await say(one, 'first');
    await say(two, 'second');
    expect((await bob.done).exitCode).toBe(0);
    const messages = bob.stdout.map((line) => JSON.parse(line)).filter(({ event }) => event === 'message');
    expect(messages.map(({ room, body }) => [room, body])).toEqual([
      [address(one), 'first'],
      [address(two), 'second'],
    ]);
  });

  test('a room that is not there, or that is destroyed, ends with 67', async () => {
    const missing = await muc('bob', ['join', 'nowhere-to-be-found']);
    expect(missing).toMatchObject({ stdout: '', exitCode: 67 });
    const name = await created();
    await using bob = await inside('bob', name);
    await done('alice', 'destroy', name, '--confirm', '--reason', 'enough');
    const { exitCode, stderr } = await bob.done;
    expect(exitCode).toBe(67);
    expect(stderr).toContain('enough');
  });

  test('--for ends in time, and an interrupt leaves the room', async () => {
    const name = users.room();
    const ends = await Promise.all([
      muc('bob', ['join', name, '--nick', 'b1', '--for', '3s']),
      muc('bob', ['join', name, '--nick', 'b2', '--for', '3s', '--count', '1']),
    ]);
    expect(ends.map(({ exitCode }) => exitCode)).toEqual([0, 1]);
    await using alice = await inside('alice', name);
    await using bob = await inside('bob', name);
    await next(alice, 'occupant', /"change":"joined".*"nick":"bob"|"nick":"bob".*"change":"joined"/);
    bob.kill('SIGTERM');
    expect((await bob.done).signal).toBe('SIGTERM');
    await next(alice, 'occupant', /"nick":"bob".*"change":"left"/);
  });

  test('a service for rooms that restarts, or its server, is come back to, and what was said meanwhile is told once', async () => {
    const name = users.room();
    await using bob = await inside('bob', name, '--events', 'message,occupant', '--verbose');
    await say(name, 'before');
    await next(bob, 'message', /before/);
    if (kind === 'ejabberd') {
      await (users.server as Ejabberd).api('restart_module', { host: 'localhost', module: 'mod_muc' });
      await next(bob, 'occupant', /"change":"left".*"self":true/);
      await next(bob, 'occupant', /"change":"joined".*"self":true/);
      expect(bob.stderr.join('\n')).toContain('was shut down');
    }
    await users.server.restart();
    await say(name, 'after');
    await next(bob, 'message', /after/);
    await say(name, 'later');
    await next(bob, 'message', /later/);
    const bodies = bob.stdout
      .map((line) => JSON.parse(line))
      .flatMap(({ event, body }) => (event === 'message' ? [body] : []));
    expect(bodies).toEqual(['before', 'after', 'later']);
  });
});
