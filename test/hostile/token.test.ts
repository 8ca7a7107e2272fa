/** CASES B, 22: logging in by token (XEP-0484), and early, with a server that has changed its mind. */
import { createHmac } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { password, run, welcomesBriefly } from '../support/attempt.ts';
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

/** An account that has logged in with its password and got the first token; what happens next, the script says. */
async function withToken(
  script: Script,
  check: (server: ScriptedServer, home: string) => Promise<void>,
): Promise<void> {
  const home = await temporaryDirectory('home');
  await using server = await scriptedServer({ tls: 'direct' }, async (peer, number) => {
    if (number === 0) await welcomesBriefly()(peer, number);
    else if (number === 1) await byPassword(peer, firstToken);
    else await script(peer, number - 2);
  });
  expect((await run(['login', 'alice@localhost', '--store', 'file'], server, { home })).exitCode).toBe(0);
  expect((await send(server, home)).exitCode).toBe(0);
  expect(await stored(home)).toContain(firstToken);
  await check(server, home);
}

async function send(server: ScriptedServer, home: string) {
  const result = await run(['send', 'bob@localhost', 'hello', '--trace', '--verbose'], server, { home, password: '' });
  expect(result.stderr).not.toMatch(new RegExp(`${firstToken}|${nextToken}`));
  return result;
}

/** All that is kept in the state directory, where tokens are. */
async function stored(home: string): Promise<string> {
  const entries = await readdir(join(home, '.local/state'), { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() && entry.name === 'token.json');
  return (await Promise.all(files.map((file) => readFile(join(file.parentPath, file.name), 'utf8')))).join('\n');
}
const messages = (server: ScriptedServer): number[] =>
  server.peers.map(({ received }) => received.filter(({ name }) => name === 'message').length);

describe('a token', () => {
  test('logs in, and is replaced by the next', async () => {
    await withToken(
      async (peer) => succeed(peer, await byToken(peer), nextToken),
      async (server, home) => {
        expect((await send(server, home)).exitCode).toBe(0);
        expect(messages(server)).toEqual([0, 1, 1]);
        expect(await stored(home)).toContain(nextToken);
      },
    );
  });

  test.each(['not-authorized', 'credentials-expired'])(
    'that was revoked (%s) is dropped for the password, once',
    async (condition) => {
      const script: Script = async (peer, number) => {
        if (number > 0) return await byPassword(peer, nextToken);
        await byToken(peer);
        await peer.send(`<failure xmlns='${ns}'><${condition} xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/></failure>`);
        await peer.gone();
      };
      await withToken(script, async (server, home) => {
        const result = await send(server, home);
        expect([result.exitCode, server.connections], result.stderr).toEqual([0, 4]);
        expect(await stored(home)).not.toContain(firstToken);
        expect(await stored(home)).toContain(nextToken);
      });
    },
  );

  test('that was revoked is dropped, though the password is refused as well', async () => {
    const refuse = `<failure xmlns='${ns}'><not-authorized xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/></failure>`;
    const script: Script = async (peer, number) => {
      if (number === 0) await byToken(peer);
      else await begin(peer);
      await peer.send(refuse);
      await peer.gone();
    };
    await withToken(script, async (server, home) => {
      const result = await send(server, home);
      expect([result.exitCode, server.connections], result.stderr).toEqual([77, 4]);
      expect(await stored(home)).not.toContain(firstToken);
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
    await withToken(script, async (server, home) => {
      const result = await send(server, home);
      expect([result.exitCode, server.connections], result.stderr).toEqual([80, 3]);
      expect(await stored(home)).not.toContain('evil');
    });
  });
});

describe('a server that is known', () => {
  test('and offers less than before is not trusted', async () => {
    const script: Script = async (peer) => {
      await peer.header();
      await peer.features(mechanismsFeature(['SCRAM-SHA-1']));
      await peer.gone();
    };
    await withToken(script, async (server, home) => {
      const result = await send(server, home);
      expect([result.exitCode, result.stderr]).toEqual([80, expect.stringContaining('SCRAM-SHA-256 before')]);
    });
  });

  test('and lies with SASL 2 is found out as with SASL 1', async () => {
    const home = await temporaryDirectory('home');
    await using server = await scriptedServer({ tls: 'direct' }, async (peer, number) => {
      if (number === 0) await welcomesBriefly()(peer, number);
      else await byPassword(peer, 'evil', { verifier: Buffer.alloc(32).toString('base64') });
    });
    await run(['login', 'alice@localhost', '--store', 'file'], server, { home });
    expect((await send(server, home)).exitCode).toBe(80);
    expect([messages(server), await stored(home)]).toEqual([[0, 0], '']);
  });
});
