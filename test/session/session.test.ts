/** What a session owes its commands, against servers that make it hard (PITFALLS X6, X17 to X22, X26). */
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { XmppctlError } from '../../src/errors.ts';
import type { OpenSession } from '../../src/session/session.ts';
import { parseJid } from '../../src/xmpp/jid.ts';
import { buildMessage } from '../../src/xmpp/message.ts';
import { ping } from '../../src/xmpp/xep0199-ping.ts';
import { xml } from '../../src/xmpp/xml.ts';
import { failure, open, password, welcomes } from '../support/attempt.ts';
import { faultProxy } from '../support/fault-proxy.ts';
import { type Peer, result, stanzaError } from '../support/peer.ts';
import { type Script, scriptedServer } from '../support/scripted-server.ts';
import { XmlElement } from '../support/xml-reader.ts';

const hello = (id = 'one', body = 'hello') => buildMessage({ to: 'bob@localhost', id, type: 'chat', body });

/** Logged in, with acknowledgements; then the script. */
const loggedIn =
  (script: (peer: Peer) => Promise<unknown>): Script =>
  async (peer) => {
    await peer.login({ password });
    await script(peer);
    await peer.session();
  };

async function withSession(script: Script, step: (session: OpenSession) => Promise<unknown>) {
  await using server = await scriptedServer({ tls: 'direct' }, script);
  const session = await open(server);
  await step(session);
  await session.close();
  return server;
}

describe('a request', () => {
  const answers = (from: readonly (string | undefined)[], to = 'bob@localhost/x') =>
    loggedIn(async (peer) => {
      const iq = await peer.next('iq');
      for (const [n, sender] of from.entries()) {
        const address = sender === undefined ? '' : ` from='${sender}'`;
        await peer.send(`<iq type='result' id='${iq.attrs.id}'${address}><n>${n}</n></iq>`);
      }
      expect(iq.attrs.to).toBe(to);
    });
  const ask = async (session: OpenSession, to = 'bob@localhost/x'): Promise<string | undefined> =>
    (await session.request(ping(to))).getChild('n')?.text();

  test('is answered by whom it was asked, and by nobody else, whatever the id', async () => {
    const forgers = ['eve@localhost/x', 'bob@localhost', 'bob@localhost/y', undefined, 'localhost', '@'];
    await withSession(answers([...forgers, 'bob@LOCALHOST/x', 'bob@localhost/x']), async (session) => {
      expect(await ask(session)).toBe(`${forgers.length}`);
    });
  });

  test.each([undefined, 'alice@localhost', 'localhost', 'LocalHost', 'Alice@localhost'])(
    'to the own server may be answered from %s',
    async (from) => {
      const script = answers(['eve@localhost', 'alice@localhost.attacker.test', from], 'localhost');
      await withSession(script, async (session) => expect(await ask(session, 'localhost')).toBe('2'));
    },
  );

  test('that is refused is refused by whom it was asked', async () => {
    const script = loggedIn(async (peer) => {
      const iq = await peer.next('iq');
      await peer.send(stanzaError(new XmlElement('iq', '', { ...iq.attrs, to: 'eve@localhost' }), 'forbidden'));
      await peer.send(stanzaError(iq, 'item-not-found'));
    });
    await withSession(script, async (session) => {
      const error = await failure(session.request(ping('bob@localhost')));
      expect([error.kind, error.condition]).toEqual(['nouser', 'item-not-found']);
    });
  });

  test('has an id that nobody can guess', async () => {
    const ids = new Set<string>();
    const script = loggedIn(async (peer) => {
      for (let n = 0; n < 3; n += 1) {
        const iq = await peer.next('iq');
        ids.add(`${iq.attrs.id}`);
        await peer.send(result(iq));
      }
    });
    await withSession(script, async (session) => {
      for (let n = 0; n < 3; n += 1) await session.request(ping('bob@localhost'));
    });
    expect(ids.size).toBe(3);
    for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });

  test('fails when the stream breaks', async () => {
    const script: Script = async (peer) => {
      await peer.login({ password, sm: false });
      await peer.next('iq');
      peer.destroy();
    };
    await using server = await scriptedServer({ tls: 'direct' }, script);
    const session = await open(server);
    expect((await failure(session.request(ping('bob@localhost')))).kind).toBe('tempfail');
    expect((await failure(session.send(hello()))).kind).toBe('tempfail');
    await session.close();
  });
});

describe('what is sent', () => {
  test('is acknowledged from the first stanza to the last, and only then does the stream end', async () => {
    const server = await withSession(welcomes(), async (session) => {
      await session.send(hello());
      await session.settle();
    });
    const sent = server.peers[0]?.received.map(({ name }) => name) ?? [];
    expect(sent.slice(sent.indexOf('enable'))).toEqual(['enable', 'message', 'r', 'iq', 'a', 'close']);
  });

  test.each(['\0', '\x1b', '\ud800', '\ufffe'])('never holds what XML cannot carry (%j)', async (character) => {
    const server = await withSession(welcomes(), async (session) => {
      expect((await failure(session.send(hello('bad', `a${character}b`)))).kind).toBe('data');
      expect((await failure(session.send(xml('message', { to: `a${character}b` })))).kind).toBe('data');
      await session.send(hello('good'));
      await session.settle();
    });
    const messages = server.peers[0]?.received.filter(({ name }) => name === 'message') ?? [];
    expect(messages.map(({ attrs }) => attrs.id)).toEqual(['good']);
  });

  test('is not larger than what the server takes (XEP-0478)', async () => {
    const features = "<limits xmlns='urn:xmpp:stream-limits:0'><max-bytes>10000</max-bytes></limits>";
    await withSession(welcomes({ features }), async (session) => {
      expect((await failure(session.send(hello('large', 'x'.repeat(10_000))))).kind).toBe('data');
      await session.send(hello('small'));
      expect((await session.settle()).bounce('small', parseJid('bob@localhost'))).toBeUndefined();
    });
  });

  test('comes back in the eyes of settle', async () => {
    const script = loggedIn(async (peer) => {
      const message = await peer.next('message');
      await peer.send(stanzaError(message, 'forbidden'));
      await peer.send("<message type='error' id='other' from='bob@localhost'><error type='cancel'/></message>");
      peer.acks();
    });
    await withSession(script, async (session) => {
      await session.send(hello('mine'));
      const { bounce } = await session.settle();
      const [bob, carol] = [parseJid('bob@localhost'), parseJid('carol@localhost')];
      expect([bounce('mine', bob)?.condition, bounce('mine', carol), bounce('other', bob)]).toEqual([
        'forbidden',
        undefined,
        undefined,
      ]);
    });
  });

  test('and a connection that swallows everything is noticed after 15 s, and the fate left open (X22)', async () => {
    await using server = await scriptedServer(
      { tls: 'direct' },
      loggedIn(async (peer) => peer.gone()),
    );
    await using proxy = await faultProxy(server.port);
    const session = await open({ url: `xmpps://127.0.0.1:${proxy.port}`, caFile: server.caFile }, { seconds: 60 });
    proxy.halfOpen();
    await session.send(hello());
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    onTestFinished(() => void vi.useRealTimers());
    const fate = failure(session.settle());
    await vi.advanceTimersByTimeAsync(14_000);
    let known = false;
    void fate.then(() => {
      known = true;
    });
    await vi.advanceTimersByTimeAsync(0);
    expect(known).toBe(false);
    await vi.advanceTimersByTimeAsync(12_000);
    expect((await fate).kind).toBe('unconfirmed');
    session.abort(new XmppctlError('tempfail', 'over'));
    vi.useRealTimers();
    await session.close();
  });
});
