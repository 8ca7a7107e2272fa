// Which events listen prints, when it ends, and with what status.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { befriend } from '../support/contacts.ts';
import { expectInTime } from '../support/in-time.ts';
import { listening } from '../support/listening.ts';
import { servers, type XmppServer } from '../support/servers.ts';
import { at, type Result, xmppctl } from '../support/xmppctl.ts';

describe.each(servers)('on %s', (_kind, start) => {
  let server: XmppServer;
  beforeAll(async () => {
    server = await start();
    for (const name of ['alice', 'bob', 'carol', 'dave', 'erin']) await server.register(name, 'secret');
    await befriend(server, 'alice', 'bob');
  });
  afterAll(() => server.stop());
  const as = (name: string) => at(server, name, 'secret');
  const say = async (from: string, to: string, body: string, ...args: string[]) => {
    const result = await xmppctl(['send', `${to}@localhost`, body, ...args], { env: as(from) });
    expect(result).toMatchObject({ stderr: '', exitCode: 0 });
  };
  const bodies = (result: Result) => result.lines().map((line) => JSON.parse(line).body);

  test('--count: ends after so many messages, with 0', async () => {
    await using erin = await listening(['--json', '--count', '2'], { env: as('erin') });
    for (const body of ['one', 'two', 'three']) await say('alice', 'erin', body);
    const result = await erin.done;
    expect(result.exitCode).toBe(0);
    expect(bodies(result)).toEqual(['one', 'two']);
  });

  test('what was stored for the account comes first, in order, as delayed', async () => {
    for (const body of ['first', 'second']) await say('alice', 'dave', body);
    await using dave = await listening(['--json', '--count', '3'], { env: as('dave') });
    await say('alice', 'dave', 'third');
    const events = (await dave.done).lines().map((line) => JSON.parse(line));
    expect(events.map(({ body, delayed }) => [body, delayed])).toEqual([
      ['first', true],
      ['second', true],
      ['third', false],
    ]);
  });

  test('--for: ends then, with 0; with a --count that was not reached, with 1', async () => {
    const [result, counting] = await Promise.all([
      xmppctl(['listen', '--for', '3s'], { env: as('carol') }),
      xmppctl(['listen', '--for', '3s', '--count', '1', '--json'], { env: as('carol') }),
    ]);
    expect(result).toMatchObject({ exitCode: 0, stdout: '', stderr: '' });
    expect(counting).toMatchObject({ exitCode: 1, stdout: '' });
    expect(JSON.parse(counting.stderr).error).toMatchObject({
      exit: 1,
      kind: 'negative',
      message: '0 of 1 messages came',
    });
  });

  test('--from: only from there', async () => {
    const args = ['--json', '--from', 'alice@localhost', '--count', '1'];
    await using bob = await listening(args, { env: as('bob') });
    await say('carol', 'bob', 'not you');
    await say('alice', 'bob', 'you');
    expect(bodies(await bob.done)).toEqual(['you']);
  });

  test('--events: only those; and usually not when somebody comes or goes', async () => {
    await using bob = await listening(['--json', '--events', 'presence'], { env: as('bob') });
    await using usual = await listening(['--json', '--count', '1'], { env: as('bob') });
    await using alice = await listening([], { env: as('alice') });
    await bob.waitForLine(/"event":"presence".*"from":"alice@localhost".*"show":"available"/);
    alice.kill();
    await alice.done;
    await bob.waitForLine(/"event":"presence".*"from":"alice@localhost".*"show":"offline"/);
    await say('alice', 'bob', 'hi');
    expect((await usual.done).lines().map((line) => JSON.parse(line).event)).toEqual(['message']);
    expect(bob.stdout.filter((line) => !line.includes('"event":"presence"'))).toEqual([]);
  });

  test('without --sent, what other devices of the account send is not printed', async () => {
    await using bob = await listening(['--json', '--count', '1'], { env: as('bob') });
    await say('bob', 'carol', 'from my phone');
    await say('alice', 'bob', 'hi');
    expect(bodies(await bob.done)).toEqual(['hi']);
  });

  test('the table: local time, sender and text on one line', async () => {
    await using bob = await listening(['--count', '2'], { env: { ...as('bob'), TZ: 'UTC' } });
    await say('alice', 'bob', 'two\nlines', '--subject', 'S');
    await say('alice', 'bob', 'plain');
    expect((await bob.done).lines()).toEqual([
      expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d {2}alice@localhost {2}\[S\] two\\nlines$/),
      expect.stringMatching(/ {2}alice@localhost {2}plain$/),
    ]);
  });

  test('tsv: a heading, and one line an event', async () => {
    await using bob = await listening(['-o', 'tsv', '--count', '1'], { env: as('bob') });
    await say('alice', 'bob', 'a\tb');
    const [heading = '', line = ''] = (await bob.done).lines();
    const event = new Map(heading.split('\t').map((key, index) => [key, line.split('\t')[index]]));
    expect(event.get('from')).toBe('alice@localhost');
    expect(event.get('body')).toBe('a\\tb');
  });

  describe('send --wait receipt', () => {
    const wait = ['--wait', 'receipt', '--json'];
    test('is 0 and "delivered" when a contact listens', async () => {
      await using _bob = await listening([], { env: as('bob') });
      const result = await xmppctl(['send', 'bob@localhost', 'there?', ...wait], { env: as('alice') });
      expect(result).toMatchObject({ exitCode: 0, stderr: '' });
      expect(result.json()).toMatchObject({ to: 'bob@localhost', status: 'delivered' });
      expectInTime(result.durationMs, 5000);
    });

    test('is 1 when nobody listens, after --timeout; the server has the message', async () => {
      const args = ['send', 'bob@localhost', 'there?', ...wait, '--timeout', '1500ms'];
      const result = await xmppctl(args, { env: as('alice') });
      expect(result.exitCode).toBe(1);
      expect(result.json()).toMatchObject({ status: 'acked' });
      expect(JSON.parse(result.stderr).error).toMatchObject({ exit: 1, kind: 'negative', delivered: 'yes' });
      expectInTime(result.durationMs, 3500);
    });

    test('is 1 when the listener is no contact, and so tells strangers nothing', async () => {
      await using _carol = await listening([], { env: as('carol') });
      const args = ['send', 'carol@localhost', 'there?', ...wait, '--timeout', '1500ms'];
      expect((await xmppctl(args, { env: as('alice') })).exitCode).toBe(1);
    });

    test('is 0 for a stranger too when the listener says --receipts all, and 1 for a contact with none', async () => {
      await using _carol = await listening(['--receipts', 'all'], { env: as('carol') });
      expect((await xmppctl(['send', 'carol@localhost', 'there?', ...wait], { env: as('alice') })).exitCode).toBe(0);
      await using _bob = await listening(['--receipts', 'none'], { env: as('bob') });
      const args = ['send', 'bob@localhost', 'there?', ...wait, '--timeout', '1500ms'];
      expect((await xmppctl(args, { env: as('alice') })).exitCode).toBe(1);
    });
  });
});
