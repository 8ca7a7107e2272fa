// Files from and to Gajim, by its own Jingle, SOCKS5 and in-band code, as Debian 12 packages it.
import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { removeDirectory, temporaryDirectory } from '../support/daemon.ts';
import { type Gajim, gajim, isOtherGajim } from '../support/gajim.ts';
import { socksProxy } from '../support/http-proxy.ts';
import { listening } from '../support/listening.ts';
import { servers, type XmppServer } from '../support/servers.ts';
import { at, xmppctl } from '../support/xmppctl.ts';

describe.skipIf(isOtherGajim).each(servers)('Gajim on %s', (_kind, start) => {
  let server: XmppServer;
  let bob: Gajim;
  let dir: string;
  let inbox: string;
  let env: Record<string, string>;
  beforeAll(async () => {
    server = await start({ without: ['upload'] });
    for (const name of ['alice', 'bob']) await server.register(name, 'secret');
    env = at(server, 'alice', 'secret');
    // Gajim sends files only to clients whose abilities it knows, by their presence.
    for (const [name, command, other] of [
      ['alice', 'add', 'bob'],
      ['bob', 'accept', 'alice'],
      ['bob', 'add', 'alice'],
      ['alice', 'accept', 'bob'],
    ] as const) {
      const result = await xmppctl([command, `${other}@localhost`], { env: at(server, name, 'secret') });
      expect(result.exitCode, result.stderr).toBe(0);
    }
    bob = await gajim(server, 'bob', 'secret');
  });
  afterAll(async () => {
    await bob[Symbol.asyncDispose]();
    await server.stop();
  });
  beforeEach(async () => {
    dir = await temporaryDirectory('gajim-files');
    inbox = join(dir, 'inbox');
    await mkdir(inbox);
    return () => removeDirectory(dir);
  });

  const file = async (name: string, size: number) => {
    const bytes = randomBytes(size);
    await writeFile(join(dir, name), bytes);
    return { path: join(dir, name), bytes };
  };
  const alice = async (...more: string[]) => {
    const args = ['--json', '--download', inbox, '--accept-from', 'bob@localhost', ...more];
    const listener = await listening(args, { env });
    const jid = /online as (\S+)/.exec(listener.stderr.join('\n'))?.[1] ?? '';
    return { listener, jid };
  };

  test.each<[string, number, readonly string[], RegExp]>([
    ['over a connection of its own', 3_000_000, [], /over a connection of its own/],
    ['in-band', 300_000, ['--in-band'], /in-band/],
  ])('has the file that we send %s', async (_, size, more, how) => {
    const { path, bytes } = await file('photo.jpg', size);
    bob.receive(inbox);
    const result = await xmppctl(['sendfile', bob.jid, path, '--json', '--verbose', '--timeout', '15s', ...more], {
      env,
    });
    expect(result.exitCode, result.stderr).toBe(0);
    expect(result.stderr).toMatch(how);
    expect(result.json()).toMatchObject({ status: 'delivered', size });
    expect(await bob.done('received')).toBe(join(inbox, 'photo.jpg'));
    expect((await readFile(join(inbox, 'photo.jpg'))).equals(bytes)).toBe(true);
  });

  test('has the file in-band, since no connection comes about', async () => {
    const { path, bytes } = await file('hidden.bin', 100_000);
    await using hiding = await socksProxy();
    bob.receive(inbox);
    // Gajim passes over a proxy of the server on 127.0.0.1, and takes the other transport that we then propose.
    const args = ['sendfile', bob.jid, path, '--verbose', '--timeout', '15s', '--proxy', hiding.url];
    const result = await xmppctl(args, { env });
    expect(result.exitCode, result.stderr).toBe(0);
    expect(result.stderr).toContain('takes the file in-band');
    await bob.done('received');
    expect((await readFile(join(inbox, 'hidden.bin'))).equals(bytes)).toBe(true);
  });

  test.each([
    ['over a connection of its own', 3_000_000, ['--allow-private'], { inBand: false }],
    ['in-band', 300_000, [], { inBand: true }],
    ['in-band, since no connection comes about', 100_000, [], { inBand: false }],
  ])('sends us a file %s', async (_, size, more, how) => {
    const { path, bytes } = await file('report.pdf', size);
    const { listener, jid } = await alice(...more);
    await using _listener = listener;
    bob.send(path, jid, how);
    expect(JSON.parse(await listener.waitForLine(/"event":"file"/, 20_000))).toMatchObject({
      from: 'bob@localhost',
      path: join(inbox, 'report.pdf'),
      size,
      state: 'received',
    });
    expect(await bob.done('sent')).toBe(path);
    expect((await readFile(join(inbox, 'report.pdf'))).equals(bytes)).toBe(true);
    expect(await readdir(inbox)).toEqual(['report.pdf']);
  });
});
