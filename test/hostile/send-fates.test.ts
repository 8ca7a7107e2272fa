// What becomes of a message, where the server makes it hard to know (CASES 78, 79, 81, 82).
import { describe, expect, test } from 'vitest';
import { withResolvers } from '../../src/session/inbox.ts';
import { aliceAt, password, run } from '../support/attempt.ts';
import { type Peer, stanzaError } from '../support/peer.ts';
import { type ScriptedServer, scriptedServer } from '../support/scripted-server.ts';
import { type Running, spawnXmppctl } from '../support/xmppctl.ts';

const args = ['send', 'bob@localhost', 'hi', '--id', 'one', '--json'];
const send = (server: ScriptedServer, ...more: string[]) => run([...args, ...more], server, { seconds: 8 });
const names = (server: ScriptedServer) =>
  server.peers.flatMap(({ received }) => received.map(({ name, attrs }) => (name === 'iq' ? attrs.to : name)));

describe('a server without stream management is asked after the message (CASES 78)', () => {
  const withoutSm = (answer: (peer: Peer) => string | undefined) =>
    scriptedServer({ tls: 'direct' }, async (peer) => {
      await peer.login({ password, sm: false });
      await peer.session(({ name }) => (name === 'iq' ? answer(peer) : undefined));
    });

  test('and its answer vouches for the message: 0', async () => {
    await using server = await withoutSm(() => undefined);
    const result = await send(server);
    expect(result).toMatchObject({ exitCode: 0, stderr: '' });
    expect(result.json()).toMatchObject({ id: 'one', status: 'acked', error: null });
    expect(names(server).slice(-3)).toEqual(['message', 'localhost', 'close']);
  });

  test('also if the answer is an error', async () => {
    await using server = await withoutSm((peer) => {
      const ping = peer.received.at(-1);
      return ping && stanzaError(ping, 'service-unavailable');
    });
    expect((await send(server)).exitCode).toBe(0);
  });

  test('without the answer nobody knows: 79 by the deadline', async () => {
    await using server = await withoutSm(() => '');
    const result = await run(args, server, { seconds: 1 });
    expect(result.exitCode).toBe(79);
    expect(result.json()).toMatchObject({ status: 'unknown', error: { exit: 79, delivered: 'unknown' } });
  });
});

describe('a message that comes back (CASES 79)', () => {
  const bounces = [
    ['item-not-found', 'cancel', 67],
    ['service-unavailable', 'cancel', 67],
    ['remote-server-not-found', 'cancel', 68],
    ['remote-server-timeout', 'wait', 75],
    ['recipient-unavailable', 'wait', 67],
    ['forbidden', 'auth', 77],
    ['policy-violation', 'modify', 65],
  ] as const;
  /** The bounce comes that long after the acknowledgement; undefined: before it. */
  const bounced = (condition: string, type: string, afterMs: number | undefined) =>
    scriptedServer({ tls: 'direct' }, async (peer) => {
      await peer.login({ password });
      const message = await peer.next('message');
      const bounce = stanzaError(message, condition, type);
      if (afterMs === undefined) await peer.send(bounce);
      peer.acks();
      if (afterMs !== undefined) setTimeout(() => void peer.send(bounce), afterMs);
      await peer.session();
    });

  test.each([
    ['before the acknowledgement', undefined, []],
    ['300 ms after it, with --bounce-wait', 300, ['--bounce-wait', '5s']],
  ] as const)('%s: the exit status of its condition', async (_when, afterMs, options) => {
    const runs = bounces.map(async ([condition, type, exit]) => {
      await using server = await bounced(condition, type, afterMs);
      const result = await send(server, ...options);
      expect([condition, result.exitCode], result.stderr).toEqual([condition, exit]);
      expect(result.json()).toMatchObject({ status: 'failed', error: { exit, condition, delivered: 'no' } });
    });
    await Promise.all(runs);
  });

  test('from a room whose service has answered already: the room itself is asked, and handles one thing after the other', async () => {
    const room = 'lounge@rooms.localhost';
    await using server = await scriptedServer({ tls: 'direct' }, async (peer) => {
      await peer.login({ password });
      const message = await peer.next('message');
      peer.acks();
      await peer.session((asked) => {
        if (asked.attrs.to !== room) return undefined;
        return stanzaError(message, 'not-acceptable', 'modify') + stanzaError(asked, 'not-acceptable', 'modify');
      });
    });
    const result = await run(['send', room, 'hi', '--json'], server, { seconds: 8 });
    expect(result.exitCode, result.stderr).toBe(77);
  });

  test('after --bounce-wait is not waited for: 0, the own server had it', async () => {
    await using server = await bounced('forbidden', 'auth', 3000);
    expect(await send(server, '--bounce-wait', '200ms')).toMatchObject({ exitCode: 0, stderr: '' });
  });
});

test('a receipt that comes after --bounce-wait is waited for all the same: 0', async () => {
  await using server = await scriptedServer({ tls: 'direct' }, async (peer) => {
    await peer.login({ password });
    await peer.next('message');
    peer.acks();
    setTimeout(() => {
      void peer.send("<message from='bob@localhost/x' id='r'><received xmlns='urn:xmpp:receipts' id='one'/></message>");
    }, 800);
    await peer.session();
  });
  const result = await send(server, '--wait', 'receipt', '--bounce-wait', '200ms');
  expect(result.exitCode, result.stderr).toBe(0);
  expect(result.json()).toMatchObject({ status: 'delivered' });
});

