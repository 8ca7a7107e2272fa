// Messages of a machine that is offline: kept, and sent later, once, in order, with the ids they had.
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { removeDirectory, temporaryDirectory } from '../support/daemon.ts';
import { servers, type XmppServer } from '../support/servers.ts';
import { judgeSpool, spoolSweep } from '../support/spool-sweep.ts';
import { at, xmppctl } from '../support/xmppctl.ts';

describe.each(servers)('on %s', (_kind, start) => {
  let server: XmppServer;
  let home: string;
  beforeAll(async () => {
    server = await start();
    for (const name of ['alice', 'bob', 'carol', 'dave']) await server.register(name, 'secret');
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
    const result = await xmppctl(['listen', '--json', '--once'], { env: at(server, 'bob', 'secret') });
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

  test('several recipients, and lines as they come: all kept while offline, each sent in order', async () => {
    const to = ['--to', 'bob@localhost', '--to', 'carol@localhost'];
    expect((await run(['send', ...to, 'to both', '--spool', '-q'], offline())).exitCode).toBe(0);
    const input = Array.from({ length: 150 }, (_, number) => `line ${number}`);
    const args = ['send', 'bob@localhost', '--lines', '--spool', '--json'];
    const result = await xmppctl(args, { env: offline(), home, input: input.join('\n') });
    expect(result.exitCode, result.stderr).toBe(0);
    const told = result.lines().map((line) => JSON.parse(line));
    expect(told.map(({ status, error }) => `${status} ${error.kind}`)).toEqual(input.map(() => 'unknown tempfail'));
    expect(await readdir(outbox())).toHaveLength(152);

    const batch = ['bob', 'carol'].map((name) => JSON.stringify({ to: `${name}@localhost`, body: 'last', id: name }));
    const online2 = await xmppctl(['send', '--batch', '--spool'], { env: online(), home, input: batch.join('\n') });
    expect(online2.exitCode, online2.stderr).toBe(0);
    expect(online2.lines().map((line) => JSON.parse(line))).toMatchObject([
      { id: 'bob', status: 'acked' },
      { id: 'carol', status: 'acked' },
    ]);
    expect(await readdir(outbox())).toEqual([]);
    const heard = await bobHears();
    expect(heard.map(({ body }) => body)).toEqual(['to both', ...input, 'last']);
    const ids = told.map(({ id }) => id);
    expect(heard.slice(1, -1).map(({ id }) => id)).toEqual(ids);
  });

  test('flush: one that can never be delivered leaves the outbox, the others are sent: 83', async () => {
    for (const to of ['bob', 'nobody', 'carol']) {
      expect((await run(['send', `${to}@localhost`, 'part', '--spool', '-q'], offline())).exitCode).toBe(0);
    }
    const flushed = await run(['flush', '--json'], online());
    expect(flushed.exitCode).toBe(83);
    expect(flushed.lines().map((line) => JSON.parse(line).status)).toEqual(['acked', 'failed', 'acked']);
    expect(await readdir(outbox())).toEqual([]);
    expect((await bobHears()).map(({ body }) => body)).toEqual(['part']);
  });

  test('spooled and flushed by programs that are killed: none lost, in order, with the same ids', async () => {
    const sweep = await spoolSweep({ online: online(), offline: offline(), home, receiver: 'dave', kills: 6 });
    const env = at(server, 'dave', 'secret');
    const heard = await xmppctl(['listen', '--json', '--once'], { env });
    expect(judgeSpool(sweep, heard.stdout)).toEqual({ lost: [], disordered: [], twice: [] });
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
