// Files that are none, or change on the way to the upload service (CASES F).
import { execFileSync } from 'node:child_process';
import { createDecipheriv, createHash, randomBytes } from 'node:crypto';
import { appendFile, mkdir, rename, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { run } from '../support/attempt.ts';
import { removeDirectory, temporaryDirectory } from '../support/daemon.ts';
import type { HttpsServer } from '../support/https-server.ts';
import { until } from '../support/ports.ts';
import { scriptedServer } from '../support/scripted-server.ts';
import { sendfile } from '../support/upload-service.ts';

let dir: string;
beforeEach(async () => {
  dir = await temporaryDirectory('upload');
  return () => removeDirectory(dir);
});

const file = async (bytes: string | Buffer, name = 'a.txt') => {
  await writeFile(join(dir, name), bytes);
  return join(dir, name);
};

describe('a file', () => {
  /** Big enough that the rest of it is still here when its beginning has arrived. */
  const big = 60_000_000;
  const arrives = async (http: HttpsServer) =>
    void (await until('bytes arrive', () => (http.asked[0]?.bodyBytes ?? 0) > 0));

  test.each<[string, (path: string) => Promise<void>]>([
    ['truncated', (path) => truncate(path, 1000)],
    ['written to', (path) => appendFile(path, 'more')],
    ['replaced', async (path) => rename(await file('other', 'other'), path)],
    ['renamed', (path) => rename(path, `${path}.1`)],
  ])('that is %s on the way: 65, and nobody is told', async (_, change) => {
    const path = await file(Buffer.alloc(big));
    const { result, messages, slots } = await sendfile(path, {
      meanwhile: async (http) => {
        await arrives(http);
        await change(path);
      },
      seconds: 20,
    });
    expect([result.exitCode, messages, slots], result.stderr).toEqual([65, [], 1]);
    expect(result.stderr).toContain('changed while it was being sent; nothing was announced');
  });

  test.each([[[]], [['--encrypt']]])('that is large arrives as it is, however it is taken (%j)', async (more) => {
    const bytes = randomBytes(40_000_000);
    const path = await file(bytes, 'large.bin');
    let taken = 0;
    const { result, messages, asked } = await sendfile(path, {
      args: more,
      seconds: 15,
      handler: (_asked, response, request) => {
        // Now fast, now slow: what waits in the program must not be written over.
        request.on('data', () => {
          taken += 1;
          if (taken % 100 > 0) return;
          request.pause();
          setTimeout(() => request.resume(), 5);
        });
        request.once('end', () => response.writeHead(201).end());
      },
    });
    expect(result.exitCode, result.stderr).toBe(0);
    const body = await asked[0]?.body;
    const url = /<body>([^<]+)/.exec(messages[0] ?? '')?.[1] ?? '';
    const secret = Buffer.from(/#(.*)/.exec(url)?.[1] ?? '', 'hex');
    const clear = (sent: Buffer) => {
      const decipher = createDecipheriv('aes-256-gcm', secret.subarray(12), secret.subarray(0, 12));
      decipher.setAuthTag(sent.subarray(-16));
      return Buffer.concat([decipher.update(sent.subarray(0, -16)), decipher.final()]);
    };
    const received = more.length === 0 ? body : clear(body ?? Buffer.alloc(16));
    expect(received?.equals(bytes)).toBe(true);
    expect(result.json()).toMatchObject({ sha256: createHash('sha256').update(bytes).digest('hex') });
  });

  test('with a name of every nasty kind is announced under a harmless one', async () => {
    const path = await file('hi', 'a\n\u001b[31m"<&>\u202etxt.exe');
    const { result, messages } = await sendfile(path);
    expect(result.exitCode, result.stderr).toBe(0);
    expect(messages[0]).toContain('<name>a_\ufffd[31m&quot;&lt;&amp;&gt;');
  });
});

describe('before anything connects', () => {
  const fifo = async () => {
    execFileSync('mkfifo', [join(dir, 'fifo')]);
    return join(dir, 'fifo');
  };
  const directory = async () => {
    await mkdir(join(dir, 'd'));
    return join(dir, 'd');
  };
  const link = async () => {
    await symlink('gone', join(dir, 'link'));
    return join(dir, 'link');
  };
  test.each<[string, RegExp, () => Promise<string>]>([
    ['a directory', /is a directory/, directory],
    ['a FIFO that nobody writes to', /not a regular file/, fifo],
    ['/dev/zero', /not a regular file/, async () => '/dev/zero'],
    ['an empty file', /is empty/, () => file('')],
    ['a missing file', /there is no such file/, async () => join(dir, 'none')],
    ['a broken link', /there is no such file/, link],
  ])('%s: 66', async (_, message, make) => {
    let connections = 0;
    await using server = await scriptedServer({ tls: 'direct' }, async (peer) => {
      connections += 1;
      peer.destroy();
    });
    const result = await run(['sendfile', 'bob@localhost', await make()], server);
    expect([result.exitCode, result.stdout, connections]).toEqual([66, '', 0]);
    expect(result.stderr).toMatch(message);
  });

  test.each([
    ['no file', ['bob@localhost']],
    ['no name for standard input', ['bob@localhost', '-']],
    ['no JID', ['a@@b', 'f']],
    ['a wrong media type', ['bob@localhost', 'f', '--media-type', 'x']],
    ['--upload-only with a recipient', ['--upload-only', 'f', '--to', 'bob@localhost']],
    ['one name for two files', ['bob@localhost', 'f', 'g', '--name', 'n']],
  ])('%s: 64', async (_, args) => {
    expect((await run(['sendfile', ...args])).exitCode).toBe(64);
  });

  test('standard input that is empty: 66', async () => {
    const result = await run(['sendfile', 'bob@localhost', '-', '--name', 'n'], undefined, { input: '' });
    expect(result.exitCode).toBe(66);
  });
});
