// listen --durable: nothing is lost, whatever happens to the listener, the connection or the server.
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { faultProxy } from '../support/fault-proxy.ts';
import { killSweep } from '../support/kill-sweep.ts';
import { listening } from '../support/listening.ts';
import { until } from '../support/ports.ts';
import { rawStream } from '../support/raw-stream.ts';
import { sendSweep } from '../support/send-sweep.ts';
import { servers, type XmppServer } from '../support/servers.ts';
import { at, xmppctl } from '../support/xmppctl.ts';

describe.each(servers)('on %s', (_kind, start) => {
  let server: XmppServer;
  let home: string;
  let number = 0;
  let user: string;
  beforeAll(async () => {
    server = await start();
    await server.register('alice', 'secret');
  });
  afterAll(() => server.stop());
  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), 'xmppctl-durable-'));
    user = `reader${number++}`;
    await server.register(user, 'secret');
  });
  afterEach(() => rm(home, { recursive: true, force: true }));

  const as = (name: string) => at(server, name, 'secret');
  const say = async (...bodies: string[]) => {
    const result = await xmppctl(['send', `${user}@localhost`, '--lines'], {
      env: as('alice'),
      input: `${bodies.join('\n')}\n`,
    });
    expect(result).toMatchObject({ exitCode: 0 });
  };
  const once = (...args: string[]) =>
    xmppctl(['listen', '--durable', '--once', '--json', ...args], { env: as(user), home });
  const bodies = (text: string) =>
    text
      .split('\n')
      .flatMap((line) => (line === '' ? [] : [JSON.parse(line)]))
      .flatMap(({ event, body }) => (event === 'message' ? [body] : []));
  const cursorFile = async () => {
    const state = (await readdir(home, { recursive: true })).find((path) => path.endsWith('cursor-default.json'));
    if (state === undefined) throw new Error('there is no cursor');
    return join(home, state);
  };

  test('the first run begins at the end of an empty archive; the next has all that came, in order, once', async () => {
    expect(await once()).toMatchObject({ exitCode: 0, stdout: '' });
    await say('one', 'two', 'three');
    expect(bodies((await once()).stdout)).toEqual(['one', 'two', 'three']);
    expect(await once()).toMatchObject({ exitCode: 0, stdout: '' });
  });

  test('500 messages in ten pages of the archive, in order, once (CASES 83)', async () => {
    await once();
    const all = Array.from({ length: 500 }, (_, index) => `message ${index}`);
    await say(...all);
    expect(bodies((await once()).stdout)).toEqual(all);
    expect((await once()).stdout).toBe('');
  });

  test('a message of our own as the last one: what comes next is not passed over (CASES 84)', async () => {
    await using listener = await listening(['--durable', '--json'], { env: as(user), home });
    await say('before');
    await listener.waitForLine(/"before"/);
    const own = await xmppctl(['send', 'alice@localhost', 'from the phone', '--id', 'own-id'], { env: as(user) });
    expect(own.exitCode).toBe(0);
    listener.kill();
    await listener.done;
    expect(await readFile(await cursorFile(), 'utf8')).not.toContain('own-id');
    await say('after');
    expect(bodies((await once()).stdout)).toEqual(['after']);
  });

  test('an id that a contact made up in our name is no place in the archive: no gap, nothing twice', async () => {
    await once();
    await using listener = await listening(['--durable', '--json'], { env: as(user), home });
    using contact = await rawStream(server);
    await contact.login('alice', 'secret');
    const madeUp = `<stanza-id xmlns='urn:xmpp:sid:0' by='${user}@localhost' id='made-up'/>`;
    const message = `<message to='${user}@localhost' type='chat'><body>hello</body>${madeUp}</message>`;
    await contact.ask(message, /(?:)/);
    await contact.ask(message, /(?:)/);
    const told = [await listener.waitForLine(/"hello"/), await listener.waitForLine(/"hello"/)];
    listener.kill();
    await listener.done;
    const archive = await xmppctl(['history', '--json'], { env: as(user) });
    const ids = archive.json<{ stanzaId: string }[]>().map(({ stanzaId }) => stanzaId);
    expect(told.map((line) => JSON.parse(line).stanzaId)).toEqual(ids);
    expect(await once()).toMatchObject({ exitCode: 0, stdout: '' });
  });

  /** Node with a clock that is wrong by that much, from `afterMs` of its life on. */
  const clock = (hours: number, afterMs = 0) => {
    const code = `const R=Date;const t=()=>R.now()+(performance.now()>${afterMs}?${hours * 3_600_000}:0);
      globalThis.Date=class extends R{constructor(...a){super(...(a.length===0?[t()]:a))}static now(){return t()}};`;
    return { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(code)}` };
  };

  test('a clock a day ahead, a day behind, and one that jumps: nothing lost, nothing twice (CASES 92)', async () => {
    const at = (hours: number) =>
      xmppctl(['listen', '--durable', '--once', '--json'], { env: { ...as(user), ...clock(hours) }, home });
    await at(24);
    await say('one');
    expect(bodies((await at(-24)).stdout)).toEqual(['one']);
    await say('two');
    expect(bodies((await at(24)).stdout)).toEqual(['two']);
    const env = { ...as(user), ...clock(-24, 700) };
    await using listener = await listening(['--durable', '--json'], { env, home });
    await say('three');
    await listener.waitForLine(/"three"/);
    await say('four');
    await listener.waitForLine(/"four"/);
    listener.kill();
    expect(bodies((await listener.done).stdout)).toEqual(['three', 'four']);
    await say('five');
    expect(bodies((await once()).stdout)).toEqual(['five']);
  });

  test('a second listener on the cursor: 81; on another cursor it works', async () => {
    await using first = await listening(['--durable', '--json'], { env: as(user), home });
    expect(await once()).toMatchObject({ exitCode: 81 });
    expect(await xmppctl(['listen', '--durable=other', '--once'], { env: as(user), home })).toMatchObject({
      exitCode: 0,
    });
    first.kill();
    await first.done;
    expect(await once()).toMatchObject({ exitCode: 0 });
  });

  test('a damaged cursor is never a first run: 72', async () => {
    await once();
    await writeFile(await cursorFile(), '{"v":1,"id":');
    expect(await once()).toMatchObject({ exitCode: 72, stdout: '' });
  });

  test('a cursor that the server does not know: a gap, and what came since its time', async () => {
    await once();
    await say('before');
    await once();
    const file = await cursorFile();
    const { time } = JSON.parse(await readFile(file, 'utf8'));
    await writeFile(file, JSON.stringify({ v: 1, id: '1234567890', time }));
    await say('after');
    const { stdout, exitCode } = await once();
    expect(exitCode).toBe(0);
    if (JSON.parse(stdout.split('\n')[0] ?? '').event === 'gap') expect(stdout).toContain('"archive"');
    expect(bodies(stdout)).toContain('after');
  });

  test('unread with a cursor of another server counts what came since its time', async () => {
    await once();
    await say('before');
    await once();
    const file = await cursorFile();
    // The archive's time is that of the server, in whole seconds on some.
    await say('between');
    const [last] = (await xmppctl(['history', '--json', '--count', '1'], { env: as(user) })).json<{ time: string }[]>();
    const time = new Date(Date.parse(last?.time ?? '') + 1000).toISOString();
    await writeFile(file, JSON.stringify({ v: 1, id: 'aBcD-of-prosody', time }));
    await until('the next second', () => Date.now() > Date.parse(time));
    await say('after');
    const unread = await xmppctl(['unread', '--total'], { env: as(user), home });
    expect(unread).toMatchObject({ exitCode: 0, stdout: '1\n' });
  });

  test('a connection that is cut is taken up again, with what came meanwhile', async () => {
    await using proxy = await faultProxy(server.directTlsPort, {});
    const env = { ...as(user), XMPPCTL_SERVER: `xmpps://127.0.0.1:${proxy.port}` };
    await using listener = await listening(['--durable', '--json', '--events', 'all'], { env, home });
    await say('one');
    await listener.waitForLine(/"one"/);
    proxy.cut();
    await say('two');
    await listener.waitForLine(/"two"/, 20_000);
    await say('three');
    await listener.waitForLine(/"three"/);
    listener.kill();
    const result = await listener.done;
    expect(bodies(result.stdout)).toEqual(['one', 'two', 'three']);
    expect(result.stdout).toMatch(/"state":"lost"/);
    expect(result.stdout).toMatch(/"state":"(resumed|caught-up)"/);
  });

  test('a network that is slow and cuts every byte from the next: all that came, and what comes', async () => {
    await once();
    await say('one', 'two — zwölf ❤️');
    await using proxy = await faultProxy(server.directTlsPort, { chunk: 1, delayMs: 25 });
    const env = { ...as(user), XMPPCTL_SERVER: `xmpps://127.0.0.1:${proxy.port}` };
    await using listener = await listening(['--durable', '--json', '--count', '3'], { env, home });
    await say('three');
    expect(bodies((await listener.done).stdout)).toEqual(['one', 'two — zwölf ❤️', 'three']);
  });

  test('a server that restarts: the listener comes back and has all', async () => {
    await using listener = await listening(['--durable', '--json'], { env: as(user), home });
    await say('before');
    await listener.waitForLine(/"before"/);
    await server.restart();
    await say('after');
    await listener.waitForLine(/"after"/, 30_000);
    listener.kill();
    expect(bodies((await listener.done).stdout)).toEqual(['before', 'after']);
  });

  test('a listener that is killed again and again loses nothing', async () => {
    const result = await killSweep(server, { sender: 'alice', receiver: user, kills: 8, home });
    expect(result).toMatchObject({ lost: [], faults: [] });
    expect(result.sent).toBeGreaterThan(20);
  });

  test('a sender that is killed and run again with the same id loses nothing', async () => {
    expect(await sendSweep(server, { sender: 'alice', receiver: user, kills: 5 })).toEqual({ messages: 5, lost: [] });
  });
});

test('a network that loses everything without a word: noticed, and what came meanwhile is told (CASES 90)', async () => {
  await Promise.all(
    servers.map(async ([kind, start]) => {
      await using server = await start();
      for (const name of ['alice', 'bob']) await server.register(name, 'secret');
      await using proxy = await faultProxy(server.directTlsPort);
      const env = { ...at(server, 'bob', 'secret'), XMPPCTL_SERVER: `xmpps://127.0.0.1:${proxy.port}` };
      const say = (body: string) => xmppctl(['send', 'bob@localhost', body], { env: at(server, 'alice', 'secret') });
      // Once a minute is usual; the server has 15 s to answer.
      await using listener = await listening(['--durable', '--json', '--ping-after', '1s'], { env });
      await say('one');
      await listener.waitForLine(/"one"/);
      proxy.halfOpen();
      await say('two');
      await listener.waitForLine(/"two"/, 30_000);
      await say('three');
      await listener.waitForLine(/"three"/);
      listener.kill();
      const result = await listener.done;
      const bodies = result.lines().map((line) => JSON.parse(line).body);
      expect([kind, ...bodies]).toEqual([kind, 'one', 'two', 'three']);
      expect(result.stderr).toContain('xmppctl: connection lost\n');
    }),
  );
});
