// What is remembered of a server makes the next login faster, and never weaker.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { KnownServer } from '../../src/session/known-server.ts';
import { openSession } from '../../src/session/open.ts';
import type { Tokens } from '../../src/session/sasl/token.ts';
import { parseJid } from '../../src/xmpp/jid.ts';
import { buildMessage } from '../../src/xmpp/message.ts';
import { credentials, failure, open, openOptions, password, run, type Where } from '../support/attempt.ts';
import { mechanismsFeature, type Peer } from '../support/peer.ts';
import { type Script, type ScriptedServer, scriptedServer } from '../support/scripted-server.ts';

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'xmppctl-known-'));
});
afterEach(() => rm(home, { recursive: true, force: true }));

const strong = ['SCRAM-SHA-256', 'SCRAM-SHA-1'];
const serve = async (peer: Peer, mechanisms: readonly string[]): Promise<void> => {
  await peer.login({ password, mechanisms });
  peer.acks();
  await peer.session();
};
const send = (server: ScriptedServer) => run(['send', 'bob@localhost', 'hi'], server, { home });

/** A server whose connections are served one after the other by these scripts. */
const inTurn = (...scripts: Script[]) =>
  scriptedServer({ tls: 'direct' }, async (peer, number) => {
    const script = scripts[number];
    if (!script) throw new Error(`connection ${number} was not expected`);
    await script(peer, number);
  });

test('the second login sends its first step with the stream header', async () => {
  await using server = await inTurn(
    (peer) => serve(peer, strong),
    async (peer) => {
      await peer.any();
      // Before anything was answered the login has begun.
      expect((await peer.next('auth')).attrs.mechanism).toBe('SCRAM-SHA-256');
      peer.destroy();
    },
  );
  expect((await send(server)).exitCode).toBe(0);
  expect((await send(server)).exitCode).toBe(75);
});

test('a server that offers less than before is not trusted: 80, and no proof of the password is given', async () => {
  await using server = await inTurn(
    (peer) => serve(peer, strong),
    async (peer) => {
      await peer.header({ from: 'localhost' });
      await peer.features(
        `<mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>SCRAM-SHA-1</mechanism></mechanisms>`,
      );
      await peer.gone();
    },
  );
  expect((await send(server)).exitCode).toBe(0);
  const result = await send(server);
  expect(result.exitCode).toBe(80);
  expect(result.stderr).toContain('xmppctl login');
  expect(server.transcripts[1]?.tls).not.toContain('<response');
});

test('a server that offers more than before costs one more connection, and is known from then on', async () => {
  const more = ['SCRAM-SHA-512', ...strong];
  await using server = await inTurn(
    (peer) => serve(peer, strong),
    async (peer) => {
      await peer.header({ from: 'localhost' });
      const list = more.map((name) => `<mechanism>${name}</mechanism>`).join('');
      await peer.features(`<mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>${list}</mechanisms>`);
      await peer.gone();
    },
    (peer) => serve(peer, more),
    (peer) => serve(peer, more),
  );
  for (let times = 0; times < 3; times += 1) expect(await send(server)).toMatchObject({ exitCode: 0, stdout: '' });
  expect(server.connections).toBe(4);
});

test('a server that first offers something else, and then less than before, is not trusted either', async () => {
  await using server = await inTurn(
    (peer) => serve(peer, strong),
    (peer) => offers(peer, mechanismsFeature(['SCRAM-SHA-512', ...strong])),
    (peer) => offers(peer, mechanismsFeature(['SCRAM-SHA-1', 'PLAIN'])),
    (peer) => serve(peer, strong),
  );
  expect((await send(server)).exitCode).toBe(0);
  expect((await send(server)).exitCode).toBe(80);
  expect(server.transcripts[2]?.tls).not.toContain('<auth');
  expect((await send(server)).exitCode).toBe(0);
});

/** Features, and no more. */
async function offers(peer: Peer, features: string): Promise<void> {
  await peer.header({ from: 'localhost' });
  await peer.features(features);
  await peer.gone();
}

describe('a login that was bound to its channel', () => {
  const plus = ['SCRAM-SHA-256-PLUS', 'SCRAM-SHA-256'];
  const bySasl2 = (mechanism: string): string =>
    `<authentication xmlns='urn:xmpp:sasl:2'><mechanism>${mechanism}</mechanism><inline><bind xmlns='urn:xmpp:bind:0'/></inline></authentication>`;
  const tokens: Tokens = { userAgentId: crypto.randomUUID(), current: undefined, put: async () => {} };

  /** Opens a session, and gives what is remembered of the server. */
  async function opened(server: ScriptedServer, known?: KnownServer, where: Where = {}, more = {}) {
    let seen = known;
    const remember = async (news: KnownServer) => {
      seen = news;
    };
    const options = { ...openOptions(server, where), known, remember, ...more };
    await using session = await openSession(parseJid('alice@localhost'), credentials(where), options);
    await session.ready;
    return seen;
  }
  const known = async (bindingTypes?: ['tls-exporter']) => {
    const login = { password, mechanisms: plus, ...(bindingTypes && { bindingTypes }) };
    await using server = await scriptedServer({ tls: 'direct' }, async (peer) => {
      await peer.login(login);
      await peer.session();
    });
    return await opened(server);
  };

  test.each<[string, string, object]>([
    ['the types are gone', mechanismsFeature(plus).replace(/<sasl-channel-binding.*/, ''), {}],
    ['only types are left that nobody knows', mechanismsFeature(plus, ['tls-unknown']), {}],
    ['SASL 2 is new, and has none', mechanismsFeature(plus) + bySasl2('SCRAM-SHA-256'), { tokens }],
  ])('is not followed by one that is not (%s)', async (_what, features, more) => {
    await using server = await scriptedServer({ tls: 'direct' }, (peer) => offers(peer, features));
    const error = await failure(opened(server, await known(), {}, more));
    expect([error.kind, error.message]).toEqual(['insecure', expect.stringContaining('SCRAM-SHA-256-PLUS before')]);
    expect(server.transcripts[0]?.tls).not.toContain('<response');
  });

  test('is not followed by one that is not (TLS is older)', async () => {
    const older = { tls: 'direct', maxVersion: 'TLSv1.2' } as const;
    const features = mechanismsFeature(plus, ['tls-exporter']);
    await using server = await scriptedServer(older, (peer) => offers(peer, features));
    expect((await failure(opened(server, await known(['tls-exporter'])))).kind).toBe('insecure');
    expect(server.transcripts[0]?.tls).not.toContain('<response');
  });

  test('is followed by another, and one by the other way of SASL', async () => {
    await using server = await scriptedServer({ tls: 'direct' }, async (peer) => {
      await peer.login({ password, mechanisms: plus });
      await peer.session();
    });
    const before = await opened(server);
    expect(before?.canBind).toBe(true);
    await opened(server, before);
    await opened(server, before, {}, { tokens });
    expect(server.connections).toBe(3);
  });
});

test('a session is not taken up again where only less is offered than before', async () => {
  await using server = await inTurn(
    async (peer) => {
      await peer.login({ password, mechanisms: strong, sm: 'resumable' });
      await peer.next('message');
      peer.destroy();
    },
    (peer) => offers(peer, mechanismsFeature(['PLAIN'])),
  );
  await using session = await open(server, { allowPlain: true });
  await session.send(buildMessage({ to: 'bob@localhost', id: 'i', type: 'chat', body: 'hi' }));
  expect((await failure(session.settle())).delivered).toBe('unknown');
  expect([server.connections, server.transcripts[1]?.tls]).toEqual([2, expect.not.stringContaining('<auth')]);
});
