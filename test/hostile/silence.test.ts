/** CASES A, 14: whoever keeps silent, at whatever moment, is left at the deadline. */
import { describe, expect, test } from 'vitest';
import { failure, open, password, run, welcomes } from '../support/attempt.ts';
import { issue } from '../support/certs.ts';
import { dnsStub } from '../support/dns-stub.ts';
import { faultProxy } from '../support/fault-proxy.ts';
import { mechanismsFeature, type Peer } from '../support/peer.ts';
import { scriptedServer } from '../support/scripted-server.ts';

const send = ['send', 'bob@localhost', 'hello'];
const bindFeature = "<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/><sm xmlns='urn:xmpp:sm:3'/>";

/** What comes before the silence, in the order of an opening. */
const steps: readonly (readonly [before: string, step: (peer: Peer) => Promise<unknown>])[] = [
  ['the stream header', (peer) => peer.header()],
  ['the features', (peer) => peer.features(mechanismsFeature(['SCRAM-SHA-256']))],
  ['the challenge', (peer) => peer.scram({ password })],
  ['the second stream header', (peer) => peer.header()],
  ['the second features', (peer) => peer.features(bindFeature)],
  ['the bound resource', (peer) => peer.bind()],
];

describe('silence', () => {
  const moments = [
    ['the TLS handshake', 'none', 0, 'direct'],
    ['the stream header in clear', 'none', 0, 'starttls'],
    ['the features in clear', 'none', 1, 'starttls'],
    ...steps.map(([before], done) => [before, 'direct', done, 'direct'] as const),
    ['stream management', 'direct', steps.length, 'direct'],
  ] as const;

  // Three at a time: the machine has other things to do than to start programs.
  test.each([0, 3, 6, 9])('at any moment of the opening ends it at the deadline (%i and on)', async (start) => {
    const ends = moments.slice(start, start + 3).map(async ([before, tls, done, mode]) => {
      await using server = await scriptedServer({ tls }, async (peer) => {
        for (const [, step] of steps.slice(0, done)) await step(peer);
        await peer.gone();
      });
      const where = { server: `${mode === 'direct' ? 'xmpps' : 'xmpp'}://127.0.0.1:${server.port}`, seconds: 2 };
      const [error, result] = await Promise.all([failure(open(server, where)), run(send, server, where)]);
      expect([before, error.kind, error.message]).toEqual([before, 'tempfail', 'no answer within 2 s']);
      expect([before, result.exitCode, result.stdout], result.stderr).toEqual([before, 75, '']);
      expect(result.stderr).toMatch(/no answer within 2 s/);
    });
    await Promise.all(ends);
  });

  test('ends listen, too, while it is not online yet', async () => {
    await using server = await scriptedServer({ tls: 'direct' }, (peer) => peer.gone());
    expect((await run(['listen'], server, { seconds: 1 })).exitCode).toBe(75);
  });

  test.each([
    ['listen --once', ['listen', '--once']],
    ['presence set', ['presence', 'set', 'away', '--for', '9s', '--json']],
  ])('after the opening ends %s with 75: nobody knows what waits, or what is seen', async (_what, words) => {
    await using server = await scriptedServer({ tls: 'direct' }, async (peer) => {
      await peer.login({ password });
      await peer.gone();
    });
    const result = await run(words, server, { seconds: 2 });
    expect([result.exitCode, result.stdout], result.stderr).toEqual([75, '']);
    expect(result.stderr).toContain('does not answer');
  });

  test('once the message is on its way leaves its fate unknown', async () => {
    await using server = await scriptedServer({ tls: 'direct' }, async (peer) => {
      await peer.login({ password });
      await peer.gone();
    });
    const result = await run([...send, '--json'], server, { seconds: 1 });
    expect(result.exitCode, result.stderr).toBe(79);
    expect(result.json()).toMatchObject({ status: 'unknown' });
  });

  test.each([
    ['raw', "<message to='bob@localhost'><body>hello</body></message>"],
    ['send bob@localhost --lines', 'hello\n'],
    ['send --batch', '{"to":"bob@localhost","body":"hello"}\n'],
  ])('after what was written to `xmppctl %s` ends it in the time of --timeout', async (command, input) => {
    await using server = await scriptedServer({ tls: 'direct' }, async (peer, number) => {
      if (number === 0) await peer.login({ password });
      await peer.gone();
    });
    const result = await run(command.split(' '), server, { seconds: 2, input });
    expect(result.exitCode, result.stderr).toBe(79);
    // Where the archive may know more, connecting to ask it takes its own time.
    expect(result.durationMs).toBeLessThan(2 * 2000 + 2000);
  });

  test('or a reset of one server leaves time for the next', async () => {
    const certificate = await issue({ names: ['victim.test'] });
    await using server = await scriptedServer({ tls: 'direct', ...certificate }, welcomes({ domain: 'victim.test' }));
    await using resetting = await faultProxy(server.port);
    resetting.refuse();
    await using mute = await scriptedServer({ tls: 'none' }, (peer) => peer.gone());
    const ports = [resetting.port, mute.port, server.port];
    await using dns = await dnsStub({
      '_xmpps-client._tcp.victim.test': {
        SRV: ports.map((port, priority) => ({ priority, port, target: 'here.test' })),
      },
      'here.test': { A: ['127.0.0.1'] },
    });
    const where = { jid: 'alice@victim.test', server: null, resolver: dns.address, seconds: 9 };
    const result = await run(['send', 'bob@victim.test', 'hello'], server, where);
    expect([result.exitCode, mute.connections, server.connections], result.stderr).toEqual([0, 1, 1]);
  });
});
