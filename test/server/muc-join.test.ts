// Being in a room on real servers: what is heard there, and what ends it.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { servers, type XmppServer } from '../support/servers.ts';
import { at, type Running, spawnXmppctl, xmppctl } from '../support/xmppctl.ts';

describe.each(servers)('on %s', (kind, start) => {
  let server: XmppServer;
  let number = 0;
  beforeAll(async () => {
    server = await start();
    for (const who of ['alice', 'bob', 'carol']) await server.register(who, 'secret');
  });
  afterAll(() => server.stop());

  const env = (who: string) => ({ env: at(server, who, 'secret') });
  const muc = (who: string, ...args: string[]) => xmppctl(['muc', ...args], env(who));
  const created = async (...args: string[]) => {
    const name = `hall${++number}`;
    expect(await muc('alice', 'create', name, ...args)).toMatchObject({ stderr: '', exitCode: 0 });
    return name;
  };
  const address = (name: string) => `${name}@conference.localhost`;
  /** Somebody who is in the room when this resolves. */
  const inside = async (who: string, name: string, ...args: string[]) => {
    const running = await spawnXmppctl(['muc', 'join', name, '--json', ...args], env(who));
    await running.waitForLine(/"change":"joined".*"self":true/);
    return running;
  };
  const next = async (running: Running, event: string, match: RegExp = /./) => {
    const line = await running.waitForLine((text) => text.includes(`"event":"${event}"`) && match.test(text));
    return JSON.parse(line) as Record<string, unknown>;
  };
  /** One after the other, so that an archive that counts in milliseconds can tell them apart. */
  const say = async (name: string, ...bodies: string[]) => {
    for (const body of bodies) expect(await muc('alice', 'send', name, body)).toMatchObject({ exitCode: 0 });
  };

  test('a message, who said it, and who comes and goes', async () => {
    const name = await created();
    await using bob = await inside('bob', name, '--nick', 'Bob the / builder');
    const send = ['send', name, 'hello', '--id', 'm1', '--nick', '__proto__', '--json'];
    const sent = (await muc('alice', ...send)).json<{ stanzaId: string }>();
    expect(await next(bob, 'occupant', /"change":"joined"/)).toMatchObject({
      from: address(name),
      room: address(name),
      nick: '__proto__',
      role: 'moderator',
      affiliation: 'owner',
      self: false,
    });
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
    const later = 'message,reaction,correction,retraction';
    await using bob = await inside('bob', name, '--events', `${later},occupant`);
    const send = async (...args: string[]) => {
      const { stdout, ...ended } = await muc('alice', 'send', name, '--json', ...args);
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
    expect(await muc('carol', 'send', name, '--retract', first.stanzaId)).toMatchObject({ exitCode: 0 });
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
    const name = await created();
    await using bob = await inside('bob', name, '--nick', 'boss');
    const taken = await muc('alice', 'send', name, 'hi', '--nick', 'boss');
    expect(taken).toMatchObject({ stdout: '', exitCode: 81 });
    expect(taken.stderr).toContain('conflict');
    expect(await muc('alice', 'send', name, 'hi', '--nick', 'boss', '--nick-fallback')).toMatchObject({ exitCode: 0 });
    expect(await next(bob, 'message')).toMatchObject({ nick: 'boss-2', body: 'hi' });
  });

  test('members are those inside, with real addresses where the room shows them', async () => {
    const name = await created();
    await using bob = await inside('bob', name, '--nick', 'b');
    await using carol = await inside('carol', name, '--nick', 'c');
    const seen = (await muc('alice', 'members', name, '--json')).json<{ nick: string; jid: string | null }[]>();
    expect(seen.map(({ nick, jid }) => [nick, jid]).sort()).toEqual([
      ['b', 'bob@localhost'],
      ['c', 'carol@localhost'],
    ]);
    const others = (await muc('bob', 'members', name, '--nick', 'b', '--json')).json<object[]>();
    expect(others).toContainEqual(
      expect.objectContaining({
        room: address(name),
        nick: 'c',
        role: 'participant',
        affiliation: 'none',
        jid: null,
        show: 'available',
        status: null,
      }),
    );
    expect(others).toContainEqual(expect.objectContaining({ nick: 'b' }));
    void [bob, carol];
  });

  test('listen --room hears the room beside the contacts, and answers pings', async () => {
    const name = await created();
    const args = ['listen', '--json', '--events', 'all', '--room', name, '--nick', 'ear'];
    await using bob = await spawnXmppctl(args, env('bob'));
    await bob.waitForLine(/"change":"joined".*"self":true/);
    await say(name, 'in the room');
    expect(await next(bob, 'message')).toMatchObject({ room: address(name), body: 'in the room', type: 'groupchat' });
    await xmppctl(['send', 'bob@localhost', 'to you'], env('alice'));
    expect(await next(bob, 'message')).toMatchObject({ room: null, from: 'alice@localhost', body: 'to you' });
    // Only who answers pings is told to be there by the room.
    await using again = await inside('carol', name, '--ping-after', '100ms', '--nick', 'c');
    await say(name, 'still here');
    await next(again, 'message', /still here/);
  });

  test('two rooms at once', async () => {
    const [one, two] = [await created(), await created()];
    await using bob = await spawnXmppctl(['muc', 'join', one, two, '--json', '--count', '2'], env('bob'));
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
    const missing = await muc('bob', 'join', 'nowhere-to-be-found');
    expect(missing).toMatchObject({ stdout: '', exitCode: 67 });
    expect(await muc('bob', 'info', 'nowhere-to-be-found')).toMatchObject({ exitCode: 67 });
    const name = await created();
    await using bob = await inside('bob', name);
    const reason = ['--reason', 'enough'];
    expect(await muc('alice', 'destroy', name, '--confirm', name, ...reason)).toMatchObject({
      stderr: '',
      exitCode: 0,
    });
    const { exitCode, stderr } = await bob.done;
    expect(exitCode).toBe(67);
    expect(stderr).toContain('enough');
  });

  test('--for ends in time, and an interrupt leaves the room', async () => {
    const name = await created();
    expect(await muc('bob', 'join', name, '--for', '300ms')).toMatchObject({ exitCode: 0 });
    expect(await muc('bob', 'join', name, '--for', '300ms', '--count', '1')).toMatchObject({ exitCode: 1 });
    await using alice = await inside('alice', name);
    await using bob = await inside('bob', name);
    await next(alice, 'occupant', /"change":"joined".*"nick":"bob"|"nick":"bob".*"change":"joined"/);
    bob.kill('SIGTERM');
    expect((await bob.done).signal).toBe('SIGTERM');
    await next(alice, 'occupant', /"nick":"bob".*"change":"left"/);
  });

  test('a server that restarts is come back to, and what was said meanwhile is told once', async () => {
    const name = await created();
    await using bob = await inside('bob', name, '--events', 'message,occupant', '--verbose');
    await say(name, 'before');
    await next(bob, 'message', /before/);
    await server.restart();
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
