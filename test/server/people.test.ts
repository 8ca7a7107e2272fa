// Contacts and requests between people on real servers.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { removeDirectory, temporaryDirectory } from '../support/daemon.ts';
import { type Contact, peopleOn } from '../support/people.ts';
import { servers, type XmppServer } from '../support/servers.ts';

describe.each(servers)('%s', (kind, start) => {
  let server: XmppServer;
  const { register, as, done, contactsOf, befriend } = peopleOn(() => server);
  beforeAll(async () => {
    server = await start();
  });
  afterAll(() => server.stop());

  test('a request, its answer, and the way back', async () => {
    const [alice = '', bob = ''] = await register('alice', 'bob');
    const added = await done(alice, [
      'add',
      bob,
      '--name',
      'Bob',
      '--group',
      'Friends',
      '--message',
      'It is me',
      '--json',
    ]);
    expect(added.json()).toMatchObject({ jid: bob, name: 'Bob', groups: ['Friends'], ask: true, status: 'requested' });
    expect(await contactsOf(bob, '--pending')).toMatchObject([{ jid: alice, status: 'It is me', subscription: null }]);

    expect((await done(bob, ['accept', alice, '--json'])).json()).toMatchObject({ jid: alice, subscription: 'from' });
    expect(await contactsOf(bob, '--pending')).toEqual([]);
    expect(await contactsOf(alice)).toMatchObject([{ jid: bob, subscription: 'to', ask: false, online: null }]);

    await done(bob, ['add', alice]);
    expect((await done(alice, ['accept', bob, '--json'])).json()).toMatchObject({ subscription: 'both' });
    expect((await done(bob, ['add', alice, '--json'])).json()).toMatchObject({
      status: 'accepted',
      subscription: 'both',
    });
  });

  test('commands that act are silent, and print their result when asked', async () => {
    const [alice = '', bob = ''] = await register('alice', 'bob');
    expect((await done(alice, ['add', bob])).stdout).toBe('');
    expect((await done(bob, ['accept', alice])).stdout).toBe('');
    expect((await done(alice, ['remove', bob, '-o', 'tsv'])).lines()).toEqual([
      'jid\tjidAscii\tsubscription',
      `${bob}\t\t`,
    ]);
  });

  test('contacts as a table, and only those of a group or a subscription', async () => {
    const [alice = '', bob = '', carol = ''] = await register('alice', 'bob', 'carol');
    await done(alice, ['add', bob, '--name', 'Bob', '--group', 'Friends', '--group', 'Work']);
    await done(alice, ['add', carol]);
    await done(bob, ['accept', alice]);
    const table = (await done(alice, ['contacts'])).lines();
    expect(table[0]).toMatch(/^JID +NAME +GROUPS +SUBSCRIPTION +ASK +APPROVED$/);
    expect(table[1]).toMatch(new RegExp(`^${bob} +Bob +Friends, Work +to$`));
    expect(table[2]).toMatch(new RegExp(`^${carol} +none +yes$`));
    expect(await contactsOf(alice, '--group', 'Work')).toMatchObject([{ jid: bob, groups: ['Friends', 'Work'] }]);
    expect(await contactsOf(alice, '--subscription', 'none')).toMatchObject([{ jid: carol }]);
    expect(await contactsOf(alice, '--group', 'None')).toEqual([]);
  });

  test('a name or groups that are not given stay, and those that are given replace the old ones', async () => {
    const [alice = '', bob = ''] = await register('alice', 'bob');
    await done(alice, ['add', bob, '--name', 'Bob', '--group', 'A']);
    await done(alice, ['add', bob, '--group', 'B']);
    expect(await contactsOf(alice)).toMatchObject([{ name: 'Bob', groups: ['B'] }]);
    await done(alice, ['add', bob, '--name', 'Robert']);
    expect(await contactsOf(alice)).toMatchObject([{ name: 'Robert', groups: ['B'] }]);
    await done(alice, ['add', bob, '--name', '', '--group', '']);
    expect(await contactsOf(alice)).toMatchObject([{ name: null, groups: [] }]);
  });

  test('the list is kept, and comes from the cache as long as it is current', async () => {
    const [alice = '', bob = '', carol = ''] = await register('alice', 'bob', 'carol');
    const home = await temporaryDirectory('home');
    await done(alice, ['add', bob, '--name', 'Bob'], { home });
    const first = await done(alice, ['contacts', '--json'], { home });
    const again = await as(alice, ['contacts', '--json', '--trace'], { home });
    expect(again.json()).toEqual(first.json());
    expect(again.stderr).toMatch(/query [^>]*ver="[^"]+"/);
    expect(again.stderr).not.toMatch(/<< .*<item/);
    await done(alice, ['add', carol]); // from a home of its own, which knows nothing of that cache
    expect((await done(alice, ['contacts', '--json'], { home })).json<Contact[]>()).toHaveLength(2);
    removeDirectory(home);
  });

  test('deny refuses a request, and takes back what was granted', async () => {
    const [alice = '', bob = ''] = await register('alice', 'bob');
    await done(alice, ['add', bob]);
    expect((await done(bob, ['deny', alice, '--json'])).json()).toMatchObject({ jid: alice, status: 'denied' });
    expect(await contactsOf(bob, '--pending')).toEqual([]);
    expect(await contactsOf(alice)).toMatchObject([{ jid: bob, subscription: 'none', ask: false }]);
    await befriend(alice, bob);
    expect((await done(bob, ['deny', alice, '--json'])).json()).toMatchObject({ subscription: 'to' });
    expect(await contactsOf(alice)).toMatchObject([{ jid: bob, subscription: 'from' }]);
  });

  test('remove ends both subscriptions, or leaves the contact theirs', async () => {
    const [alice = '', bob = ''] = await register('alice', 'bob');
    await befriend(alice, bob);
    await done(alice, ['add', bob, '--name', 'Bob', '--group', 'Friends']);
    const kept = await done(alice, ['remove', bob, '--keep-subscription', '--json']);
    expect(kept.json()).toMatchObject({ jid: bob, subscription: 'from' });
    expect(await contactsOf(alice)).toMatchObject([{ jid: bob, name: null, groups: [], subscription: 'from' }]);
    expect(await contactsOf(bob)).toMatchObject([{ jid: alice, subscription: 'to' }]);
    await done(alice, ['remove', bob]);
    expect(await contactsOf(alice)).toEqual([]);
    expect(await contactsOf(bob)).toMatchObject([{ jid: alice, subscription: 'none' }]);
  });

  test('what does not exist has exit status 67, and what cannot be 64', async () => {
    const [alice = ''] = await register('alice');
    for (const command of ['accept', 'deny', 'remove']) {
      expect(await as(alice, [command, `nobody@${server.domain}`])).toMatchObject({ exitCode: 67, stdout: '' });
    }
    expect(await as(alice, ['add', alice])).toMatchObject({ exitCode: 64 });
    expect(await as(alice, ['contacts', '--pending', '--presence'])).toMatchObject({ exitCode: 64 });
    expect(await as(alice, ['presence', 'set', 'busy'])).toMatchObject({ exitCode: 64 });
    expect(await as(alice, ['add', 'a@@b'])).toMatchObject({ exitCode: 64 });
    expect(await as(alice, ['add', `bob@${server.domain}`, '--name', 'a\u0001b'])).toMatchObject({ exitCode: 65 });
  });

  test('a contact of a server that cannot be reached is refused, and leaves nothing behind', async () => {
    const [alice = ''] = await register('alice');
    expect(await as(alice, ['add', 'bob@unreachable.test'])).toMatchObject({ exitCode: 68 });
    expect(await contactsOf(alice)).toEqual([]);
  });

  test('approval in advance, where the server keeps it', async () => {
    const [alice = '', bob = ''] = await register('alice', 'bob');
    const added = await as(alice, ['add', bob, '--approve', '--json']);
    if (kind === 'ejabberd') {
      expect(added.exitCode).toBe(69);
      expect(await contactsOf(alice)).toEqual([]);
      return;
    }
    expect(added.json()).toMatchObject({ approved: true, status: 'requested' });
    await done(bob, ['add', alice]);
    expect(await contactsOf(alice, '--pending')).toEqual([]);
    // Prosody 0.12 does not tell the one who asked, so Bob's side proves nothing.
    expect(await contactsOf(alice)).toMatchObject([{ jid: bob, subscription: 'from' }]);
  });
});
