// What is on the disk while a download goes on, after it broke off, and where there is no room for it (CASES F 53 to 55).
import { createCipheriv, createHash, randomBytes } from 'node:crypto';
import { link, mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { beforeEach, describe, expect, test } from 'vitest';
import { run } from '../support/attempt.ts';
import { removeDirectory, temporaryDirectory } from '../support/daemon.ts';
import { type Asked, type Handler, httpsServer } from '../support/https-server.ts';
import { until } from '../support/ports.ts';
import { program, spawnXmppctl } from '../support/xmppctl.ts';

let dir: string;
beforeEach(async () => {
  dir = await temporaryDirectory('download');
  return () => removeDirectory(dir);
});

const bytes = randomBytes(500_000);
const sha256 = createHash('sha256').update(bytes).digest('hex');
const parts = async () => (await readdir(dir)).filter((name) => name.endsWith('.part'));

/** Serves parts, and only the first half of the whole file to the first who asks; then it waits. */
const halfFirst = (etag: () => string = () => '"one"', content: () => Buffer = () => bytes): Handler => {
  let first = true;
  return ({ headers }: Asked, response) => {
    const file = content();
    const from = Number(/^bytes=(\d+)-$/.exec(headers.range ?? '')?.[1] ?? 0);
    const fits = headers['if-range'] === etag();
    const start = fits ? from : 0;
    response.writeHead(start > 0 ? 206 : 200, {
      'accept-ranges': 'bytes',
      etag: etag(),
      'content-length': file.length - start,
      ...(start > 0 ? { 'content-range': `bytes ${start}-${file.length - 1}/${file.length}` } : {}),
    });
    if (first) response.write(file.subarray(0, 250_000));
    else response.end(file.subarray(start));
    first = false;
  };
};

const getArgs = (http: { url: string; caFile: string }, ...more: string[]) => [
  ...['get', `${http.url}/photo.jpg`, '--dir', dir, '--allow-private', '--ca-file', http.caFile, ...more],
];

describe('a download that was killed in the middle', () => {
  async function killed(http: { url: string; caFile: string }) {
    const first = await spawnXmppctl(getArgs(http));
    await until('half of it is there', async () => {
      const [name] = await parts();
      return name !== undefined && (await stat(join(dir, name))).size >= 250_000;
    });
    first.kill('SIGKILL');
    await first.done;
    const [name = ''] = await readdir(dir);
    expect(name).toMatch(/^photo\.jpg\.[0-9a-f]{12}\.part$/);
    expect((await stat(join(dir, name))).mode & 0o777).toBe(0o600);
  }

  test('leaves a private part, and the next run only asks for the rest', async () => {
    await using http = await httpsServer(halfFirst());
    await killed(http);
    const result = await run(getArgs(http, '--json', '--sha256', sha256));
    expect(result.exitCode, result.stderr).toBe(0);
    expect(http.asked.at(-1)?.headers).toMatchObject({ range: 'bytes=250000-', 'if-range': '"one"' });
    expect(await readdir(dir)).toEqual(['photo.jpg']);
    expect((await readFile(join(dir, 'photo.jpg'))).equals(bytes)).toBe(true);
  });

  test('begins anew if the file has changed meanwhile', async () => {
    let etag = '"one"';
    let content = bytes;
    await using http = await httpsServer(
      halfFirst(
        () => etag,
        () => content,
      ),
    );
    await killed(http);
    etag = '"two"';
    content = randomBytes(500_000);
    const result = await run(getArgs(http));
    expect(result.exitCode, result.stderr).toBe(0);
    expect((await readFile(join(dir, 'photo.jpg'))).equals(content)).toBe(true);
  });

  test('begins anew if the part was changed to lead elsewhere', async () => {
    await using http = await httpsServer(halfFirst());
    await killed(http);
    const [name = ''] = await parts();
    const mine = join(dir, 'mine');
    await link(join(dir, name), mine);
    const before = await readFile(mine);
    const result = await run(getArgs(http));
    expect(result.exitCode, result.stderr).toBe(0);
    expect((await readFile(mine)).equals(before)).toBe(true);
    expect((await readFile(join(dir, 'photo.jpg'))).equals(bytes)).toBe(true);
  });
});

test('a part that cannot be gone on with is not left behind when the network fails', async () => {
  await using http = await httpsServer((_asked, response) => {
    response.writeHead(200, { 'content-length': 9 }).write('half');
    setImmediate(() => response.socket?.destroy());
  });
  const result = await run(getArgs(http));
  expect([result.exitCode, await readdir(dir)]).toEqual([75, []]);
});

test('what is there already stays: a file, a link to nowhere, a directory', async () => {
  await using http = await httpsServer((_asked, response) => response.end('new'));
  await writeFile(join(dir, 'photo.jpg'), 'old');
  await symlink('/nonexistent/target', join(dir, 'photo-2.jpg'));
  await mkdir(join(dir, 'photo-3.jpg'));
  expect((await run(getArgs(http))).exitCode).toBe(0);
  expect(await readFile(join(dir, 'photo-4.jpg'), 'utf8')).toBe('new');
  expect(await readFile(join(dir, 'photo.jpg'), 'utf8')).toBe('old');
  const exact = await run(getArgs(http, '--output-file', join(dir, 'photo-2.jpg')));
  expect([exact.exitCode, http.asked.length]).toEqual([73, 1]);
});

test.each(['missing', '/dev/null/x', '/etc/hostname', '/proc'])('nothing can be saved in %s: 73', async (where) => {
  await using http = await httpsServer((_asked, response) => response.end('x'));
  const result = await run(['get', `${http.url}/x`, '--dir', where, '--allow-private', '--ca-file', http.caFile]);
  expect([result.exitCode, result.stdout], result.stderr).toEqual([73, '']);
});

describe('a full disk', () => {
  /** Runs it where DIR is a file system of 128 KiB that nobody else sees, and then lists what is there. */
  const onSmallDisk = async (args: readonly string[]) => {
    const script = 'mount -t tmpfs -o size=128k none "$0" && { "$@"; echo "exit $?"; ls -A "$0"; }';
    const namespaces = process.getuid?.() === 0 ? '-m' : '-rm';
    const node = [process.execPath, program, ...args];
    const { stdout, stderr } = await execa('unshare', [namespaces, 'sh', '-c', script, dir, ...node]);
    return { lines: stdout.split('\n'), stderr };
  };

  test.each([
    [[], 0],
    [['--keep-partial'], 1],
  ] as const)('with %j: 74, no file, %i parts', async (more, left) => {
    await using http = await httpsServer((_asked, response) => response.end(bytes));
    const { lines, stderr } = await onSmallDisk(getArgs(http, ...more));
    expect(stderr).toContain('no space left');
    expect(lines[0]).toBe('exit 74');
    expect(lines.slice(1)).toEqual(Array.from({ length: left }, () => expect.stringMatching(/\.part$/)));
  });
});

describe('an aesgcm file', () => {
  const key = randomBytes(32);
  const encrypted = (iv: Buffer) => {
    const cipher = createCipheriv('aes-256-gcm', key, iv);
    return Buffer.concat([cipher.update(bytes), cipher.final(), cipher.getAuthTag()]);
  };
  const get = async (body: Buffer, secret: string, ...more: string[]) => {
    await using http = await httpsServer((_asked, response) => response.end(body));
    const address = `${http.url.replace('https', 'aesgcm')}/x.bin#${secret}`;
    const where = ['--dir', dir, '--allow-private', '--ca-file', http.caFile, '--verbose', '--trace'];
    const result = await run(['get', '-', ...where, ...more], undefined, { input: address });
    return { result, asked: http.asked };
  };

  test.each([12, 16])('with an IV of %i bytes is decrypted, and its key leaves no trace', async (length) => {
    const iv = randomBytes(length);
    const secret = Buffer.concat([iv, key]).toString('hex');
    const { result, asked } = await get(encrypted(iv), secret);
    expect(result.exitCode, result.stderr).toBe(0);
    expect((await readFile(join(dir, 'x.bin'))).equals(bytes)).toBe(true);
    expect(await readdir(dir)).toEqual(['x.bin']);
    expect(JSON.stringify(asked) + result.stderr).not.toContain(key.toString('hex'));
  });

  test.each<[string, (body: Buffer) => Buffer]>([
    ['changed', (body) => Buffer.from(body.map((byte, index) => (index === 1000 ? byte ^ 1 : byte)))],
    ['cut', (body) => body.subarray(0, -1)],
    ['shorter than its tag', () => Buffer.alloc(3)],
    ['empty', () => Buffer.alloc(0)],
  ])('that was %s leaves nothing, neither clear nor encrypted: 65', async (_, spoil) => {
    const iv = randomBytes(12);
    const { result } = await get(spoil(encrypted(iv)), Buffer.concat([iv, key]).toString('hex'), '--keep-partial');
    expect([result.exitCode, await readdir(dir)], result.stderr).toEqual([65, []]);
  });

  test.each(['', 'zz', 'ab'.repeat(43), 'ab'.repeat(45)])(
    'with the key %j: 76, and nothing is fetched',
    async (secret) => {
      const { result, asked } = await get(Buffer.alloc(20), secret);
      expect([result.exitCode, asked]).toEqual([76, []]);
    },
  );
});
