// Files from one client to the other, where the server has no place to keep them: SOCKS5 directly and by proxy, and in-band.
import { createHash, randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { removeDirectory, temporaryDirectory } from '../support/daemon.ts';
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

  test.each<[string, readonly string[], readonly string[], RegExp]>([
    ['over a direct connection', ['--allow-private'], [], /over a connection of its own/],
    ['in-band', [], ['--in-band'], /in-band/],
  ])('a file arrives %s', async (_, listen, more, how) => {
    const bytes = randomBytes(300_000);
    await using listener = await bob(...listen);
    const result = await send([deviceOf(listener), await file('photo.jpg', bytes), '--json', ...more]);
    expect(result.exitCode, result.stderr).toBe(0);
    expect(result.stderr).toMatch(how);
    expect(JSON.parse(result.stdout)).toMatchObject({
      status: 'delivered',
      url: null,
      sha256: sha256(bytes),
      size: 300_000,
    });
    expect(JSON.parse(await listener.waitForLine(/"event":"file"/))).toMatchObject({
      from: 'alice@localhost',
      url: null,
      path: join(inbox, 'photo.jpg'),
      size: 300_000,
      sha256: sha256(bytes),
      state: 'received',
    });
    expect((await readFile(join(inbox, 'photo.jpg'))).equals(bytes)).toBe(true);
    expect(await readdir(inbox)).toEqual(['photo.jpg']);
  });
});
