/** CASES B, 22: logging in by token (XEP-0484), and early, with a server that has changed its mind. */
import { createHmac } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { KnownServer } from '../../src/session/known-server.ts';
import { openSession } from '../../src/session/open.ts';
import type { FastToken } from '../../src/session/sasl/token.ts';
import { parseJid } from '../../src/xmpp/jid.ts';
import { buildMessage } from '../../src/xmpp/message.ts';
import { credentials, failure, openOptions, password, run, welcomesBriefly } from '../support/attempt.ts';
import { temporaryDirectory } from '../support/daemon.ts';
import { mechanismsFeature, type Peer } from '../support/peer.ts';
import { type Mangle, ScramServer } from '../support/scram-server.ts';
import { type Script, type ScriptedServer, scriptedServer } from '../support/scripted-server.ts';
import type { XmlElement } from '../support/xml-reader.ts';

const ns = 'urn:xmpp:sasl:2';
const base64 = (data: string | Buffer): string => Buffer.from(data as string).toString('base64');
const decoded = (text = ''): string => Buffer.from(text, 'base64').toString();
const firstToken = 'token-of-the-first-login-88';
const nextToken = 'token-of-the-second-login-99';

const offer = `${mechanismsFeature(['SCRAM-SHA-256'])}<authentication xmlns='${ns}'><mechanism>SCRAM-SHA-256</mechanism><inline>
  <bind xmlns='urn:xmpp:bind:0'><inline><feature var='urn:xmpp:sm:3'/></inline></bind>
  <fast xmlns='urn:xmpp:fast:0'><mechanism>HT-SHA-256-NONE</mechanism></fast></inline></authentication>`;

async function succeed(peer: Peer, data: string | Buffer, token: string): Promise<void> {
  await peer.send(`<success xmlns='${ns}'><additional-data>${base64(data)}</additional-data>
    <authorization-identifier>alice@localhost/test</authorization-identifier>
    <bound xmlns='urn:xmpp:bind:0'><enabled xmlns='urn:xmpp:sm:3'/></bound>
    <token xmlns='urn:xmpp:fast:0' token='${token}' expiry='2099-01-01T00:00:00Z'/></success><stream:features/>`);
  peer.acks();
  await peer.session();
}

/** Up to the first step of SASL 2. */
async function begin(peer: Peer, features = offer): Promise<XmlElement> {
  await peer.header();
  await peer.features(features);
  return await peer.next('authenticate');
}

async function byPassword(peer: Peer, token: string, mangle: Mangle = {}): Promise<void> {
  const authenticate = await begin(peer);
  const server = new ScramServer(`${authenticate.attrs.mechanism}`, { password, mangle });
  const challenge = server.first(decoded(authenticate.child('initial-response')?.text));
  await peer.send(`<challenge xmlns='${ns}'>${base64(challenge)}</challenge>`);
  const final = server.final(decoded((await peer.next('response')).text));
  await succeed(peer, final ?? '', token);
}

/** Reads a token login; gives the answer that proves the server. */
async function byToken(peer: Peer): Promise<Buffer> {
  const authenticate = await begin(peer);
  expect(authenticate.attrs.mechanism).toBe('HT-SHA-256-NONE');
  const proof = Buffer.from(authenticate.child('initial-response')?.text ?? '', 'base64');
  const hmac = (who: string): Buffer => createHmac('sha256', firstToken).update(who).digest();
  expect(proof.toString('hex')).toBe(Buffer.concat([Buffer.from('alice\0'), hmac('Initiator')]).toString('hex'));
  return hmac('Responder');
}

/** What is remembered between one login and the next. */
interface Memory {
  known?: KnownServer;
  token: FastToken | undefined;
}

/** Sends a message; rejects as settle does. */
async function say(server: ScriptedServer, memory: Memory): Promise<void> {
  const { known, token } = memory;
  await using session = await openSession(parseJid('alice@localhost'), credentials(), {
    ...openOptions(server),
    known,
    remember: async (seen) => void Object.assign(memory, { known: seen }),
    tokens: {
      userAgentId: '00000000-0000-4000-8000-000000000000',
      current: token,
      put: async (next) => void Object.assign(memory, { token: next }),
    },
  });
  await session.send(buildMessage({ to: 'bob@localhost', id: 'i', type: 'chat', body: 'hello' }));
  await session.settle();
}

/** A server whose script goes on after a first login with the password, which brought a token. */
async function withToken(script: Script, check: (server: ScriptedServer, memory: Memory) => Promise<void>) {
  const memory: Memory = { token: undefined };
  await using server = await scriptedServer({ tls: 'direct' }, (peer, number) =>
    number === 0 ? byPassword(peer, firstToken) : script(peer, number - 1),
  );
  await say(server, memory);
  expect(memory.token?.token).toBe(firstToken);
  await check(server, memory);
}

