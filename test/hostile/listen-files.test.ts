// Files that are announced to a listener: whose are fetched, and what becomes of those that cannot be (CASES F 51, 53, 54, 56).
import { createHash } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { password, run } from '../support/attempt.ts';
import { removeDirectory, temporaryDirectory } from '../support/daemon.ts';
import { type Handler, httpsServer } from '../support/https-server.ts';
import { scriptedServer } from '../support/scripted-server.ts';
import { escapeXml } from '../support/xml-reader.ts';

let dir: string;
beforeEach(async () => {
  dir = await temporaryDirectory('inbox');
  return () => removeDirectory(dir);
});

interface Announcement {
  from?: string;
  path?: string;
  url?: string;
  name?: string;
  size?: number;
  /** What the hash is said to be of. */
  of?: string;
}

const hashOf = (text: string) => createHash('sha256').update(text).digest('base64');

function announces(base: string, { from = 'bob@localhost/phone', path = '/x', name, size, of, ...rest }: Announcement) {
  const { url = base + path } = rest;
  const file = [
    name === undefined ? '' : `<name>${escapeXml(name)}</name>`,
    size === undefined ? '' : `<size>${size}</size>`,
    of === undefined ? '' : `<hash xmlns='urn:xmpp:hashes:2' algo='sha-256'>${hashOf(of)}</hash>`,
  ];
  const source = `<sources><url-data xmlns='http://jabber.org/protocol/url-data' target='${escapeXml(url)}'/></sources>`;
  return (
    `<message from='${from}' to='alice@localhost' type='chat'><body>${escapeXml(url)}</body>` +
    `<file-sharing xmlns='urn:xmpp:sfs:0'><file xmlns='urn:xmpp:file:metadata:0'>${file.join('')}</file>${source}</file-sharing></message>`
  );
}

/** Listens to these announcements, one after the other, and gives the `file` events. */
async function hear(announcements: readonly Announcement[], handler: Handler, more: readonly string[] = []) {
  await using http = await httpsServer(handler);
  await using server = await scriptedServer({ tls: 'direct' }, async (peer) => {
    await peer.login({ password });
    peer.acks();
    await peer.session((stanza) => {
      if (stanza.name !== 'presence') return undefined;
      return announcements.map((announcement) => announces(http.url, announcement)).join('');
    });
  });
  const args = ['--download', dir, '--download-from', 'bob@localhost', '--allow-private', '--ca-file', http.caFile];
  const count = ['--count', `${announcements.length}`];
  const result = await run(['listen', '--json', ...count, ...args, ...more], server, { seconds: 10 });
  const events = result.lines().map((line) => JSON.parse(line) as Record<string, unknown>);
  const files = events.filter(({ event }) => event === 'file');
  return { result, files, messages: events.length - files.length, asked: http.asked };
}

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
    '../../.ssh/authorized_keys',
    '/etc/passwd',
    '',
    '.',
    '..',
    '-rf',
    'a\tb',
    'invoice\u202efdp.exe',
    'CON',
  ];
  const { files } = await hear(
    names.map((name) => ({ name, of: 'pixels', size: 6 })),
    serves,
  );
  expect(files).toHaveLength(names.length);
  const saved = [
    'authorized_keys',
    'authorized_keys-2',
    'passwd',
    'file',
    'file-2',
    'file-3',
    'rf',
    'a_b',
    'invoicefdp.exe',
    '_CON',
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
