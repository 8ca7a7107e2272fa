import { spawnSync } from 'node:child_process';
import { getEventListeners } from 'node:events';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createErrorWriter, createWriter, writeAll } from '../../src/output/writer.ts';
import { bundle, recorder, systemError } from './support.ts';

describe('a writer', () => {
  test('makes one write of one record and resolves when it is taken', async () => {
    const stream = recorder();
    const writer = createWriter(stream);
    await writer.write('one\n');
    expect(stream.writes).toEqual(['one\n']);
    void writer.write('two\n');
    void writer.write('three\n');
    await writer.drained();
    expect(stream.writes).toEqual(['one\n', 'two\n', 'three\n']);
  });

  test('is quiet when the reader goes away, and says so', async () => {
    const stream = recorder({ fail: (text) => (text === 'b' ? systemError('EPIPE') : undefined) });
    const writer = createWriter(stream);
    await writer.write('a');
    expect(writer.closed).toBe(false);
    await writer.write('b');
    expect([writer.closed, writer.gone.aborted]).toEqual([true, true]);
    await writer.write('c');
    await writer.drained();
    expect(stream.writes).toEqual(['a']);
  });

  test.each(['ENOSPC', 'EIO', 'EDQUOT', 'EFBIG'])('throws kind ioerr for %s, and again at the end', async (code) => {
    const writer = createWriter(recorder({ fail: () => systemError(code) }));
    await expect(writer.write('a')).rejects.toMatchObject({ kind: 'ioerr', exit: 74 });
    await expect(writer.drained()).rejects.toMatchObject({ kind: 'ioerr' });
    await expect(writer.write('b')).rejects.toMatchObject({ kind: 'ioerr' });
  });

  test('waits for a reader that does not read, until it is told to stop', async () => {
    const stopping = new AbortController();
    const stuck = Object.assign(recorder(), { _write() {} });
    const writer = createWriter(stuck, stopping.signal);
    const written = writer.write('a');
    void writer.write('b');
    await new Promise((resolve) => setImmediate(resolve));
    expect(writer.closed).toBe(false);
    stopping.abort();
    await written;
    await writer.drained();
    expect(writer.closed).toBe(true);
    expect(getEventListeners(stopping.signal, 'abort')).toHaveLength(0);
  });

  test('of standard error never throws', async () => {
    const writer = createErrorWriter(recorder({ fail: () => systemError('ENOSPC') }));
    await writer.write('a');
    await writer.drained();
  });
});

test('a file gets all bytes, however few are taken at a time', () => {
  const taken: string[] = [];
  writeAll(1, Buffer.from('abcdefg'), (_, bytes, offset) => {
    taken.push(bytes.subarray(offset, offset + 3).toString());
    return Math.min(3, bytes.length - offset);
  });
  expect(taken).toEqual(['abc', 'def', 'g']);
});

test('a file gets a thousand records before the network is read again', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'xmppctl-writer-'));
  const fd = openSync(join(directory, 'file'), 'w');
  const writer = createWriter(Object.assign(recorder(), { fd }));
  let turns = 0;
  const turn = (): void => {
    turns += 1;
    next = setImmediate(turn);
  };
  let next = setImmediate(turn);
  for (let record = 0; record < 1000; record += 1) await writer.write('x\n');
  clearImmediate(next);
  closeSync(fd);
  expect(readFileSync(join(directory, 'file'), 'utf8')).toBe('x\n'.repeat(1000));
  rmSync(directory, { recursive: true });
  expect(turns).toBe(0);
});

describe('the real standard output', () => {
  let directory: string;
  let program: string;

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'xmppctl-writer-'));
    const code = `
      import { createWriter } from './src/output/writer.ts';
      const writer = createWriter(process.stdout);
      const [records, size] = process.argv.slice(2).map(Number);
      try {
        for (let i = 0; i < records && !writer.closed; i++) await writer.write('x'.repeat(size - 1) + '\\n');
        await writer.drained();
      } catch (error) {
        process.exitCode = error.exit;
      }`;
    program = await bundle(code, directory);
  });
  afterAll(() => rmSync(directory, { recursive: true }));

  const run = (stdout: string, records: number, size: number) =>
    spawnSync('sh', ['-c', `"$NODE" "$PROGRAM" ${records} ${size} ${stdout}`], {
      env: { ...process.env, NODE: process.execPath, PROGRAM: program },
      encoding: 'utf8',
    });

  test('a full device is status 74', () => {
    expect(run('>/dev/full', 1, 10)).toMatchObject({ status: 74, stderr: '' });
  });
  test('a pipe gets everything before the process ends', () => {
    expect(run('| wc -c', 10, 1_000_000).stdout.trim()).toBe('10000000');
  });
  test('a slow reader gets everything', () => {
    expect(run('| (sleep 0.3; wc -c)', 1, 5_000_000).stdout.trim()).toBe('5000000');
  });
  test('a reader that goes away ends it quietly with status 0', () => {
    const ended = spawnSync(
      'bash',
      ['-c', `"$NODE" "$PROGRAM" 100000 1000 | head -1 | wc -c; echo "\${PIPESTATUS[0]}"`],
      {
        env: { ...process.env, NODE: process.execPath, PROGRAM: program },
        encoding: 'utf8',
      },
    );
    expect([ended.stdout, ended.stderr]).toEqual(['1000\n0\n', '']);
  });
  test('a file gets everything', () => {
    const file = join(directory, 'out');
    expect(run(`>"${file}"`, 1000, 1000).status).toBe(0);
    expect(readFileSync(file)).toHaveLength(1_000_000);
  });
  test('a file that is appended to keeps what it has', () => {
    const file = join(directory, 'log');
    run(`>>"${file}"`, 2, 10);
    run(`>>"${file}"`, 2, 10);
    expect(readFileSync(file)).toHaveLength(40);
  });
});
