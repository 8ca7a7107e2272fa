// What is remembered of a server makes the next login faster, and never weaker.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { password, run } from '../support/attempt.ts';
import type { Peer } from '../support/peer.ts';
import { type Script, scriptedServer } from '../support/scripted-server.ts';

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
const send = (server: Awaited<ReturnType<typeof scriptedServer>>) =>
  run(['send', 'bob@localhost', 'hi'], server, { home });

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
