// What servers tell of somebody, and whom they keep away.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { peopleOn } from '../support/people.ts';
import { servers, type XmppServer } from '../support/servers.ts';
import { at, spawnXmppctl } from '../support/xmppctl.ts';

const card =
  "<iq type='set' id='card'><vCard xmlns='vcard-temp'><FN>Bob Builder</FN><EMAIL><USERID>bob@example.org</USERID></EMAIL>" +
  '<ORG><ORGNAME>Org</ORGNAME></ORG><PHOTO><TYPE>image/png</TYPE><BINVAL>iVBORw0KGgo=</BINVAL></PHOTO></vCard></iq>';
const nick =
  "<iq type='set' id='nick'><pubsub xmlns='http://jabber.org/protocol/pubsub'><publish node='http://jabber.org/protocol/nick'>" +
  "<item id='current'><nick xmlns='http://jabber.org/protocol/nick'>Bobby</nick></item></publish></pubsub></iq>";

describe.each(servers)('%s', (_kind, start) => {
  let server: XmppServer;
  const { register, as, done, befriend } = peopleOn(() => server);
  beforeAll(async () => {
    server = await start();
  });
  afterAll(() => server.stop());

  test('everything that a contact reveals, and null for what they do not', async () => {
    const [alice = '', bob = ''] = await register('alice', 'bob');
    await done(bob, ['raw'], { input: card + nick });
    await befriend(alice, bob);
    await done(alice, ['add', bob, '--name', 'Bob', '--group', 'Friends']);
    const offline = (await done(alice, ['info', bob, '--json'])).json<Record<string, unknown>>();
    expect(offline).toMatchObject({
      ...{ jid: bob, name: 'Bob', groups: ['Friends'], subscription: 'both', ask: false, online: false, presence: [] },
      vcard: {
        ...{ fullName: 'Bob Builder', nickname: 'Bobby', email: 'bob@example.org', organization: 'Org', phone: null },
        photo: 'data:image/png;base64,iVBORw0KGgo=',
      },
      lastActivity: { seconds: expect.any(Number) },
      client: null,
      features: expect.arrayContaining(['http://jabber.org/protocol/pubsub']),
    });
    await using here = await spawnXmppctl(['presence', 'set', 'away', 'lunch', '--json'], {
      env: at(server, bob, 'secret'),
    });
    const { resource } = JSON.parse(await here.waitForLine(/away/));
    expect((await done(alice, ['info', bob, '--json'])).json()).toMatchObject({
      online: true,
      presence: [{ resource, show: 'away', status: 'lunch', priority: -1 }],
      // The other side is xmppctl, which tells nobody what it is and what it runs on.
      client: null,
    });
  });

  test('as a table: a line for each thing that is known', async () => {
    const [alice = '', bob = ''] = await register('alice', 'bob');
    await done(bob, ['raw'], { input: card });
    const table = (await done(alice, ['info', bob])).stdout;
    expect(table).toMatch(new RegExp(`^jid +${bob}$`, 'm'));
    expect(table).toMatch(/^vcard\.fullName +Bob Builder$/m);
    expect(table).not.toMatch(/phone|client|online/);
  });

  test('somebody who is no contact, nobody, and nowhere', async () => {
    const [alice = '', bob = ''] = await register('alice', 'bob');
    await done(bob, ['raw'], { input: card });
    expect((await done(alice, ['info', bob, '--json'])).json()).toMatchObject({
      ...{ subscription: null, online: null, presence: [], vcard: { fullName: 'Bob Builder' } },
    });
    expect((await done(alice, ['info', `nobody@${server.domain}`, '--json'])).json()).toMatchObject({
      ...{ subscription: null, online: null, vcard: null, lastActivity: null, client: null, features: [] },
    });
    expect(await as(alice, ['info', 'bob@unreachable.test'])).toMatchObject({ exitCode: 68, stdout: '' });
  });

  test('who is blocked is not heard, and is listed until unblocked', async () => {
    const [alice = '', bob = ''] = await register('alice', 'bob');
    expect((await done(alice, ['block'])).stdout).toBe('');
    expect((await done(alice, ['block', bob])).stdout).toBe('');
    expect((await done(alice, ['block', 'spam.example', '--json'])).json()).toEqual([
      { jid: 'spam.example', jidAscii: null, blocked: true },
    ]);
    expect((await done(alice, ['block'])).lines()).toEqual(['JID', bob, 'spam.example']);
    const refused = await as(alice, ['send', bob, 'hi']);
    expect(refused).toMatchObject({ exitCode: 77, stderr: expect.stringContaining(`xmppctl unblock ${bob}`) });
    expect((await as(bob, ['send', alice, 'let me in'])).exitCode).not.toBe(0);
    expect(await as(alice, ['send', bob, 'hello'])).toMatchObject({ exitCode: 77 });

    expect((await done(alice, ['unblock', bob, '--json'])).json()).toMatchObject({ jid: bob, blocked: false });
    expect((await done(alice, ['block', '--json'])).json()).toMatchObject([{ jid: 'spam.example' }]);
    await done(bob, ['send', alice, 'thank you']);
    expect(await as(alice, ['unblock', bob])).toMatchObject({ exitCode: 67 });
  });

  test('neither oneself nor the own server can be blocked', async () => {
    const [alice = ''] = await register('alice');
    for (const jid of [alice, server.domain]) expect((await as(alice, ['block', jid])).exitCode).toBe(64);
  });
});
