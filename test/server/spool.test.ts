// Messages of a machine that is offline: kept, and sent later, once, in order, with the ids they had.
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { removeDirectory, temporaryDirectory } from '../support/daemon.ts';
import { servers, type XmppServer } from '../support/servers.ts';
import { at, xmppctl } from '../support/xmppctl.ts';

describe.each(servers)('on %s', (_kind, start) => {
  let server: XmppServer;
  let home: string;
  beforeAll(async () => {
    server = await start();
    for (const name of ['alice', 'bob']) await server.register(name, 'secret');
    home = await temporaryDirectory('spool');
  });
  afterAll(async () => {
    await server.stop();
    removeDirectory(home);
  });
  const online = () => at(server, 'alice', 'secret');
  const offline = () => ({ ...online(), XMPPCTL_SERVER: 'xmpps://127.0.0.1:9' });
  const run = (args: string[], env: Record<string, string>) => xmppctl(args, { env, home });
  const bobHears = async () => {
    const result = await xmppctl(['listen', '--json', '--for', '1s'], { env: at(server, 'bob', 'secret') });
    return result.lines().map((line) => JSON.parse(line) as { id: string; body: string; delayed: boolean });
  };
  const outbox = () => join(home, '.local/state/xmppctl/accounts/alice@localhost/outbox');

  test('kept while offline, in files for nobody else; sent by flush in order, once, with their ids', async () => {
    for (const [id, body] of [
      ['s1', 'one'],
      ['s2', 'two'],
      ['s3', 'three'],
    ] as const) {
      const result = await run(['send', 'bob@localhost', body, '--id', id, '--spool', '--json'], offline());
      expect(result.exitCode).toBe(0);
      expect(result.json()).toMatchObject({ id, status: 'unknown', error: { kind: 'tempfail', delivered: 'no' } });
      expect(result.stderr).toContain('kept in the outbox');
    }
    const files = await readdir(outbox());
    expect(files).toHaveLength(3);
    for (const file of files) expect((await stat(join(outbox(), file))).mode & 0o777).toBe(0o600);
    expect((await stat(outbox())).mode & 0o777).toBe(0o700);
    expect(await readFile(join(outbox(), files.sort()[0] ?? ''), 'utf8')).toContain('"one"');

    const still = await run(['flush', '--json'], offline());
    expect(still.exitCode).toBe(75);
    expect(await readdir(outbox())).toHaveLength(3);

    const flushed = await run(['flush', '--json'], online());
    expect(flushed).toMatchObject({ exitCode: 0, stderr: '' });
    expect(flushed.lines().map((line) => JSON.parse(line))).toMatchObject(
      ['s1', 's2', 's3'].map((id) => ({ id, status: 'acked', error: null })),
    );
    expect(await readdir(outbox())).toEqual([]);
    expect((await bobHears()).map(({ id, body }) => `${id} ${body}`)).toEqual(['s1 one', 's2 two', 's3 three']);
    expect(await run(['flush'], online())).toMatchObject({ exitCode: 0, stdout: '', stderr: '' });
  });

  test('the next send --spool sends what waited first', async () => {
    expect((await run(['send', 'bob@localhost', 'earlier', '--spool', '-q'], offline())).exitCode).toBe(0);
    expect(await run(['send', 'bob@localhost', 'later', '--spool'], online())).toMatchObject({
      exitCode: 0,
      stderr: '',
    });
    expect((await bobHears()).map(({ body }) => body)).toEqual(['earlier', 'later']);
  });

  test('what can never be delivered is not kept: 67, and flush drops it', async () => {
    expect((await run(['send', 'nobody@localhost', 'hi', '--spool'], online())).exitCode).toBe(67);
    expect((await run(['send', 'nobody@localhost', 'hi', '--spool'], offline())).exitCode).toBe(0);
    expect((await run(['flush'], online())).exitCode).toBe(67);
    expect(await readdir(outbox())).toEqual([]);
  });

  test('two flushes at once: everything arrives once', async () => {
    for (const body of ['a', 'b', 'c']) {
      expect((await run(['send', 'bob@localhost', body, '--spool'], offline())).exitCode).toBe(0);
    }
    const both = await Promise.all([run(['flush'], online()), run(['flush'], online())]);
    expect(both.some(({ exitCode }) => exitCode === 0)).toBe(true);
    for (const { exitCode } of both) expect([0, 81]).toContain(exitCode);
    expect((await bobHears()).map(({ body }) => body)).toEqual(['a', 'b', 'c']);
  });
});
