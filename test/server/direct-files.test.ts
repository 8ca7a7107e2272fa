// Files from one client to the other, where the server has no place to keep them: SOCKS5 directly and by proxy, and in-band.
import { createHash, randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { removeDirectory, temporaryDirectory } from '../support/daemon.ts';
import { socksProxy } from '../support/http-proxy.ts';
import { listening } from '../support/listening.ts';
import { servers, type XmppServer } from '../support/servers.ts';
import { at, xmppctl } from '../support/xmppctl.ts';

const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

describe.each(servers)('on %s', (_kind, start) => {
  let server: XmppServer;
  let dir: string;
  let inbox: string;
  beforeAll(async () => {
    server = await start({ without: ['upload'] });
    for (const name of ['alice', 'bob']) await server.register(name, 'secret');
  });
  afterAll(() => server.stop());
  beforeEach(async () => {
    dir = await temporaryDirectory('direct');
    inbox = join(dir, 'inbox');
    await mkdir(inbox);
    return () => removeDirectory(dir);
  });

  const file = async (name: string, bytes: Buffer | string) => {
    await writeFile(join(dir, name), bytes);
    return join(dir, name);
  };
  const bob = (...more: string[]) =>
    listening(['--json', '--download', inbox, '--accept-from', 'alice@localhost', ...more], {
      env: at(server, 'bob', 'secret'),
    });
  /** The full JID of the listener. */
  const deviceOf = (listener: { stderr: readonly string[] }) =>
    /online as (\S+)/.exec(listener.stderr.find((line) => line.includes('online as')) ?? '')?.[1] ?? '';
  const send = (args: readonly string[]) =>
    xmppctl(['sendfile', ...args, '--verbose', '--timeout', '15s'], { env: at(server, 'alice', 'secret') });

  test.each<[string, number, readonly string[], readonly string[], RegExp]>([
    ['over a direct connection', 20_000_000, ['--allow-private'], [], /over a connection of its own/],
    ['in-band', 300_000, [], ['--in-band'], /in-band/],
  ])('a file arrives %s', async (_, size, listen, more, how) => {
    const bytes = randomBytes(size);
    await using listener = await bob(...listen);
    const result = await send([
      deviceOf(listener),
      await file('photo.jpg', bytes),
      '--json',
      '--id',
      'photo-1',
      ...more,
    ]);
    expect(result.exitCode, result.stderr).toBe(0);
    expect(result.stderr).toMatch(how);
    expect(result.stderr.split('\n').filter((line) => line !== '' && !line.startsWith('xmppctl: '))).toEqual([]);
    expect(JSON.parse(result.stdout)).toMatchObject({
      id: 'photo-1',
      status: 'delivered',
      url: null,
      sha256: sha256(bytes),
      size,
    });
    expect(JSON.parse(await listener.waitForLine(/"event":"file"/))).toMatchObject({
      from: 'alice@localhost',
      url: null,
      path: join(inbox, 'photo.jpg'),
      size,
      sha256: sha256(bytes),
      state: 'received',
    });
    expect((await readFile(join(inbox, 'photo.jpg'))).equals(bytes)).toBe(true);
    expect(await readdir(inbox)).toEqual(['photo.jpg']);
  });

  test('over a proxy of the server, where neither side says where it is', async () => {
    await using hiding = await socksProxy();
    const proxy = ['--proxy', hiding.url];
    await using listener = await bob('--allow-private', ...proxy);
    const result = await send([deviceOf(listener), await file('a.txt', 'hidden'), ...proxy]);
    expect(result.exitCode, result.stderr).toBe(0);
    expect(result.stderr).toContain('over a connection of its own');
    await listener.waitForLine(/"state":"received"/);
    expect(await readFile(join(inbox, 'a.txt'), 'utf8')).toBe('hidden');
    const ports = new Set(hiding.targets.map((target) => Number(target.split(':').at(-1))));
    expect(ports).toEqual(new Set([server.directTlsPort, server.proxyPort]));
  });

  test('a contact is found by name, on the device that takes files, and several files arrive', async () => {
    const env = { alice: at(server, 'alice', 'secret'), bob: at(server, 'bob', 'secret') };
    expect((await xmppctl(['add', 'bob@localhost'], { env: env.alice })).exitCode).toBe(0);
    expect((await xmppctl(['accept', 'alice@localhost'], { env: env.bob })).exitCode).toBe(0);
    await using _other = await listening(['--json'], { env: env.bob });
    await using listener = await bob('--allow-private');
    const paths = [await file('a.txt', 'one'), await file('b.txt', 'two')];
    const result = await send(['bob@localhost', ...paths]);
    expect(result.exitCode, result.stderr).toBe(0);
    for (const _ of paths) await listener.waitForLine(/"state":"received"/);
    expect((await readdir(inbox)).sort()).toEqual(['a.txt', 'b.txt']);
  });

  test('the caption follows as a message, as it does where files are uploaded', async () => {
    await using listener = await bob('--allow-private', '--events', 'message,file');
    const paths = [await file('a.txt', 'one'), await file('b.txt', 'two')];
    const result = await send([deviceOf(listener), ...paths, '--caption', 'look', '--json']);
    expect(result.exitCode, result.stderr).toBe(0);
    const rows = result.lines().map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(rows.map(({ file: path, status }) => [path, status])).toEqual([
      [paths[0], 'delivered'],
      [paths[1], 'delivered'],
      [null, 'acked'],
    ]);
    const said = JSON.parse(await listener.waitForLine(/"event":"message"/)) as Record<string, unknown>;
    expect(said).toMatchObject({ from: 'alice@localhost', body: 'look', id: rows[2]?.id });
  });

  test('nobody there, or nobody who takes files from us: 69', async () => {
    const path = await file('a.txt', 'one');
    expect((await send(['bob@localhost', path])).exitCode).toBe(69);
    await using listener = await listening(['--json', '--download', inbox, '--accept-from', 'carol@localhost'], {
      env: at(server, 'bob', 'secret'),
    });
    const result = await send([deviceOf(listener), path]);
    expect(result.exitCode).toBe(69);
    expect(result.stderr).toContain('takes files directly; nothing was sent');
    expect(await readdir(inbox)).toEqual([]);
  });

  test('a file larger than the other side wants: 65 here, reported there, and nothing is kept', async () => {
    await using listener = await bob('--allow-private', '--max-size', '10');
    const result = await send([deviceOf(listener), await file('a.txt', 'x'.repeat(11))]);
    expect(result.exitCode, result.stderr).toBe(65);
    expect(JSON.parse(await listener.waitForLine(/"event":"file"/))).toMatchObject({
      state: 'failed',
      error: { exit: 65 },
    });
    expect(await readdir(inbox)).toEqual([]);
  });

  test.each([['--encrypt'], ['--upload-only'], ['--room=x@conference.localhost']])(
    '%s needs an upload service: 69',
    async (option) => {
      const result = await send([
        ...(option === '--encrypt' ? ['bob@localhost'] : []),
        await file('a.txt', 'x'),
        option,
      ]);
      expect(result.exitCode, result.stderr).toBe(69);
    },
  );
});

test.each(servers)('in-band where no connection comes about, on %s', async (_kind, start) => {
  await using server = await start({ without: ['upload', 'proxy'] });
  for (const name of ['alice', 'bob']) await server.register(name, 'secret');
  await using hiding = await socksProxy();
  const dir = await temporaryDirectory('direct');
  await writeFile(join(dir, 'a.bin'), randomBytes(100_000));
  await mkdir(join(dir, 'inbox'));
  const args = ['--download', join(dir, 'inbox'), '--accept-from', 'alice@localhost', '--proxy', hiding.url];
  await using listener = await listening(['--json', ...args], { env: at(server, 'bob', 'secret') });
  const device = /online as (\S+)/.exec(listener.stderr.join('\n'))?.[1] ?? '';
  const result = await xmppctl(['sendfile', device, join(dir, 'a.bin'), '--verbose', '--proxy', hiding.url], {
    env: at(server, 'alice', 'secret'),
  });
  expect(result.exitCode, result.stderr).toBe(0);
  expect(result.stderr).toContain('takes the file in-band');
  await listener.waitForLine(/"state":"received"/);
  expect((await readFile(join(dir, 'inbox', 'a.bin'))).equals(await readFile(join(dir, 'a.bin')))).toBe(true);
  removeDirectory(dir);
});
