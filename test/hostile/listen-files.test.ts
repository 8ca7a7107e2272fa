// Files that are announced to a listener: whose are fetched, and what becomes of those that cannot be (CASES F 51, 53, 54, 56).
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { type Announcement, announces, listenTo } from '../support/announcements.ts';
import { run } from '../support/attempt.ts';
import { removeDirectory, temporaryDirectory } from '../support/daemon.ts';
import type { Handler } from '../support/https-server.ts';
import { checkHanded } from '../support/xmppctl.ts';

let dir: string;
beforeEach(async () => {
  dir = await temporaryDirectory('inbox');
  return () => removeDirectory(dir);
});

/** Listens to these announcements, one after the other, and gives the `file` events. */
const hear = (announcements: readonly Announcement[], handler: Handler, more: readonly string[] = []) =>
  hearMessages((http) => announcements.map((one) => announces(http.url, one)), handler, more);

const hearMessages = (messages: Parameters<typeof listenTo>[0], handler: Handler, more: readonly string[] = []) =>
  listenTo(messages, handler, (server, args) => run([...args, '--download', dir, ...more], server, { seconds: 10 }));

const serves: Handler = (_asked, response) => response.end('pixels');

test('only what people on the list announce is fetched', async () => {
  const from = ['mallory@evil.test/x', 'bob@localhost.evil.test', 'bob@localhost/phone', 'bobby@localhost'];
  const { files, messages, asked } = await hear(
    from.map((who) => ({ from: who, path: `/${encodeURIComponent(who)}` })),
    serves,
  );
  expect(messages).toBe(4);
  expect(files.map(({ state }) => state)).toEqual(['received']);
  expect(asked.map(({ path }) => path)).toEqual(['/bob%40localhost%2Fphone']);
});

test('without --download nothing is, and --download alone is a question: from whom?', async () => {
  const { messages, asked } = await listenTo(
    ({ url }) => [announces(url, { of: 'pixels' })],
    serves,
    (server) => run(['listen', '--json', '--count', '1'], server, { seconds: 10 }),
  );
  expect([messages, asked]).toEqual([1, []]);
  expect((await run(['listen', '--download', dir])).exitCode).toBe(64);
  expect((await run(['listen', '--download-from', 'bob@localhost'])).exitCode).toBe(64);
});

test.each<[string, number, Announcement, readonly string[]]>([
  ['another hash than announced', 65, { of: 'other' }, []],
  ['another size than announced', 65, { size: 7 }, []],
  ['more bytes than wanted', 65, {}, ['--max-size', '5']],
  ['an announced size beyond what is wanted', 65, { size: 1_000_000 }, ['--max-size', '10K']],
  ['an address that is not https', 80, { url: 'http://localhost:1/x' }, []],
  ['a data: address', 80, { url: 'data:text/plain,x' }, []],
  ['an ftp address', 80, { url: 'ftp://localhost/x' }, []],
])('a file with %s is reported and not kept: %i', async (_, exit, announcement, more) => {
  const { result, files } = await hear([announcement], serves, more);
  expect(result.exitCode, result.stderr).toBe(0);
  expect(files).toMatchObject([{ from: 'bob@localhost', state: 'failed', path: null, error: { exit } }]);
  expect(await readdir(dir)).toEqual([]);
});

test('names that mean harm are saved under harmless ones, and one that is there gets a number', async () => {
  await writeFile(join(dir, 'authorized_keys'), 'old');
  const names = [
    ...['../../.ssh/authorized_keys', '..%2f..%2fx', '/etc/passwd', 'C:\\y', '', '.', '..', 'y'.repeat(300), 'CON'],
    ...['z.', '-rf', '.bashrc', 'a\tb', 'a\nb', 'invoice\u202efdp.exe'],
  ];
  const { files } = await hear(
    names.map((name) => ({ name, of: 'pixels', size: 6 })),
    serves,
  );
  expect(files).toHaveLength(names.length);
  const saved = [
    'authorized_keys',
    'authorized_keys-2',
    ...['x', 'passwd', 'y', 'file', 'file-2', 'file-3', 'y'.repeat(180), '_CON'],
    ...['z', 'rf', 'bashrc', 'a_b', 'a_b-2', 'invoicefdp.exe'],
  ];
  expect((await readdir(dir)).sort()).toEqual(saved.sort());
  expect(await readFile(join(dir, 'authorized_keys'), 'utf8')).toBe('old');
});

