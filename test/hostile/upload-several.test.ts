// Several files on their way to an upload service that is slow, or refuses some of them.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { removeDirectory, temporaryDirectory } from '../support/daemon.ts';
import type { Handler } from '../support/https-server.ts';
import { type Attempt, sendfile, slotFor } from '../support/upload-service.ts';

let dir: string;
beforeEach(async () => {
  dir = await temporaryDirectory('upload');
  return () => removeDirectory(dir);
});

/** Sends so many small files; each has an address of its own, with its name at the end. */
async function sendSeveral(count: number, options: Attempt = {}) {
  const names = Array.from({ length: count }, (_, index) => `${index}.txt`);
  for (const name of names) await writeFile(join(dir, name), name);
  const [first = '', ...others] = names.map((name) => join(dir, name));
  const sent = await sendfile(first, {
    ...options,
    args: others,
    slot: (iq, http) => slotFor(iq, `${http.url}/${iq.elements[0]?.attrs.filename}`),
  });
  const rows = sent.result.lines().map((line) => JSON.parse(line) as Record<string, unknown>);
  const told = sent.messages.map((message) => /<body>[^<]*\/([^</]*)<\/body>/.exec(message)?.[1]);
  return { ...sent, names, rows, told };
}

const after =
  (ms: (name: string) => number, status: (name: string) => number = () => 201): Handler =>
  ({ path }, response, request) => {
    const name = path.slice(1);
    request.once('end', () => setTimeout(() => response.writeHead(status(name)).end(), ms(name)));
  };

test('small files are under way side by side, and announced in their order', async () => {
  let most = 0;
  let now = 0;
  const { result, names, told, rows } = await sendSeveral(8, {
    handler: (asked, response, request) => {
      now += 1;
      most = Math.max(most, now);
      response.once('finish', () => {
        now -= 1;
      });
      after((name) => 200 - 20 * Number.parseInt(name, 10))(asked, response, request);
    },
  });
  expect(result.exitCode, result.stderr).toBe(0);
  expect(told).toEqual(names);
  expect(rows.map(({ file }) => String(file).split('/').at(-1))).toEqual(names);
  expect(most).toBe(4);
});

test('all of them may take longer than --timeout, which only counts silence', async () => {
  const { result, told } = await sendSeveral(9, { handler: after(() => 1200), seconds: 3, within: 8 });
  expect(result.exitCode, result.stderr).toBe(0);
  expect(told).toHaveLength(9);
});

test('a service that forbids one gets none of those that were not begun, and each is accounted for', async () => {
  const { result, rows, told, slots } = await sendSeveral(8, {
    handler: after(
      (name) => (name === '1.txt' ? 300 : 0),
      (name) => (name === '1.txt' ? 403 : 201),
    ),
  });
  expect(result.exitCode, result.stderr).toBe(83);
  expect(slots).toBe(5);
  expect(told).toEqual(['0.txt', '2.txt', '3.txt', '4.txt']);
  expect(rows.map(({ status }) => status)).toEqual([
    ...['acked', 'failed', 'acked', 'acked', 'acked'],
    ...['failed', 'failed', 'failed'],
  ]);
});

test('one that is too large for the service says nothing of the next', async () => {
  const { result, told } = await sendSeveral(4, {
    handler: after(
      () => 0,
      (name) => (name === '1.txt' ? 413 : 201),
    ),
  });
  expect(result.exitCode).toBe(83);
  expect(told).toEqual(['0.txt', '2.txt', '3.txt']);
});
