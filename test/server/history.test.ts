// The archive of the account: what was said, in order, and what waits.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { removeDirectory, temporaryDirectory } from '../support/daemon.ts';
import { scriptedServer } from '../support/scripted-server.ts';
import { servers, startProsody, type XmppServer } from '../support/servers.ts';
import { at, spawnXmppctl, xmppctl } from '../support/xmppctl.ts';

interface Row {
  from: string;
  to: string;
  body: string;
  source: string;
  carbon: string | null;
  stanzaId: string | null;
  id: string;
}

describe.each(servers)('on %s', (_kind, start) => {
  let server: XmppServer;
  let home: string;
  beforeAll(async () => {
    server = await start();
    for (const name of ['alice', 'bob', 'carol', 'dave', 'erin']) await server.register(name, 'secret');
    home = await temporaryDirectory('history');
    await send('alice', 'bob', 'one');
    await send('bob', 'alice', 'two');
    await send('alice', 'carol', 'for carol');
    await send('bob', 'alice', 'three');
  });
  afterAll(async () => {
    await server.stop();
    removeDirectory(home);
  });
  const as = (name: string, ...args: string[]) => xmppctl(args, { env: at(server, name, 'secret'), home });
  const send = async (from: string, to: string, body: string) =>
    expect((await as(from, 'send', `${to}@localhost`, body)).exitCode).toBe(0);
  const bodies = async (...args: string[]) => {
    const result = await as('alice', 'history', '--json', ...args);
    expect(result).toMatchObject({ exitCode: 0, stderr: '' });
    return result.json<Row[]>().map(({ body }) => body);
  };

  test('all of it, newest last, each side of a conversation', async () => {
    expect(await bodies()).toEqual(['one', 'two', 'for carol', 'three']);
  });

  test('with one contact, and from the end', async () => {
    expect(await bodies('bob@localhost')).toEqual(['one', 'two', 'three']);
    expect(await bodies('--with', 'carol@localhost')).toEqual(['for carol']);
    expect(await bodies('--count', '2')).toEqual(['for carol', 'three']);
    expect(await bodies('bob@localhost', '--count', '1')).toEqual(['three']);
  });

  test('a reader that goes away while the next page is asked for is no failure', async () => {
    const input = 'a line of the log\n'.repeat(60);
    const sent = await xmppctl(['send', 'dave@localhost', '--lines'], {
      env: at(server, 'erin', 'secret'),
      home,
      input,
    });
    expect(sent).toMatchObject({ exitCode: 0, stderr: '' });
    for (const args of [[], ['-o', 'ndjson']]) {
      const history = await spawnXmppctl(['history', ...args], { env: at(server, 'erin', 'secret'), home });
      history.process.stdout.destroy();
      expect(await history.done).toMatchObject({ exitCode: 0, stderr: '' });
    }
  });

  test('by time', async () => {
    expect(await bodies('--since', '1h')).toHaveLength(4);
    expect(await bodies('--until', '1h')).toEqual([]);
  });

  test('rows have the keys of message events, with their place in the archive', async () => {
    const [row] = (await as('alice', 'history', 'bob@localhost', '--json', '--count', '1')).json<Row[]>();
    expect(row).toMatchObject({
      v: 1,
      event: 'message',
      account: 'alice@localhost',
      from: 'bob@localhost',
      to: 'alice@localhost',
      source: 'archive',
      stanzaId: expect.stringMatching(/./),
    });
  });

  test('as lines for people', async () => {
    const { stdout } = await as('alice', 'history', 'carol@localhost');
    expect(stdout).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d {2}alice@localhost {2}for carol\n$/);
  });

  test('nothing found is 0, and 1 with --fail-empty', async () => {
    expect(await as('alice', 'history', 'nobody@localhost')).toMatchObject({ exitCode: 0, stdout: '', stderr: '' });
    expect((await as('alice', 'history', 'nobody@localhost', '--fail-empty')).exitCode).toBe(1);
  });

  test('unread counts what waits for listen --durable, and consumes nothing', async () => {
    const none = await as('carol', 'unread');
    expect(none.exitCode).toBe(66);
    expect(none.stderr).toContain("nothing has listened with the cursor 'default' yet");
    expect((await as('carol', 'listen', '--durable', '--once')).exitCode).toBe(0);
    expect((await as('carol', 'unread', '--json')).json()).toEqual([]);
    expect((await as('carol', 'unread', '--total')).stdout).toBe('0\n');
    await send('alice', 'carol', 'a');
    await send('bob', 'carol', 'b');
    await send('alice', 'carol', 'c');
    await send('carol', 'bob', 'mine does not count');
    for (let again = 0; again < 2; again += 1) {
      const rows = (await as('carol', 'unread', '--json')).json<{ from: string; count: number; last: string }[]>();
      expect(rows).toMatchObject([
        { from: 'alice@localhost', count: 2 },
        { from: 'bob@localhost', count: 1 },
      ]);
      expect(Date.parse(rows[0]?.last ?? '')).toBeGreaterThan(Date.now() - 60_000);
    }
    expect((await as('carol', 'unread', '--total')).stdout).toBe('3\n');
    expect((await as('carol', 'unread')).stdout).toMatch(/^FROM +COUNT +LAST\nalice@localhost +2 +/);
    expect((await as('carol', 'listen', '--durable', '--once', '--json')).lines()).toHaveLength(3);
    expect((await as('carol', 'unread', '--total')).stdout).toBe('0\n');
  });
});

test('a server without an archive: 69, and --search where it cannot search: 69', async () => {
  await using server = await startProsody({ without: ['mam'] });
  await server.register('alice', 'secret');
  const result = await xmppctl(['history'], { env: at(server, 'alice', 'secret') });
  expect(result).toMatchObject({ exitCode: 69, stdout: '' });
  await using archive = await startProsody();
  await archive.register('alice', 'secret');
  const search = await xmppctl(['history', '--search', 'x'], { env: at(archive, 'alice', 'secret') });
  expect(search.exitCode).toBe(69);
  expect(search.stderr).toContain('cannot be searched');
});

test('--search asks in the field that the archive offers', async () => {
  const MAM = 'urn:xmpp:mam:2';
  const form = `<x xmlns='jabber:x:data' type='form'><field var='FORM_TYPE' type='hidden'><value>${MAM}</value></field><field var='withtext' type='text-single'/></x>`;
  await using server = await scriptedServer({ tls: 'direct' }, async (peer) => {
    await peer.login({ password: 'secret' });
    await peer.session((element) => {
      const { attrs } = element;
      if (!element.child('query', MAM)) return undefined;
      const body =
        attrs.type === 'get' ? `<query xmlns='${MAM}'>${form}</query>` : `<fin xmlns='${MAM}' complete='true'/>`;
      return `<iq type='result' id='${attrs.id}'>${body}</iq>`;
    });
  });
  const env = {
    XMPPCTL_SERVER: server.url,
    XMPPCTL_CA_FILE: server.caFile,
    XMPPCTL_ACCOUNT: 'alice@localhost',
    XMPPCTL_PASSWORD: 'secret',
  };
  expect(await xmppctl(['history', '--search', 'lunch'], { env })).toMatchObject({ exitCode: 0, stdout: '' });
  expect(server.transcripts[0]?.tls).toMatch(/<field var=["']withtext["']><value>lunch<\/value>/);
});
