// services: what the server offers. raw: stanzas as they are, and what comes back.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { listening } from '../support/listening.ts';
import { servers, type XmppServer } from '../support/servers.ts';
import { at, spawnXmppctl, xmppctl } from '../support/xmppctl.ts';

describe.each(servers)('on %s', (_kind, start) => {
  let server: XmppServer;
  let env: Record<string, string>;
  beforeAll(async () => {
    server = await start();
    await server.register('alice', 'secret');
    await server.register('bob', 'secret');
    env = at(server, 'alice', 'secret');
  });
  afterAll(() => server.stop());

  describe('services', () => {
    test('lists the server, what belongs to it, and the account', async () => {
      const result = await xmppctl(['services', '--json'], { env });
      expect(result).toMatchObject({ exitCode: 0, stderr: '' });
      const services = new Map(result.json<{ jid: string }[]>().map((service) => [service.jid, service]));
      expect(services.get('localhost')).toMatchObject({
        category: 'server',
        type: 'im',
        features: expect.arrayContaining(['urn:xmpp:carbons:2', 'urn:xmpp:ping']),
        limits: null,
      });
      expect(services.get('upload.localhost')).toMatchObject({ limits: { maxFileSize: 10 * 1024 * 1024 } });
      expect(services.get('conference.localhost')).toMatchObject({ category: 'conference', type: 'text' });
      expect(services.get('proxy.localhost')).toMatchObject({ category: 'proxy', type: 'bytestreams' });
      expect(services.get('alice@localhost')).toMatchObject({
        category: 'account',
        features: expect.arrayContaining(['urn:xmpp:mam:2']),
      });
      for (const service of services.values())
        expect(Object.keys(service)).toEqual(['jid', 'jidAscii', 'name', 'category', 'type', 'limits', 'features']);
    });

    test('shows in a table what people ask for', async () => {
      const { stdout } = await xmppctl(['services'], { env });
      expect(stdout).toMatch(/^JID +CATEGORY +TYPE +LIMITS +FEATURES$/m);
      expect(stdout).toMatch(/^upload\.localhost +store +file +files 10 MiB +upload/m);
      expect(stdout).toMatch(/^conference\.localhost .*rooms/m);
    });
  });

  describe('raw', () => {
    const raw = (input: string, ...args: string[]) => xmppctl(['raw', ...args], { env, input });
    const roster = "<iq type='get' id='r1'><query xmlns='jabber:iq:roster'/></iq>";

    test('sends an iq and prints its answer, one a line', async () => {
      const result = await raw(`${roster}\n`);
      expect(result).toMatchObject({ exitCode: 0, stderr: '' });
      expect(result.stdout).toMatch(/^<iq [^\n]*id="r1"[^\n]*<query [^\n]*jabber:iq:roster[^\n]*\n$/);
    });

    test('gives an iq without id one, and prints keys with --json', async () => {
      const { exitCode, stdout } = await raw(
        "<iq type='get' to='localhost'><ping xmlns='urn:xmpp:ping'/></iq>",
        '--json',
      );
      expect(exitCode).toBe(0);
      expect(JSON.parse(stdout)).toEqual({
        name: 'iq',
        type: 'result',
        id: expect.stringMatching(/./),
        from: 'localhost',
        xml: expect.stringMatching(/^<iq /),
      });
    });

    test('an error is an answer too', async () => {
      const { exitCode, stdout } = await raw("<iq type='get' id='e'><nonsense xmlns='urn:none'/></iq>");
      expect(exitCode).toBe(0);
      expect(stdout).toMatch(/type="error".*service-unavailable/);
    });

    test('sends a stanza that spans lines as soon as it is complete, while its input stays open', async () => {
      await using bob = await listening(['--json', '--count', '1'], { env: at(server, 'bob', 'secret') });
      await using running = await spawnXmppctl(['raw'], { env, openInput: true });
      running.process.stdin?.write("<message to='bob@localhost' type='chat'>\n<body>a &amp; b</body>\n</message>\n");
      expect((await bob.done).json()).toMatchObject({ body: 'a & b', from: 'alice@localhost' });
      running.process.stdin?.end();
      expect(await running.done).toMatchObject({ exitCode: 0, stdout: '', stderr: '' });
    });

    test.each([
      ['a tag that is not closed', "<message to='bob@localhost'><body>no</body>"],
      ['the wrong end tag', "<message to='bob@localhost'><body>no</body></iq>"],
      ['an entity that does not exist', "<message to='bob@localhost'><body>&no;</body></message>"],
      ['a comment', "<message to='bob@localhost'><!-- no --><body>no</body></message>"],
      ['no stanza', "<enable xmlns='urn:xmpp:sm:3'/>"],
      ['a stanza of another namespace', "<message xmlns='jabber:server' to='bob@localhost'/>"],
      ['an attribute that would get lost', "<message xmlns:a='urn:a' a:b='c' to='bob@localhost'/>"],
      ['the end of the stream', '</stream:stream>'],
      ['text', 'hello'],
    ])('does not send %s: 65, after the stanzas before it', async (_what, bad) => {
      const first = await raw(bad);
      expect(first).toMatchObject({ exitCode: 65, stdout: '' });
      expect(first.stderr).toMatch(/^xmppctl: standard input, line \d: .*\w; it was not sent\n$/);
      expect(first.stderr.match(/not sent/g)).toHaveLength(1);
      const after = await raw(`${roster}\n${bad}`);
      expect(after.exitCode).toBe(65);
      expect(after.stdout).toMatch(/id="r1"/);
    });

    test('refuses an empty input: 66', async () => {
      expect(await raw(' \n')).toMatchObject({ exitCode: 66, stdout: '' });
    });

    test('goes on printing as long as --wait says', async () => {
      const { exitCode, stdout, durationMs } = await raw('<presence/>', '--wait', '700ms', '--json');
      expect(exitCode).toBe(0);
      expect(durationMs).toBeGreaterThan(700);
      const events = stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line));
      expect(events).toContainEqual(expect.objectContaining({ name: 'presence', type: null }));
    });
  });
});
