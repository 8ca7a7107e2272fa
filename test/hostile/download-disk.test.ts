// What is on the disk while a download goes on, after it broke off, and where there is no room for it (CASES F 53 to 55).
import { createCipheriv, createHash, randomBytes } from 'node:crypto';
import { link, mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { announces, listenTo } from '../support/announcements.ts';
import { password, run } from '../support/attempt.ts';
import { removeDirectory, temporaryDirectory } from '../support/daemon.ts';
import { type Asked, type Handler, httpsServer } from '../support/https-server.ts';
import { until } from '../support/ports.ts';
import { onSmallDisk } from '../support/small-disk.ts';
import { spawnXmppctl } from '../support/xmppctl.ts';

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

/** Node with a disk that breaks when it is to keep what was written: fsync fails, everything else works. */
const syncFails = [
  '--import',
  `data:text/javascript,${encodeURIComponent(`
    import { open } from 'node:fs/promises';
    const file = await open(process.execPath);
    Object.getPrototypeOf(file).sync = async () => { throw Object.assign(new Error('EIO'), { code: 'EIO' }); };
    await file.close();
  `)}`,
];

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
  test.each([
    [[], 0],
    [['--keep-partial'], 1],
  ] as const)('with %j: 74, no file, %i parts', async (more, left) => {
    await using http = await httpsServer((_asked, response) => response.end(bytes));
    const { exitCode, stderr, there } = await onSmallDisk(getArgs(http, ...more), { dir, options: 'size=128k' });
    expect(stderr).toContain('no space left');
    expect(exitCode).toBe(74);
    expect(there).toEqual(Array.from({ length: left }, () => expect.stringMatching(/\.part$/)));
  });

  test('that has no room for the name either: 74, and nothing is left', async () => {
    await using http = await httpsServer((_asked, response) => response.end(bytes));
    const { exitCode, stderr, there } = await onSmallDisk(getArgs(http), { dir, options: 'nr_inodes=2' });
    expect([exitCode, there]).toEqual([74, []]);
    expect(stderr).toContain('no space left');
  });

  test('that only says so when the bytes are to be safe on it: 74, and nothing is left', async () => {
    await using http = await httpsServer((_asked, response) => response.end(bytes));
    const { exitCode, there } = await onSmallDisk(getArgs(http), { dir, options: 'size=1m', nodeArgs: syncFails });
    expect([exitCode, there]).toEqual([74, []]);
  });

  test.each([
    // What fits may be there or not: while the large one comes, there may be no room for it either.
    ['in the middle of a file', 'size=128k', [], /^(received|failed),failed,(received|failed)$/],
    ['when it gets its name', 'nr_inodes=2', [], /^failed,failed,failed$/],
    ['when it is to be safe on it', 'size=1m', syncFails, /^failed,failed,failed$/],
  ])('%s: 74, only whole files are left, and listening goes on', async (_, options, nodeArgs, states) => {
    const { result, files, messages } = await listenTo(
      ({ url }) => ['/a', '/large', '/b'].map((path) => announces(url, { path, name: path })),
      ({ path }, response) => response.end(path === '/large' ? bytes : 'pixels'),
      (server, args) =>
        onSmallDisk([...args, '--download', dir, '--server', server.url, '--timeout', '10s'], {
          ...{ dir, options, nodeArgs },
          env: { XMPPCTL_ACCOUNT: 'alice@localhost', XMPPCTL_PASSWORD: password },
        }),
    );
    expect([result.exitCode, messages], result.stderr).toEqual([0, 3]);
    const sorted = ['/a', '/large', '/b'].map((path) => files.find(({ url }) => String(url).endsWith(path)));
    expect(sorted.map((file) => file?.state).join(',')).toMatch(states);
    for (const { error } of files.filter(({ state }) => state === 'failed')) expect(error).toMatchObject({ exit: 74 });
    const received = sorted.filter((file) => file?.state === 'received');
    expect(result.there).toEqual(received.map((file) => String(file?.url).slice(-1)));
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
