// Several files in one run: an address that somebody else wrote must not keep the others away.
import { readdir } from 'node:fs/promises';
import { beforeEach, expect, test } from 'vitest';
import { removeDirectory, temporaryDirectory } from '../support/daemon.ts';
import { type Handler, httpsServer } from '../support/https-server.ts';
import { xmppctl } from '../support/xmppctl.ts';

let dir: string;
beforeEach(async () => {
  dir = await temporaryDirectory('download');
  return () => removeDirectory(dir);
});

const serves: Handler = ({ path }, response) =>
  path.startsWith('/gone') ? response.writeHead(404).end() : response.end('pixels');

async function get(input: (url: string) => string[]) {
  await using http = await httpsServer(serves);
  const args = ['get', '-', '--dir', dir, '--allow-private', '--ca-file', http.caFile, '--json'];
  return await xmppctl(args, { input: input(http.url).join('\n') });
}

test('what cannot be had is named, the others are fetched, and the exit status says that it was not all: 83', async () => {
  const result = await get((url) => [
    `${url}/a.jpg`,
    `${url}/gone.jpg`,
    'http://example.org/clear.jpg',
    `${url.replace('https', 'aesgcm')}/gone#0123`,
    'no address',
    `${url}/b.jpg`,
  ]);
  expect([result.exitCode, await readdir(dir)], result.stderr).toEqual([83, ['a.jpg', 'b.jpg']]);
  expect(result.lines()).toHaveLength(2);
  expect(result.stderr).toMatch(/warning: https:\/\/localhost:\d+\/gone\.jpg was not fetched: .*HTTP 404/);
  expect(result.stderr).toMatch(/warning: http:\/\/example\.org\/clear\.jpg was not fetched: /);
  expect(result.stderr).not.toContain('0123');
  expect(result.stderr).toMatch(/"kind":"partial",.*"message":"4 of 6 files were not fetched: /);
});

test('if nothing can be had for one reason, that is the reason', async () => {
  const result = await get((url) => [`${url}/gone/a`, `${url}/gone/b`]);
  expect([result.exitCode, result.stdout, await readdir(dir)], result.stderr).toEqual([66, '', []]);
});
