// Whose word it is that a password is wrong: that of the server in the course of a login, and of nobody on the way to it.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, test } from 'vitest';
import { asked, homeOfAlice, own, proof } from '../support/account-life.ts';
import { failure, open, password } from '../support/attempt.ts';
import { mechanismsFeature, type Peer, result } from '../support/peer.ts';
import { type Script, type ScriptedServer, scriptedServer } from '../support/scripted-server.ts';

const next = 'staple-battery-1984';
const home = homeOfAlice();
const streamError = (condition: string): string =>
  `<stream:error><${condition} xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error></stream:stream>`;

async function secured(peer: Peer): Promise<void> {
  await peer.header();
  await peer.startTls();
}

/** The first connection is that of `login`, the second that of the command, the others have `then`. */
const inTurn = (answer: (peer: Peer) => Promise<void>, then: Script): Promise<ScriptedServer> =>
  scriptedServer({ tls: 'starttls' }, async (peer, number) => {
    if (number > 1) return await then(peer, number);
    if (number === 0) {
      await secured(peer);
      await proof(peer, password);
    } else {
      await peer.login({ password });
      peer.acks();
      await answer(peer);
    }
  });
const answers = async (peer: Peer): Promise<void> => {
  const iq = await peer.next('iq');
  expect(asked(iq)).toBeDefined();
  await peer.send(result(iq));
  await peer.gone();
};
const hangsUp = async (peer: Peer): Promise<void> => {
  await peer.next('iq');
  peer.destroy();
};

/** What is no verdict on the password. */
const others: [string, Script][] = [
  [
    'a stream error in clear',
    async (peer) => {
      await peer.header();
      await peer.send(streamError('not-authorized'));
      await peer.gone();
    },
  ],
  [
    'a stream error instead of a login',
    async (peer) => {
      await secured(peer);
      await peer.header();
      await peer.send(streamError('not-authorized'));
      await peer.gone();
    },
  ],
  [
    'a refusal for another reason',
    async (peer) => {
      await secured(peer);
      await peer.header();
      await peer.features(mechanismsFeature(['SCRAM-SHA-256']));
      await peer.scram({ password: next, error: 'account-disabled' });
      await peer.gone();
    },
  ],
];
const passwd = (server: ScriptedServer) => home.run(server, ['passwd', '--new-password-command', `echo ${next}`]);
const stored = async () => (await home.secrets())[own];

describe.each(others)('%s', (_what, script) => {
  test('drops no new password that the server has taken', async () => {
    await using server = await inTurn(answers, script);
    await home.logIn(server);
    expect((await passwd(server)).exitCode).toBe(0);
    expect(await stored()).toEqual({ password: next });
  });

  test('drops no new password that the server may have taken, now or later', async () => {
    await using server = await inTurn(hangsUp, script);
    await home.logIn(server);
    expect((await passwd(server)).exitCode).toBe(79);
    expect((await home.run(server, ['contacts'])).exitCode).not.toBe(0);
    expect(await stored()).toEqual({ password, pending: next });
  });
});

test.each(others.slice(0, 2))('%s does not make an account deleted', async (_what, script) => {
  await using server = await inTurn(answers, script);
  await home.logIn(server);
  expect((await home.run(server, ['delete', '--confirm', own], { seconds: 2 })).exitCode).toBe(79);
  expect(await stored()).toEqual({ password });
});

test.each(['conflict', 'not-authorized', 'host-unknown', 'undefined-condition', 'invalid-namespace'])(
  'a stream error in clear (%s) may be from anybody, so it is a failure of the network',
  async (condition) => {
    await using server = await scriptedServer({ tls: 'starttls' }, async (peer) => {
      await peer.header();
      await peer.features("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>");
      await peer.next('starttls');
      await peer.send(streamError(condition));
      await peer.gone();
    });
    const { kind, condition: said, message } = await failure(open(server));
    expect([kind, said, message]).toEqual(['tempfail', undefined, expect.stringMatching(/^before encryption/)]);
  },
);

test('the refusal of a proxy drops no new password', async () => {
  await using server = await inTurn(hangsUp, async (peer) => peer.destroy());
  await home.logIn(server);
  expect((await passwd(server)).exitCode).toBe(79);
  const proxy = createServer().on('connect', (_request, socket) => socket.end('HTTP/1.1 403 Forbidden\r\n\r\n'));
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  const outcome = await home.run(server, ['contacts', '--proxy', url]);
  proxy.close();
  expect([outcome.exitCode, outcome.stderr]).toEqual([77, expect.stringContaining('proxy')]);
  expect(await stored()).toEqual({ password, pending: next });
});
