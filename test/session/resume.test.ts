/** A session that is taken up again (XEP-0198 5): nothing lost, nothing twice, no lie believed (PITFALLS X20, X21). */
import { describe, expect, test } from 'vitest';
import { XmppctlError } from '../../src/errors.ts';
import { openSession } from '../../src/session/open.ts';
import type { OpenSession } from '../../src/session/session.ts';
import { parseJid } from '../../src/xmpp/jid.ts';
import { buildMessage } from '../../src/xmpp/message.ts';
import { credentials, failure, openOptions, password, run } from '../support/attempt.ts';
import { mechanismsFeature, type Peer } from '../support/peer.ts';
import { until } from '../support/ports.ts';
import { type ScriptedServer, scriptedServer } from '../support/scripted-server.ts';
import type { XmlElement } from '../support/xml-reader.ts';

const sm = "xmlns='urn:xmpp:sm:3'";

/** A second login, up to the question whether the session may be resumed. */
async function asksToResume(peer: Peer): Promise<XmlElement> {
  await peer.header();
  await peer.features(mechanismsFeature(['SCRAM-SHA-256']));
  await peer.scram({ password });
  await peer.header();
  await peer.features(`<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/><sm ${sm}/>`);
  return await peer.next('resume');
}

/** The first connection takes a message and is cut; what becomes of the second, the script says. */
const cutAfterMessage = (again: (peer: Peer, resume: XmlElement) => Promise<unknown>) =>
  scriptedServer({ tls: 'direct' }, async (peer, number) => {
    if (number === 0) {
      await peer.login({ password, sm: 'resumable' });
      await peer.next('message');
      return peer.destroy();
    }
    // A command that asks later what became of its message finds nobody.
    if (number > 1) return peer.destroy();
    await again(peer, await asksToResume(peer));
    await peer.session();
  });

const open = (server: ScriptedServer, patienceMs = 3000): Promise<OpenSession> =>
  openSession(parseJid('alice@localhost'), credentials(), { ...openOptions(server), patienceMs });

async function say(server: ScriptedServer, patienceMs?: number): Promise<void> {
  await using session = await open(server, patienceMs);
  await session.send(buildMessage({ to: 'bob@localhost', id: 'one', type: 'chat', body: 'hello' }));
  await session.settle();
}
const messages = (server: ScriptedServer): number[] =>
  server.peers.map(({ received }) => received.filter(({ name }) => name === 'message').length);

describe('a session whose connection was cut', () => {
  test('goes on without the message that the server had handled', async () => {
    await using server = await cutAfterMessage(async (peer, { attrs }) => {
      expect(attrs.h).toBe('0');
      peer.handled = 1;
      await peer.send(`<resumed ${sm} previd='${attrs.previd}' h='1'/>`);
      peer.acks();
    });
    await say(server);
    expect(messages(server)).toEqual([1, 0]);
  });

  test('goes on with the message that it had not, once', async () => {
    await using server = await cutAfterMessage(async (peer, { attrs }) => {
      await peer.send(`<resumed ${sm} previd='${attrs.previd}' h='0'/>`);
      peer.acks();
    });
    await say(server);
    expect(messages(server)).toEqual([1, 1]);
    const sent = server.peers.flatMap(({ received }) => received.filter(({ name }) => name === 'message'));
    expect(new Set(sent.map(({ attrs }) => attrs.id))).toEqual(new Set(['one']));
  });

  test('that is refused, but with the count of what was handled, has delivered it (X20)', async () => {
    await using server = await cutAfterMessage((peer) => peer.send(`<failed ${sm} h='1'><item-not-found/></failed>`));
    await say(server);
    expect(messages(server)).toEqual([1, 0]);
  });

  test.each(["<failed xmlns='urn:xmpp:sm:3'/>", "<failed xmlns='urn:xmpp:sm:3' h='0'/>"])(
    'that is refused with %s leaves the fate open, and sends nothing twice',
    async (answer) => {
      await using server = await cutAfterMessage((peer) => peer.send(answer));
      expect((await failure(say(server))).kind).toBe('unconfirmed');
      expect(messages(server)).toEqual([1, 0]);
    },
  );

  test.each(['99', '4294967296', '-1', 'abc'])(
    'is not taken up with a server that claims to have handled %s',
    async (h) => {
      await using server = await cutAfterMessage((peer, { attrs }) =>
        peer.send(`<resumed ${sm} previd='${attrs.previd}' h='${h}'/>`),
      );
      expect((await failure(say(server))).kind).toBe('unconfirmed');
      expect(messages(server)).toEqual([1, 0]);
    },
  );

  test('is not taken up with a server that does not say how much it has handled', async () => {
    await using server = await cutAfterMessage((peer, { attrs }) =>
      peer.send(`<resumed ${sm} previd='${attrs.previd}'/>`),
    );
    expect((await failure(say(server))).kind).toBe('unconfirmed');
    expect(messages(server)).toEqual([1, 0]);
  });

  test('and a lie about it are no bug of the program', async () => {
    await using server = await cutAfterMessage((peer, { attrs }) =>
      peer.send(`<resumed ${sm} previd='${attrs.previd}' h='99'/>`),
    );
    const result = await run(['send', 'bob@localhost', 'hello', '--json'], server, { seconds: 3 });
    expect([result.exitCode, result.json()]).toEqual([79, expect.objectContaining({ status: 'unknown' })]);
  });

  test('as soon as it was taken up is taken up again, but slower each time (CASES 82)', async () => {
    const times: number[] = [];
    await using server = await scriptedServer({ tls: 'direct' }, async (peer, number) => {
      if (number === 0) await peer.login({ password, sm: 'resumable' });
      else {
        const { attrs } = await asksToResume(peer);
        await peer.send(`<resumed ${sm} previd='${attrs.previd}' h='0'/>`);
      }
      times.push(performance.now());
      peer.destroy();
    });
    const session = await open(server, 60_000);
    await until('it was taken up three times', async () => times.length > 3);
    session.abort(new XmppctlError('tempfail', 'enough'));
    const [, first = 0, second = 0, third = 0] = times;
    // At once, after 0.5 to 1 s, after 1 to 2 s.
    expect(second - first).toBeGreaterThan(450);
    expect(third - second).toBeGreaterThan(950);
  });

  test('is not taken up under another name', async () => {
    await using server = await cutAfterMessage(async (peer) => {
      await peer.send(`<resumed ${sm} previd='of-somebody-else' h='1'/>`);
      peer.end();
    });
    expect((await failure(say(server, 200))).kind).toBe('unconfirmed');
    expect(
      messages(server)
        .slice(1)
        .every((count) => count === 0),
    ).toBe(true);
  });

  test('is not taken up with a server that does not know the password', async () => {
    await using server = await scriptedServer({ tls: 'direct' }, async (peer, number) => {
      if (number > 0) return void (await peer.login({ password, mangle: { verifier: 'AAAA' } }));
      await peer.login({ password, sm: 'resumable' });
      await peer.next('message');
      peer.destroy();
    });
    expect((await failure(say(server))).kind).toBe('unconfirmed');
    expect([messages(server), server.connections]).toEqual([[1, 0], 2]);
  });
});