describe('a signal while the acknowledgement is awaited (CASES 81)', () => {
  /** Does that once the message has arrived; gives how it ended, and after how many milliseconds. */
  async function interrupted(act: (running: Running, peer: Peer) => void) {
    const arrived = withResolvers<Peer>();
    await using server = await scriptedServer({ tls: 'direct' }, async (peer) => {
      await peer.login({ password });
      await peer.next('message');
      arrived.resolve(peer);
      await peer.gone();
    });
    await using running = await spawnXmppctl(args, { env: aliceAt(server) });
    const peer = await arrived.promise;
    const since = performance.now();
    act(running, peer);
    const result = await running.done;
    return { result, ms: performance.now() - since };
  }

  test.each(['SIGTERM', 'SIGINT'] as const)('%s: two seconds more, then "unknown", then the signal', async (signal) => {
    const { result, ms } = await interrupted((running) => running.kill(signal));
    expect(result).toMatchObject({ signal, exitCode: undefined });
    expect(result.json()).toMatchObject({ id: 'one', status: 'unknown', error: { exit: 79 } });
    expect(JSON.parse(result.stderr).error).toMatchObject({ exit: 79, delivered: 'unknown' });
    expect(ms).toBeGreaterThan(1500);
    expect(ms).toBeLessThan(5000);
  });

  test('and an acknowledgement in that time: the message was sent, and the result says so', async () => {
    const { result } = await interrupted((running, peer) => {
      running.kill('SIGTERM');
      setTimeout(() => {
        peer.answerPings();
        peer.acks();
      }, 500);
    });
    expect(result).toMatchObject({ signal: 'SIGTERM', stderr: '' });
    expect(result.json()).toMatchObject({ id: 'one', status: 'acked', error: null });
  });

  test('the second signal ends it at once (CASES 105)', async () => {
    const { result, ms } = await interrupted((running) => {
      // Two of the same kind may reach a process as one.
      running.kill('SIGINT');
      running.kill('SIGTERM');
    });
    expect(['SIGINT', 'SIGTERM']).toContain(result.signal);
    expect(ms).toBeLessThan(1500);
  });
});

describe('a server that has had enough of us (CASES 82)', () => {
  const STREAMS = 'urn:ietf:params:xml:ns:xmpp-streams';
  const enough = (condition: string) =>
    `<stream:error><${condition} xmlns='${STREAMS}'/></stream:error></stream:stream>`;

  test.each(['policy-violation', 'resource-constraint'])('%s instead of a session: 75, one connection', async (why) => {
    await using server = await scriptedServer({ tls: 'direct' }, async (peer) => {
      await peer.header();
      await peer.send(enough(why));
      await peer.gone();
    });
    const result = await send(server);
    expect(result.exitCode).toBe(75);
    expect(JSON.parse(result.stderr).error).toMatchObject({ condition: why, retryable: true, delivered: 'no' });
    expect(server.connections).toBe(1);
  });

  test('an error of type wait: 75', async () => {
    await using server = await scriptedServer({ tls: 'direct' }, async (peer) => {
      await peer.login({ password });
      await peer.send(stanzaError(await peer.next('message'), 'policy-violation', 'wait'));
      await peer.session();
    });
    const result = await send(server);
    expect(result.exitCode).toBe(75);
    expect(result.json()).toMatchObject({ status: 'failed', error: { kind: 'tempfail', retryable: true } });
  });

  test('in the middle of many messages: unknown, or certainly not sent, and no second connection so soon', async () => {
    await using server = await scriptedServer({ tls: 'direct' }, async (peer) => {
      await peer.login({ password });
      await peer.next('message');
      await peer.send(enough('policy-violation'));
      await peer.gone();
    });
    const lines = Array.from({ length: 20 }, (_, number) => `line ${number}`).join('\n');
    const result = await run(['send', 'bob@localhost', '--lines', '--json'], server, { seconds: 8, input: lines });
    const told = result.lines().map((line) => JSON.parse(line) as { status: string; error: { exit: number } | null });
    expect(told).toHaveLength(20);
    expect(told.filter(({ status }) => status === 'acked')).toEqual([]);
    expect(told.every(({ error }) => error?.exit === 79 || error?.exit === 75)).toBe(true);
    expect([75, 79, 83]).toContain(result.exitCode);
    expect(server.connections).toBe(1);
  });

  test('only after the connection broke: it is taken up once more, and not again so soon', async () => {
    await using server = await scriptedServer({ tls: 'direct' }, async (peer) => {
      if (server.connections > 1) {
        await peer.header();
        await peer.send(enough('resource-constraint'));
        return await peer.gone();
      }
      await peer.login({ password, sm: 'resumable' });
      await peer.next('message');
      peer.destroy();
    });
    const result = await send(server);
    expect(result.exitCode).toBe(79);
    expect(result.json()).toMatchObject({ status: 'unknown', error: { condition: 'resource-constraint' } });
    expect(server.connections).toBe(2);
  });
});
