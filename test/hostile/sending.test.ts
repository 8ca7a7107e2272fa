// The connection breaks when the message has left and before the server has said so: never 0 without it, never twice (CASES I).
import { describe, expect, test } from 'vitest';
import { aliceAt, password, run } from '../support/attempt.ts';
import type { Peer } from '../support/peer.ts';
import { until } from '../support/ports.ts';
import { type ScriptedServer, scriptedServer } from '../support/scripted-server.ts';
import type { XmlElement } from '../support/xml-reader.ts';
import { spawnXmppctl } from '../support/xmppctl.ts';

const MAM = 'urn:xmpp:mam:2';

/** Loses the first connection with the message on it; the next ones answer as `later` says. */
const losesOne = (later: (element: XmlElement, peer: Peer) => string | undefined) =>
  scriptedServer({ tls: 'direct' }, async (peer, number) => {
    await peer.login({ password });
    if (number > 0) return peer.session((element) => later(element, peer));
    await peer.next('message');
    peer.destroy();
  });
const send = (server: ScriptedServer, ...args: string[]) =>
  run(['send', 'bob@localhost', 'hi', '--id', 'once', '--json', ...args], server, { seconds: 10 });

/** An archive with that message in it; `from` sends the result. */
function archiveWith(message: string, from = 'alice@localhost') {
  return (element: XmlElement): string | undefined => {
    const query = element.child('query', MAM);
    if (!query) return undefined;
    const result =
      `<message from='${from}' to='alice@localhost'><result xmlns='${MAM}' queryid='${query.attrs.queryid}' id='archive-7'>` +
      `<forwarded xmlns='urn:xmpp:forward:0'>${message}</forwarded></result></message>`;
    const fin = `<fin xmlns='${MAM}' complete='true'><set xmlns='http://jabber.org/protocol/rsm'><first>archive-7</first><last>archive-7</last></set></fin>`;
    return `${result}<iq type='result' id='${element.attrs.id}'>${fin}</iq>`;
  };
}
const sentMessage = (attrs: string) => `<message xmlns='jabber:client' ${attrs}><body>hi</body></message>`;
const messagesOf = (server: ScriptedServer) =>
  server.peers.flatMap((peer) => peer.received.filter(({ name }) => name === 'message'));

describe('the connection breaks after the message left, and cannot be taken up again', () => {
  test('the archive has it: 0, with its id there, and it was written once', async () => {
    await using server = await losesOne(
      archiveWith(sentMessage("from='alice@localhost/x' to='bob@localhost' id='once'")),
    );
    const result = await send(server);
    expect(result).toMatchObject({ exitCode: 0, stderr: '' });
    expect(result.json()).toMatchObject({ id: 'once', status: 'acked', stanzaId: 'archive-7', error: null });
    expect(messagesOf(server)).toHaveLength(1);
  });

  test.each([
    ['there is no archive', () => undefined],
    [
      'the archive does not have it',
      archiveWith(sentMessage("from='alice@localhost/x' to='bob@localhost' id='other'")),
    ],
    [
      'somebody else sent one with that id',
      archiveWith(sentMessage("from='bob@localhost/x' to='alice@localhost' id='once'")),
    ],
    [
      'somebody else pretends to be the archive',
      archiveWith(sentMessage("from='alice@localhost/x' to='bob@localhost' id='once'"), 'mallory@localhost'),
    ],
  ])('%s: 79, and it was written once', async (_what, later) => {
    await using server = await losesOne(later);
    const result = await send(server);
    expect(result.exitCode).toBe(79);
    expect(result.json()).toMatchObject({ id: 'once', status: 'unknown', error: { exit: 79, delivered: 'unknown' } });
    expect(messagesOf(server)).toHaveLength(1);
  });

  test('--retry-unknown: written again with the same id and the time of the first attempt: 0', async () => {
    await using server = await losesOne(() => undefined);
    const result = await send(server, '--retry-unknown');
    expect(result).toMatchObject({ exitCode: 0, stderr: '' });
    expect(result.json()).toMatchObject({ id: 'once', status: 'acked', error: null });
    const [first, second, ...more] = messagesOf(server);
    expect(more).toEqual([]);
    expect([first?.attrs.id, second?.attrs.id]).toEqual(['once', 'once']);
    expect(first?.child('delay', 'urn:xmpp:delay')).toBeUndefined();
    const delay = second?.child('delay', 'urn:xmpp:delay');
    expect(delay?.attrs.from).toBe('alice@localhost');
    expect(Math.abs(Date.parse(delay?.attrs.stamp ?? '') - Date.now())).toBeLessThan(20_000);
  });

  test('--retry-unknown with the message in the archive: not written again', async () => {
    await using server = await losesOne(
      archiveWith(sentMessage("from='alice@localhost/x' to='bob@localhost' id='once'")),
    );
    expect((await send(server, '--retry-unknown')).exitCode).toBe(0);
    expect(messagesOf(server)).toHaveLength(1);
  });

  test('an archive that never answers: 79 by the deadline', async () => {
    await using server = await losesOne((element) => (element.child('query', MAM) ? '' : undefined));
    expect((await run(['send', 'bob@localhost', 'hi'], server, { seconds: 3 })).exitCode).toBe(79);
  });
});

