// Presence of people on real servers, and the messages that wait meanwhile.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { peopleOn } from '../support/people.ts';
import { servers, type XmppServer } from '../support/servers.ts';
import { at, spawnXmppctl } from '../support/xmppctl.ts';

describe.each(servers)('%s', (_kind, start) => {
  let server: XmppServer;
  const { register, done, contactsOf, befriend } = peopleOn(() => server);
  beforeAll(async () => {
    server = await start();
  });
  afterAll(() => server.stop());

  test('who is online, and with which words; who shows none is available', async () => {
    const [alice = '', bob = '', carol = ''] = await register('alice', 'bob', 'carol');
    await befriend(alice, bob);
    await done(alice, ['add', carol]);
    expect(await contactsOf(alice, '--presence')).toMatchObject([
      { jid: bob, online: false, show: 'offline', resources: [] },
      { jid: carol, online: null, show: null },
    ]);
    await using busy = await spawnXmppctl(['presence', 'set', 'dnd', 'in a meeting', '--json'], {
      env: at(server, bob, 'secret'),
    });
    const held = JSON.parse(await busy.waitForLine(/dnd/));
    expect(held).toMatchObject({ jid: bob, show: 'dnd', status: 'in a meeting', priority: -1 });
    expect((await contactsOf(alice, '--presence'))[0]).toMatchObject({
      ...{ online: true, show: 'dnd', status: 'in a meeting', resources: [held.resource] },
    });
    await using here = await spawnXmppctl(['presence', 'set', 'available', '--json'], {
      env: at(server, bob, 'secret'),
    });
    const second = JSON.parse(await here.waitForLine(/available/));
    const seen = (await done(alice, ['presence', 'get', bob, carol, '--json'])).json<{ resource: string }[]>();
    expect(
      seen.sort((a, b) => (a.resource === held.resource ? -1 : Number(b.resource === held.resource))),
    ).toMatchObject([
      { jid: bob, online: true, show: 'dnd', status: 'in a meeting', resource: held.resource, priority: -1 },
      { jid: bob, online: true, show: 'available', status: null, resource: second.resource },
      { jid: carol, online: null, show: null, status: null, resource: null, priority: null },
    ]);
    for (const running of [busy, here]) {
      running.kill('SIGINT');
      expect((await running.done).signal).toBe('SIGINT');
    }
    expect((await done(alice, ['presence', 'get', bob, '--json'])).json()).toMatchObject([
      { online: false, show: 'offline' },
    ]);
  });

  test('a contact sees the change at once, and its end', async () => {
    const [alice = '', bob = ''] = await register('alice', 'bob');
    await befriend(alice, bob);
    await using watching = await spawnXmppctl(
      ['listen', '--events', 'presence', '--from', bob, '--json', '--verbose'],
      {
        env: at(server, alice, 'secret'),
      },
    );
    await watching.waitForLine(/online/, 10_000, 'stderr');
    const set = await done(bob, ['presence', 'set', 'away', 'lunch', '--for', '1s', '--json']);
    expect(set.durationMs).toBeGreaterThan(1000);
    expect(JSON.parse(await watching.waitForLine(/"away"/))).toMatchObject({
      from: bob,
      show: 'away',
      status: 'lunch',
    });
    expect(JSON.parse(await watching.waitForLine(/"offline"/))).toMatchObject({ from: bob, show: 'offline' });
  });

  test('stored messages stay on the server, whichever command goes online', async () => {
    const [alice = '', bob = ''] = await register('alice', 'bob');
    await befriend(alice, bob);
    const [carol = ''] = await register('carol');
    await done(carol, ['add', alice]);
    await done(bob, ['send', alice, 'for later']);
    await contactsOf(alice, '--presence');
    await contactsOf(alice, '--pending');
    await done(alice, ['presence', 'get', bob]);
    await done(alice, ['presence', 'set', 'away', '--for', '100ms']);
    await done(alice, ['accept', carol]);
    await done(alice, ['deny', carol]);
    const got = await done(alice, ['listen', '--count', '1', '--for', '10s', '--json']);
    expect(JSON.parse(got.stdout)).toMatchObject({ from: bob, body: 'for later' });
  });
});
