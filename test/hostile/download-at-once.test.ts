// Two downloads of one file into one directory, as two cron jobs make them.
import { randomBytes } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { run } from '../support/attempt.ts';
import { removeDirectory, temporaryDirectory } from '../support/daemon.ts';
import { httpsServer } from '../support/https-server.ts';
import { until } from '../support/ports.ts';
import { spawnXmppctl } from '../support/xmppctl.ts';

let dir: string;
beforeEach(async () => {
  dir = await temporaryDirectory('download');
  return () => removeDirectory(dir);
});

const bytes = randomBytes(500_000);
const args = ({ url, caFile }: { url: string; caFile: string }) => [
  ...['get', `${url}/photo.jpg`, '--dir', dir, '--allow-private', '--ca-file', caFile],
];

test('two that fetch the same file at the same time each get one, whole', async () => {
  let goOn = (): void => {};
  await using http = await httpsServer(({ headers }, response) => {
    const from = Number(/^bytes=(\d+)-$/.exec(headers.range ?? '')?.[1] ?? 0);
    response.writeHead(from > 0 ? 206 : 200, {
      'accept-ranges': 'bytes',
      etag: '"one"',
      'content-length': bytes.length - from,
      ...(from > 0 ? { 'content-range': `bytes ${from}-${bytes.length - 1}/${bytes.length}` } : {}),
    });
    if (http.asked.length === 1) {
      response.write(bytes.subarray(0, 250_000));
      goOn = () => response.end(bytes.subarray(250_000));
    } else response.end(bytes.subarray(from));
  });
  await using first = await spawnXmppctl(args(http));
  await until('half of it is there', async () => {
    const [name] = await readdir(dir);
    return name !== undefined && (await stat(join(dir, name))).size >= 250_000;
  });
  const second = await run(args(http));
  expect([second.exitCode, second.stderr]).toEqual([0, '']);
  goOn();
  expect(await first.done).toMatchObject({ exitCode: 0, stderr: '' });
  expect((await readdir(dir)).sort()).toEqual(['photo-2.jpg', 'photo.jpg']);
  for (const name of await readdir(dir)) expect((await readFile(join(dir, name))).equals(bytes)).toBe(true);
});