test('the server goes away between login and message: sent over another connection, once: 0 (CASES 80)', async () => {
  await using server = await scriptedServer({ tls: 'direct' }, async (peer, number) => {
    await peer.login({ password });
    if (number === 0) return peer.destroy();
    await peer.session();
  });
  const lines = Array.from({ length: 3 }, (_, number) => `line ${number}`).join('\n');
  const result = await run(['send', 'bob@localhost', '--lines', '--json'], server, { seconds: 10, input: lines });
  expect([0, 79, 83]).toContain(result.exitCode);
  const told = result.lines().map((line) => JSON.parse(line) as { id: string; status: string });
  const arrived = server.peers.slice(1).flatMap((peer) => peer.received.filter(({ name }) => name === 'message'));
  expect(arrived.map(({ attrs }) => attrs.id)).toEqual(
    told.filter(({ status }) => status === 'acked').map(({ id }) => id),
  );
  expect(told.every(({ status }) => status === 'acked' || status === 'unknown')).toBe(true);
});

test('the archive is read back to what was sent before, and no further', async () => {
  const inArchive = archiveWith(sentMessage("from='alice@localhost/x' to='bob@localhost' id='sent'"));
  let pages = 0;
  await using server = await scriptedServer({ tls: 'direct' }, async (peer, number) => {
    await peer.login({ password });
    peer.acks();
    await peer.session((element) => {
      if (element.name === 'message' && element.attrs.id === 'lost') return peer.destroy() ?? '';
      const page = number === 0 ? undefined : inArchive(element);
      if (page === undefined) return undefined;
      pages += 1;
      // There would be more before it.
      return page.replace("complete='true'", "complete='false'").replaceAll('archive-7', `archive-${pages}`);
    });
  });
  await using sender = await spawnXmppctl(['send', '--batch', '--json'], { env: aliceAt(server), openInput: true });
  const say = (id: string) =>
    sender.process.stdin?.write(`${JSON.stringify({ to: 'bob@localhost', body: 'hi', id })}\n`);
  say('sent');
  await sender.waitForLine(/acked/);
  say('lost');
  await sender.waitForLine(/unknown/);
  sender.process.stdin?.end();
  expect((await sender.done).exitCode).toBe(83);
  expect(pages).toBe(1);
});

