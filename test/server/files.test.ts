// Files through the upload services of real servers: what one sends, the other gets, byte for byte.
import { createHash, randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { removeDirectory, temporaryDirectory } from '../support/daemon.ts';
import { faultProxy } from '../support/fault-proxy.ts';
import { listening } from '../support/listening.ts';
import { servers, type XmppServer } from '../support/servers.ts';
import { at, xmppctl } from '../support/xmppctl.ts';

const limit = 3 * 1024 * 1024;
const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

describe.each(servers)('on %s', (kind, start) => {
  let server: XmppServer;
  let dir: string;
  let inbox: string;
  let alice: Record<string, string>;
  beforeAll(async () => {
    server = await start({ uploadSizeLimit: limit });
    await server.register('alice', 'secret');
    await server.register('bob', 'secret');
    alice = at(server, 'alice', 'secret');
  });
  afterAll(() => server.stop());
  beforeEach(async () => {
    dir = await temporaryDirectory('files');
    inbox = join(dir, 'inbox');
    await mkdir(inbox);
    return () => removeDirectory(dir);
  });

  const file = async (name: string, bytes: Buffer | string) => {
    await writeFile(join(dir, name), bytes);
    return join(dir, name);
  };
  const send = (args: readonly string[], options = {}) => xmppctl(['sendfile', ...args], { env: alice, ...options });
  const get = (...args: string[]) => xmppctl(['get', '--allow-private', '--dir', inbox, ...args], { env: alice });
  const hear = (count = 1) => listening(['--json', '--count', `${count}`], { env: at(server, 'bob', 'secret') });

  test('what is sent is announced with all that clients need, and can be had', async () => {
    const bytes = randomBytes(2_000_000);
    const path = await file('Bericht & Grüße.pdf', bytes);
    await using bob = await hear();
    const result = await send(['bob@localhost', path, '--json']);
    expect(result).toMatchObject({ exitCode: 0, stderr: '' });
    const row = result.json<Record<string, unknown>>();
    expect(row).toMatchObject({
      to: 'bob@localhost',
      status: 'acked',
      error: null,
      file: path,
      size: 2_000_000,
      mediaType: 'application/pdf',
      sha256: sha256(bytes),
      encrypted: false,
    });
    expect(row.url).toMatch(new RegExp(`^https://localhost:${server.httpsPort}/.*Gr%C3%BC%C3%9Fe.pdf$`));
    const message = JSON.parse(await bob.waitForLine(/"message"/)) as Record<string, unknown>;
    expect(message).toMatchObject({ body: row.url, id: row.id, from: 'alice@localhost' });
    expect(message.files).toEqual([expect.objectContaining({ url: row.url })]);

    const got = await get(String(row.url), '--json', '--sha256', sha256(bytes));
    expect(got).toMatchObject({ exitCode: 0, stderr: '' });
    const { path: where, ...rest } = got.json<Record<string, unknown>>();
    expect(rest).toEqual({ url: row.url, size: 2_000_000, mediaType: 'application/pdf', sha256: sha256(bytes) });
    // ejabberd gives the address another name than was asked for.
    expect(where).toBe(join(inbox, kind === 'prosody' ? 'Bericht _ Grüße.pdf' : 'Bericht___Grüße.pdf'));
    expect((await readFile(String(where))).equals(bytes)).toBe(true);
    expect((await stat(String(where))).mode & 0o777).toBe(0o600);
    expect(await readdir(inbox)).toHaveLength(1);
  });

  test('an encrypted file is noise to the service, and itself again for who has the address', async () => {
    const bytes = Buffer.from('attack at dawn\n'.repeat(50_000));
    const path = await file('plan.txt', bytes);
    const result = await send(['--upload-only', '--encrypt', path]);
    expect(result).toMatchObject({ exitCode: 0, stderr: '' });
    const url = result.stdout.trim();
    expect(url).toMatch(/^aesgcm:\/\/localhost:\d+\/.*[0-9a-f-]{36}\.txt#[0-9a-f]{88}$/);
    const noise = await get(url.replace('aesgcm:', 'https:'), '--json');
    const stored = await readFile(String(noise.json<Record<string, unknown>>().path));
    expect(stored.length).toBe(bytes.length + 16);
    expect(stored.includes('attack')).toBe(false);
    const clear = await xmppctl(['get', '--allow-private', '--dir', inbox, '-', '--json'], {
      env: alice,
      input: `${url}\n`,
    });
    expect(clear).toMatchObject({ exitCode: 0, stderr: '' });
    const row = clear.json<Record<string, unknown>>();
    expect(row).toMatchObject({ size: bytes.length, sha256: sha256(bytes) });
    expect((await readFile(String(row.path))).equals(bytes)).toBe(true);
    expect((await readdir(inbox)).filter((name) => name.endsWith('.part'))).toEqual([]);
  });

  test('an encrypted file that is too large is refused by the size that was given', async () => {
    const url = (await send(['--upload-only', '--encrypt', await file('plan.txt', 'x'.repeat(1001))])).stdout.trim();
    const refused = await get(url, '--max-size', '1000');
    expect([refused.exitCode, refused.stderr]).toEqual([65, expect.stringContaining('larger than 1000 bytes')]);
    expect((await get(url, '--max-size', '1001')).exitCode).toBe(0);
  });

  test('several files reach several people, each uploaded once, with a caption', async () => {
    const paths = [await file('a.txt', 'one'), await file('b.txt', 'two')];
    await using bob = await hear(3);
    const to = ['--to', 'bob@localhost', '--to', 'alice@localhost'];
    const result = await send([...paths, ...to, '--caption', 'look', '--json']);
    expect(result).toMatchObject({ exitCode: 0, stderr: '' });
    const rows = result.lines().map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(rows).toHaveLength(6);
    expect(new Set(rows.flatMap(({ url }) => (url === null ? [] : [url]))).size).toBe(2);
    const bodies = [];
    for (let i = 0; i < 3; i++) bodies.push((JSON.parse(await bob.waitForLine(/"message"/)) as { body: string }).body);
    expect(bodies).toEqual([rows[0]?.url, rows[2]?.url, 'look']);
  });

  test('what a command prints is sent under the name given', async () => {
    const result = await send(['--upload-only', '-', '--name', 'dump.sql'], { input: 'select 1;\n' });
    expect(result).toMatchObject({ exitCode: 0, stderr: '' });
    expect(result.stdout).toMatch(/\/dump\.sql\n$/);
    const got = await get(result.stdout.trim());
    expect(got).toMatchObject({ exitCode: 0, stdout: '', stderr: '' });
    expect(await readFile(join(inbox, 'dump.sql'), 'utf8')).toBe('select 1;\n');
  });

  test('a file that is too large is refused before anything is uploaded', async () => {
    const path = await file('sparse.bin', '');
    await truncate(path, 5_000_000_000);
    const result = await send(['bob@localhost', path]);
    expect(result.exitCode).toBe(65);
    expect(result.stderr).toMatch(/too large: 5000000000 bytes, and the upload service takes 3145728/);
    expect(await server.log()).not.toContain('sparse.bin');
  });

  test('who does not exist is told of nothing, and the address is not lost', async () => {
    const path = await file('a.txt', 'one');
    const result = await send(['nobody@localhost', path, '--json']);
    expect(result.exitCode).toBe(67);
    expect(result.json<Record<string, unknown>>()).toMatchObject({
      status: 'failed',
      url: expect.stringMatching(/^https:/),
    });
    expect(result.stderr).toMatch(/a\.txt was uploaded to https:\/\/localhost/);
  });

  test('a download goes over nothing that is there', async () => {
    const path = await file('a.txt', 'new');
    const url = (await send(['--upload-only', path])).stdout.trim();
    await writeFile(join(inbox, 'a.txt'), 'old');
    expect((await get(url)).exitCode).toBe(0);
    expect(await readFile(join(inbox, 'a.txt'), 'utf8')).toBe('old');
    expect(await readFile(join(inbox, 'a-2.txt'), 'utf8')).toBe('new');
    for (const name of ['a.txt', join(inbox, 'a.txt')]) {
      const exact = await get(url, '--output-file', name);
      expect(exact.exitCode).toBe(73);
      expect(exact.stderr).toContain(`${join(inbox, 'a.txt')} is there already; it was not overwritten`);
    }
    expect((await get(url, '--output-file', 'b.txt', '--json')).json()).toMatchObject({ path: join(inbox, 'b.txt') });
  });

  test('a download that broke off can be had by the same command, from where it stopped if the service gives parts', async () => {
    const bytes = randomBytes(2_000_000);
    const url = (await send(['--upload-only', await file('photo.jpg', bytes)])).stdout.trim();
    await using proxy = await faultProxy(server.httpsPort, { cutAfterBytes: { down: 1_000_000 } });
    const throughProxy = url.replace(`:${server.httpsPort}/`, `:${proxy.port}/`);
    expect((await get(throughProxy)).exitCode).toBe(75);
    const kept = await readdir(inbox);
    expect(kept).toEqual(kind === 'prosody' ? [expect.stringMatching(/^photo\.jpg\.[0-9a-f]{12}\.part$/)] : []);
    expect(await get(throughProxy)).toMatchObject({ exitCode: 0, stderr: '' });
    expect((await readFile(join(inbox, 'photo.jpg'))).equals(bytes)).toBe(true);
    expect(await readdir(inbox)).toEqual(['photo.jpg']);
  });

  test('without --allow-private nothing is fetched from this machine', async () => {
    const url = (await send(['--upload-only', await file('a.txt', 'one')])).stdout.trim();
    const result = await xmppctl(['get', '--dir', inbox, url], { env: alice });
    expect(result.exitCode).toBe(80);
    expect(result.stderr).toMatch(/private or loopback.*\n.*--allow-private/);
    expect(await readdir(inbox)).toEqual([]);
  });

  test('the pin of the server vouches for its upload service too', async () => {
    const { XMPPCTL_CA_FILE: _ca, ...env } = alice;
    const args = ['--upload-only', await file('a.txt', 'one'), '--pin', server.certificate.spkiPin];
    expect(await send(args, { env })).toMatchObject({ exitCode: 0, stderr: '' });
  });

  test('a listener fetches what people on its list announce, and nothing of others', async () => {
    await server.register('carol', 'secret');
    const args = ['--json', '--download', inbox, '--download-from', 'alice@localhost', '--allow-private'];
    await using bob = await listening([...args, '--count', '2'], { env: at(server, 'bob', 'secret') });
    const path = await file('photo.jpg', 'pixels');
    const carol = await send(['bob@localhost', path], { env: at(server, 'carol', 'secret') });
    expect(carol).toMatchObject({ exitCode: 0, stderr: '' });
    const sent = (await send(['bob@localhost', path, '--json'])).json<Record<string, unknown>>();
    const { exitCode, stdout } = await bob.done;
    expect(exitCode).toBe(0);
    const events = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(events.map(({ event, from }) => `${event} ${from}`)).toEqual([
      'message carol@localhost',
      'message alice@localhost',
      'file alice@localhost',
    ]);
    expect(events[1]?.files).toEqual([
      {
        url: sent.url,
        name: 'photo.jpg',
        size: 6,
        mediaType: 'image/jpeg',
        description: null,
        hash: { algorithm: 'sha256', hex: sha256(Buffer.from('pixels')) },
      },
    ]);
    expect(events[2]).toMatchObject({
      v: 1,
      account: 'bob@localhost',
      url: sent.url,
      path: join(inbox, 'photo.jpg'),
      size: 6,
      sha256: sha256(Buffer.from('pixels')),
      state: 'received',
      error: null,
    });
    expect(await readdir(inbox)).toEqual(['photo.jpg']);
  });

  test('everybody in a room gets the file, and the room shows it before we are done', async () => {
    const room = `ops@conference.localhost`;
    expect((await xmppctl(['muc', 'create', room], { env: alice })).exitCode).toBe(0);
    const path = await file('graph.png', 'pixels');
    const result = await send(['--room', room, path, '--caption', 'today', '--json']);
    expect(result).toMatchObject({ exitCode: 0, stderr: '' });
    const rows = result.lines().map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(rows.map(({ to, status, file: name }) => [to, status, name])).toEqual([
      [room, 'reflected', path],
      [room, 'reflected', null],
    ]);
    expect((await get(String(rows[0]?.url))).exitCode).toBe(0);
  });

  test('a room that does not exist is not created, and nothing is uploaded for it: 67', async () => {
    const path = await file('for-nobody.png', 'pixels');
    expect((await send(['--room', 'typo@conference.localhost', path])).exitCode).toBe(67);
    expect(await server.log()).not.toContain('for-nobody');
  });
});
