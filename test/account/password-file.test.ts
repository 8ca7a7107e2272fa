import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, createWriteStream, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { buildSync } from 'esbuild';
import { describe, expect, test } from 'vitest';
import { passwordFromFile } from '../../src/account/password-file.ts';
import { findPassword } from '../../src/account/secrets.ts';
import { failureOf, fakeSystem, request, temporaryDir } from './fake-system.ts';

function fileWith(bytes: string | Uint8Array, mode = 0o600): string {
  const path = join(temporaryDir(), 'password');
  writeFileSync(path, bytes);
  chmodSync(path, mode);
  return path;
}

const fromFile = (passwordFile: string) => request({ options: { passwordFile } });
const fromStdin = (stdin: string | Uint8Array) => {
  const system = fakeSystem();
  system.stdin.end(stdin);
  return request({ system, options: { passwordStdin: true } });
};

describe('the first line', () => {
  test.each([
    ['secret', 'secret'],
    ['secret\n', 'secret'],
    ['secret\r\n', 'secret'],
    ['secret\nsecond\n', 'secret'],
    [' with spaces \n', ' with spaces '],
    ['pässwörd 🔑\n', 'pässwörd 🔑'],
    ['a\rb\n', 'a\rb'],
  ])('of %j is %j', async (text, password) => {
    expect((await findPassword(fromFile(fileWith(text)))).password).toBe(password);
    expect((await findPassword(fromStdin(text))).password).toBe(password);
  });

  test.each([
    ['', 'it is empty'],
    ['\nsecond\n', 'its first line is empty'],
    ['\r\n', 'its first line is empty'],
    ['s3cret\0x\n', 'its first line holds a NUL byte'],
    [Buffer.from('s3cret\xff\n', 'latin1'), 'its first line is not valid UTF-8'],
    ['s3cret'.repeat(20_000), 'its first line is longer'],
  ])('that is no password is an error without its text (%#)', async (text, reason) => {
    for (const wanted of [fromFile(fileWith(text)), fromStdin(text)]) {
      const error = await failureOf(wanted);
      expect(error.kind).toBe('config');
      expect(error.message).toContain(reason);
      expect(error.message).not.toContain('s3cret');
    }
  });
});

describe('a password file', () => {
  test.each([
    ['/nonexistent/file', 'there is no such file'],
    ['/', 'it is a directory'],
    ['/dev/null', 'it is empty'],
    ['/dev/zero', 'its first line is longer'],
  ])('%s is named with the reason', async (path, reason) => {
    const error = await failureOf(fromFile(path));
    expect(error).toMatchObject({ kind: 'config' });
    expect(error.message).toContain(`--password-file ${path}: `);
    expect(error.message).toContain(reason);
  });

  test.each([0o640, 0o604, 0o644])('with mode %o is refused with the chmod line', async (mode) => {
    const path = fileWith('s3cret\n', mode);
    const error = await failureOf(fromFile(path));
    expect(error.kind).toBe('config');
    expect(error.hint).toBe(`Run: chmod 600 ${path}`);
  });

  test('may be a named pipe, also one whose writer comes later', async () => {
    const path = join(temporaryDir(), 'pipe');
    execFileSync('mkfifo', ['-m', '644', path]);
    const found = findPassword(fromFile(path));
    const writer = createWriteStream(path);
    writer.write('from pipe\nmore');
    expect((await found).password).toBe('from pipe');
    writer.on('error', () => undefined).destroy();
  });

  test('that is a pipe nobody writes to ends at the deadline', async () => {
    const path = join(temporaryDir(), 'pipe');
    execFileSync('mkfifo', [path]);
    const error = await failureOf({ ...fromFile(path), deadlineMs: 100 });
    expect(error.message).toContain('it gave no line in time');
  });
});

describe('standard input', () => {
  test('keeps what comes after the first line for the message body', async () => {
    const system = fakeSystem();
    const wanted = request({ system, options: { passwordStdin: true } });
    const found = findPassword(wanted);
    system.stdin.write('sec');
    system.stdin.write('ret\nbody li');
    expect((await found).password).toBe('secret');
    system.stdin.end('ne\n');
    let body = '';
    for await (const chunk of system.stdin) body += chunk;
    expect(body).toBe('body line\n');
  });

  test('that ended before is empty', async () => {
    const stdin = new PassThrough();
    stdin.end();
    stdin.resume();
    await once(stdin, 'end');
    const outcome = await passwordFromFile('-', { stdin, platform: 'linux' }, new AbortController().signal);
    expect(outcome).toEqual({ failed: 'it is empty' });
  });

  test('that says nothing ends at the deadline', async () => {
    const error = await failureOf(request({ options: { passwordStdin: true }, deadlineMs: 50 }));
    expect(error.message).toContain('--password-stdin: it gave no line in time');
  });

  test('that is a terminal is not read in clear', async () => {
    const system = fakeSystem({}, { terminal: true });
    expect((await failureOf(request({ system, options: { passwordStdin: true } }))).message).toContain(
      'it is a terminal',
    );
  });
});

describe('in a real process', () => {
  /** A program that prints what it reads from the file of its argument. */
  function program(): string {
    const file = join(temporaryDir(), 'read.mjs');
    buildSync({
      stdin: {
        contents: `import { passwordFromFile } from './password-file.ts';
          console.log(JSON.stringify(await passwordFromFile(process.argv[2], process, AbortSignal.timeout(15000))));`,
        resolveDir: join(import.meta.dirname, '../../src/account'),
      },
      bundle: true,
      platform: 'node',
      format: 'esm',
      outfile: file,
    });
    return file;
  }

  async function outputOf(child: ChildProcess): Promise<string> {
    let output = '';
    child.stdout?.on('data', (data) => {
      output += data;
    });
    await once(child, 'close');
    return output.trim();
  }

  test.each([
    ['printf secret', '{"password":"secret"}'],
    ['true', '{"failed":"it is empty"}'],
  ])('the pipe of bash <(%s) is read, and its end seen', async (command, result) => {
    const child = spawn('bash', ['-c', `"$0" "$1" <(${command})`, process.execPath, program()]);
    expect(await outputOf(child)).toBe(result);
  });
});