test('--retry-unknown: what was sent again does not hide what the archive has before it', async () => {
  const pageOf = (id: string, place: number, complete: boolean) => (element: XmlElement) =>
    archiveWith(sentMessage(`from='alice@localhost/x' to='bob@localhost' id='${id}'`))(element)
      ?.replaceAll('archive-7', `archive-${place}`)
      .replace("complete='true'", `complete='${complete}'`);
  let isRepeated = false;
  await using server = await scriptedServer({ tls: 'direct' }, async (peer, number) => {
    await peer.login({ password });
    peer.acks(number > 0);
    await peer.session((element) => {
      const { id } = element.attrs;
      if (number === 0) return element.name === 'message' && id === 'two' ? (peer.destroy() ?? '') : '';
      if (element.name === 'message' && id === 'one') isRepeated = true;
      const before = element.child('query', MAM)?.child('set', 'http://jabber.org/protocol/rsm')?.child('before')?.text;
      return isRepeated && before === '' ? pageOf('one', 2, false)(element) : pageOf('two', 1, true)(element);
    });
  });
  const args = ['send', '--batch', '--json', '--retry-unknown'];
  await using sender = await spawnXmppctl(args, { env: aliceAt(server), openInput: true });
  const say = (id: string) =>
    sender.process.stdin?.write(`${JSON.stringify({ to: 'bob@localhost', body: 'hi', id })}\n`);
  say('one');
  await until('the first has left', async () => messagesOf(server).length === 1);
  say('two');
  await sender.waitForLine(/two/);
  sender.process.stdin?.end();
  expect((await sender.done).exitCode).toBe(0);
  expect(messagesOf(server).map(({ attrs }) => attrs.id)).toEqual(['one', 'two', 'one']);
});

test('a batch is sent to its end, though nobody reads the results any more', async () => {
  await using server = await scriptedServer({ tls: 'direct' }, async (peer) => {
    await peer.login({ password });
    peer.acks();
    await peer.session(() => undefined);
  });
  await using sender = await spawnXmppctl(['send', '--batch', '--json'], { env: aliceAt(server), openInput: true });
  const entry = (n: number) => `${JSON.stringify({ to: 'bob@localhost', body: `number ${n}` })}\n`;
  sender.process.stdin?.write(entry(0));
  await sender.waitForLine(/acked/);
  sender.process.stdout?.destroy();
  for (let n = 1; n < 40; n += 1) sender.process.stdin?.write(entry(n));
  sender.process.stdin?.end();
  expect((await sender.done).exitCode).toBe(0);
  expect(messagesOf(server)).toHaveLength(40);
});

test('two recipients may get a message with the same id: the bounce of one is not the fate of the other', async () => {
  await using server = await scriptedServer({ tls: 'direct' }, async (peer) => {
    await peer.login({ password });
    peer.acks();
    await peer.session((element) => {
      if (element.name !== 'message' || element.attrs.to === 'bob@localhost') return undefined;
      return `<message type='error' id='order-7' from='${element.attrs.to}'><error type='cancel'><service-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></message>`;
    });
  });
  const entry = (to: string) => JSON.stringify({ to: `${to}@localhost`, id: 'order-7', body: 'hi' });
  const result = await run(['send', '--batch'], server, { input: `${entry('bob')}\n${entry('nobody')}\n` });
  const told = result.lines().map((line) => JSON.parse(line));
  expect([result.exitCode, ...told.map(({ status }) => status)]).toEqual([83, 'acked', 'failed']);
});

test('of several messages together, one of them too large, none is said not to have arrived', async () => {
  await using server = await scriptedServer({ tls: 'direct' }, async (peer) => {
    await peer.login({ password });
    // Where the input comes in two pieces, an acknowledgement is asked for between them.
    for (let count = 0; count < 3; ) {
      const { name } = await peer.any();
      expect(name).not.toBe('end');
      if (name === 'message') count += 1;
    }
    await peer.send(
      "<stream:error><policy-violation xmlns='urn:ietf:params:xml:ns:xmpp-streams'/><text xmlns='urn:ietf:params:xml:ns:xmpp-streams'>stanza too large</text></stream:error></stream:stream>",
    );
    await peer.gone();
  });
  const input = ['one', 'two', 'x'.repeat(10_000)].join('\n');
  const result = await run(['send', 'bob@localhost', '--lines', '--json'], server, { input, seconds: 3 });
  const told = result.lines().map((line) => JSON.parse(line));
  expect([result.exitCode, ...told.map(({ status }) => status)]).toEqual([79, 'unknown', 'unknown', 'unknown']);
});