test('a server that never answers one file does not hold up the others', async () => {
  const { files } = await hear([{ path: '/slow' }, { path: '/fast' }], (asked, response) => {
    if (asked.path === '/fast') response.end('pixels');
    else setTimeout(() => response.writeHead(404).end(), 500);
  });
  expect(files.map(({ url, state }) => `${String(url).split('/').at(-1)} ${state}`)).toEqual([
    'fast received',
    'slow failed',
  ]);
});

test('what fails for a moment is tried again', async () => {
  let tries = 0;
  const { files } = await hear([{}], (_asked, response) => {
    tries += 1;
    if (tries === 1) response.writeHead(503).end();
    else response.end('pixels');
  });
  expect(files).toMatchObject([{ state: 'received', size: 6 }]);
});

test('listening goes on where nothing can be saved', async () => {
  const { result, files, messages } = await hear([{}, {}], (_asked, response) => {
    removeDirectory(dir);
    response.end('pixels');
  });
  expect([result.exitCode, messages]).toEqual([0, 2]);
  expect(files.map(({ state }) => state)).toEqual(['failed', 'failed']);
});

test('a place that is told of a file later, by anybody, is not fetched from: nothing vouches for it', async () => {
  const sources = (url: string) =>
    `<sources xmlns='urn:xmpp:sfs:0' id='f1'><url-data xmlns='http://jabber.org/protocol/url-data' target='${url}'/></sources>`;
  const { files, asked } = await hearMessages(
    ({ url }) => [
      announces(url, { of: 'pixels' }),
      ...['bob@localhost/phone', 'mallory@evil.test/x'].map(
        (from) =>
          `<message from='${from}' type='chat'><body>more</body>${sources(`${url}/other`)}` +
          `<attach-to xmlns='urn:xmpp:message-attaching:1' id='m1'/></message>`,
      ),
    ],
    serves,
  );
  expect(files.map(({ state }) => state)).toEqual(['received']);
  expect(asked.map(({ path }) => path)).toEqual(['/x']);
});

describe('a file that has ended is told of', () => {
  const script = async (name: string, text: string) => {
    await writeFile(join(dir, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
    return join(dir, name);
  };
  /** Hears of one file that can be had and of one that cannot. */
  const hearTwo = (more: readonly string[]) =>
    listenTo(
      ({ url }) => ['/good', '/bad'].map((path) => announces(url, { path, name: `${path}.txt`, size: 6 })),
      ({ path }, response) => response.end(path === '/bad' ? 'other' : 'pixels'),
      (server, args) =>
        run([...args, '--download', dir, ...more], server, {
          seconds: 10,
          env: { PATH: `${dir}:${process.env.PATH}`, SHOWN: join(dir, 'shown') },
        }),
    );

  test('on the desktop: where it is, or that it did not come', async () => {
    await script('notify-send', `printf '%s|' "$@" >> "$SHOWN"; echo >> "$SHOWN"`);
    const { result } = await hearTwo(['--events', 'message,file', '--notify']);
    expect(result.exitCode, result.stderr).toBe(0);
    const shown = (await readFile(join(dir, 'shown'), 'utf8')).split('\n').filter((line) => line.includes('file '));
    expect(shown.sort()).toEqual([
      expect.stringMatching(/^--app-name=xmppctl\|--\|bob@localhost\|file failed: https:.*\/bad\|$/),
      `--app-name=xmppctl|--|bob@localhost|file received: ${join(dir, 'good.txt')}|`,
    ]);
  });

  test('to a program that --events asks for', async () => {
    const hook = await script('hook', `cat >> "$SHOWN"`);
    const { result } = await hearTwo(['--events', 'message,file', '--exec', hook]);
    expect(result.exitCode, result.stderr).toBe(0);
    const handed = await readFile(join(dir, 'shown'), 'utf8');
    await checkHanded(handed);
    const seen = handed.trim().split('\n');
    const events = seen.map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(events.flatMap(({ event, state }) => (event === 'file' ? [state] : [])).sort()).toEqual([
      'failed',
      'received',
    ]);
  });
});

test('a file that is announced without a text is told, fetched and shown by its address', async () => {
  const announcement = ({ url }: { url: string }) => [
    `<message from='bob@localhost/phone' type='chat' id='f1'><x xmlns='jabber:x:oob'><url>${url}/a.png</url></x></message>`,
  ];
  const { files, messages } = await hearMessages(announcement, serves);
  expect(messages).toBe(1);
  expect(files.map(({ state }) => state)).toEqual(['received']);
});
