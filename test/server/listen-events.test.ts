// What listen prints for each kind of event, with all its keys.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { befriend } from '../support/contacts.ts';
import { listening } from '../support/listening.ts';
import { type RawStream, rawStream } from '../support/raw-stream.ts';
import { servers, type XmppServer } from '../support/servers.ts';
import { at, type Running, xmppctl } from '../support/xmppctl.ts';

const now = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);

describe.each(servers)('on %s', (_kind, start) => {
  let server: XmppServer;
  let alice: RawStream;
  let bob: Running;
  beforeAll(async () => {
    server = await start();
    for (const name of ['alice', 'bob', 'carol']) await server.register(name, 'secret');
    await befriend(server, 'alice', 'bob');
    bob = await listening(['--json', '--events', 'all', '--sent'], { env: at(server, 'bob', 'secret') });
    alice = await rawStream(server);
    await alice.login('alice', 'secret', 'phone');
  });
  afterAll(async () => {
    alice[Symbol.dispose]();
    await bob[Symbol.asyncDispose]();
    await server.stop();
  });

  const send = (xml: string) => alice.ask(xml, /^/);
  /** The next event with that name. */
  const next = async (event: string) =>
    JSON.parse(await bob.waitForLine((line) => line.includes(`"event":"${event}"`)));
  const header = (event: string) => ({ v: 1, event, time: now, account: 'bob@localhost', from: 'alice@localhost' });

  test('message', async () => {
    await send(
      "<message to='bob@localhost' type='chat' id='m1'><body>hello</body><subject>S</subject><thread>T</thread>" +
        "<x xmlns='jabber:x:oob'><url>https://example.org/a.png</url></x></message>",
    );
    expect(await next('message')).toEqual({
      ...header('message'),
      type: 'chat',
      resource: 'phone',
      to: 'bob@localhost',
      id: 'm1',
      stanzaId: expect.stringMatching(/./),
      body: 'hello',
      subject: 'S',
      thread: 'T',
      delayed: false,
      carbon: null,
      source: 'live',
      replaces: null,
      correction: null,
      replyTo: null,
      files: [expect.objectContaining({ url: 'https://example.org/a.png' })],
      room: null,
      nick: null,
      occupantId: null,
    });
  });

  test('a message with next to nothing has all keys, and null for what is absent', async () => {
    await send("<message to='bob@localhost'><body>bare</body></message>");
    const event = await next('message');
    expect(event).toMatchObject({ type: 'normal', id: null, subject: null, thread: null, files: [] });
    expect(Object.keys(event)).toEqual([
      ...['v', 'event', 'time', 'account', 'type', 'from', 'resource', 'to', 'id', 'stanzaId', 'body', 'subject'],
      ...['thread', 'delayed', 'carbon', 'source', 'replaces', 'correction', 'replyTo', 'files'],
      ...['room', 'nick', 'occupantId'],
    ]);
  });

  test('presence', async () => {
    // At the start a server may also say of each contact that no resource is there.
    const nextOfPhone = async () => JSON.parse(await bob.waitForLine(/"event":"presence".*"resource":"phone"/));
    await send('<presence><show>away</show><status>tea</status><priority>5</priority></presence>');
    expect(await nextOfPhone()).toEqual({
      ...header('presence'),
      resource: 'phone',
      show: 'away',
      status: 'tea',
      priority: 5,
    });
    await send('<presence/>');
    expect(await nextOfPhone()).toMatchObject({ show: 'available', status: null, priority: 0 });
    await send("<presence type='unavailable'/>");
    expect(await nextOfPhone()).toMatchObject({ resource: 'phone', show: 'offline', status: null, priority: null });
  });

  test('subscription: requested, accepted, denied, cancelled', async () => {
    using carol = await rawStream(server);
    await carol.login('carol', 'secret');
    const asBob = await rawStream(server);
    await asBob.login('bob', 'secret');
    const from = { ...header('subscription'), from: 'carol@localhost', status: null };
    const presence = (type: string, to = 'bob') => `<presence to='${to}@localhost' type='${type}'/>`;
    await carol.ask("<presence to='bob@localhost' type='subscribe'><status>let me</status></presence>", /^/);
    expect(await next('subscription')).toEqual({
      ...from,
      action: 'request',
      status: expect.toBeOneOf(['let me', null]),
    });
    await asBob.ask(presence('subscribed', 'carol') + presence('subscribe', 'carol'), /^/);
    await carol.ask('<presence/>', /type=['"]subscribe['"]/);
    await carol.ask(presence('subscribed'), /^/);
    expect(await next('subscription')).toEqual({ ...from, action: 'accepted' });
    await carol.ask(presence('unsubscribed'), /^/);
    expect(await next('subscription')).toEqual({ ...from, action: 'denied' });
    await carol.ask(presence('unsubscribe'), /^/);
    expect(await next('subscription')).toEqual({ ...from, action: 'cancelled' });
    asBob[Symbol.dispose]();
  });

  test('receipt, displayed and chatstate', async () => {
    const message = (child: string) => `<message to='bob@localhost' type='chat'>${child}</message>`;
    const noRoom = { room: null, nick: null, occupantId: null };
    await send(message("<received xmlns='urn:xmpp:receipts' id='r1'/>"));
    expect(await next('receipt')).toEqual({ ...header('receipt'), ...noRoom, id: 'r1' });
    await send(message("<displayed xmlns='urn:xmpp:chat-markers:0' id='d1'/>"));
    expect(await next('displayed')).toEqual({ ...header('displayed'), ...noRoom, id: 'd1' });
    for (const state of ['active', 'composing', 'paused', 'inactive', 'gone']) {
      await send(message(`<${state} xmlns='http://jabber.org/protocol/chatstates'/>`));
      expect(await next('chatstate')).toEqual({ ...header('chatstate'), ...noRoom, state });
    }
  });

  test('--sent: what another device of the account sends', async () => {
    await xmppctl(['send', 'carol@localhost', 'from my phone', '--id', 'c1'], { env: at(server, 'bob', 'secret') });
    expect(await next('message')).toMatchObject({
      from: 'bob@localhost',
      to: 'carol@localhost',
      id: 'c1',
      body: 'from my phone',
      carbon: 'sent',
    });
  });

  test('a message for another device of the account comes as a copy', async () => {
    using tablet = await rawStream(server);
    await tablet.login('bob', 'secret', 'tablet');
    await tablet.ask('<presence/>', /<presence /);
    await send("<message to='bob@localhost/tablet' type='chat' id='t1'><body>for the tablet</body></message>");
    expect(await next('message')).toMatchObject({ id: 't1', carbon: 'received', from: 'alice@localhost' });
  });
});