const messages = (server: ScriptedServer): number[] =>
  server.peers.map(({ received }) => received.filter(({ name }) => name === 'message').length);
const saslFailure = (condition: string): string =>
  `<failure xmlns='${ns}'><${condition} xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/></failure>`;

/** Revokes the token, and takes the password. */
const revoking =
  (condition: string): Script =>
  async (peer, number) => {
    if (number > 0) return await byPassword(peer, nextToken);
    await byToken(peer);
    await peer.send(saslFailure(condition));
    await peer.gone();
  };

describe('a token', () => {
  test('logs in, and is replaced by the next', async () => {
    const script: Script = async (peer) => succeed(peer, await byToken(peer), nextToken);
    await withToken(script, async (server, memory) => {
      await say(server, memory);
      expect([messages(server), memory.token?.token]).toEqual([[1, 1], nextToken]);
    });
  });

  test.each(['not-authorized', 'credentials-expired'])(
    'that was revoked (%s) is dropped for the password, once',
    async (condition) => {
      await withToken(revoking(condition), async (server, memory) => {
        await say(server, memory);
        expect([server.connections, memory.token?.token]).toEqual([3, nextToken]);
      });
    },
  );

  test('that was revoked by a server that has changed as well is dropped for the password', async () => {
    await withToken(revoking('not-authorized'), async (server, memory) => {
      const { known } = memory;
      if (known) memory.known = { ...known, offer: { ...known.offer, mechanisms: [...known.offer.mechanisms, 'X'] } };
      await say(server, memory);
      expect([server.connections, memory.token?.token]).toEqual([3, nextToken]);
    });
  });

  test('that was revoked is dropped, though the password is refused as well', async () => {
    const script: Script = async (peer, number) => {
      if (number === 0) await byToken(peer);
      else await begin(peer);
      await peer.send(saslFailure('not-authorized'));
      await peer.gone();
    };
    await withToken(script, async (server, memory) => {
      expect((await failure(say(server, memory))).kind).toBe('noperm');
      expect([server.connections, memory.token]).toEqual([3, undefined]);
    });
  });

  test.each([
    ['wrongly', Buffer.alloc(32)],
    ['not at all', Buffer.alloc(0)],
  ])('is no proof of a server that answers it %s', async (_how, answer) => {
    const script: Script = async (peer) => {
      await byToken(peer);
      await succeed(peer, answer, 'evil');
    };
    await withToken(script, async (server, memory) => {
      const { kind, delivered } = await failure(say(server, memory));
      expect([kind, delivered, server.connections]).toEqual(['insecure', 'unknown', 2]);
      expect(memory.token?.token).not.toBe('evil');
    });
  });

  test('that was revoked costs a user of the program nothing, and nobody sees it', async () => {
    const home = await temporaryDirectory('home');
    await using server = await scriptedServer({ tls: 'direct' }, async (peer, number) => {
      if (number === 0) await welcomesBriefly()(peer, number);
      else if (number === 1) await byPassword(peer, firstToken);
      else await revoking('not-authorized')(peer, number - 2);
    });
    expect((await run(['login', 'alice@localhost', '--store', 'file'], server, { home })).exitCode).toBe(0);
    const send = ['send', 'bob@localhost', 'hello', '--trace', '--verbose'];
    const [first, second] = [
      await run(send, server, { home, password: '' }),
      await run(send, server, { home, password: '' }),
    ];
    expect([first.exitCode, second.exitCode, server.connections], second.stderr).toEqual([0, 0, 4]);
    expect(first.stderr + second.stderr).not.toMatch(new RegExp(`${firstToken}|${nextToken}`));
    const [file = ''] = (await readdir(join(home, '.local/state'), { recursive: true })).filter((name) =>
      name.endsWith('token.json'),
    );
    const path = join(home, '.local/state', file);
    expect(await readFile(path, 'utf8')).toContain(nextToken);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });
});

describe('a server that is known', () => {
  test('and offers less than before is not trusted', async () => {
    const script: Script = async (peer) => {
      await peer.header();
      await peer.features(mechanismsFeature(['SCRAM-SHA-1']));
      await peer.gone();
    };
    await withToken(script, async (server, memory) => {
      const { kind, message } = await failure(say(server, memory));
      expect([kind, message]).toEqual(['insecure', expect.stringContaining('SCRAM-SHA-256 before')]);
    });
  });

  test('and lies with SASL 2 is found out as with SASL 1', async () => {
    const memory: Memory = { token: undefined };
    const mangle = { verifier: Buffer.alloc(32).toString('base64') };
    await using server = await scriptedServer({ tls: 'direct' }, (peer) => byPassword(peer, 'evil', mangle));
    expect((await failure(say(server, memory))).kind).toBe('insecure');
    expect([messages(server), memory.token]).toEqual([[0], undefined]);
  });
});
