import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { findSessionBus } from '../../src/account/dbus.ts';
import { createKeychain } from '../../src/account/keychain.ts';
import { callKeytar, findKeytar, type KeychainRequest } from '../../src/account/keychain-child.ts';
import { errorOf, fakeSystem, temporaryDir } from './fake-system.ts';

const uid = process.getuid?.() ?? 0;
const hexUid = Buffer.from(String(uid)).toString('hex');

/** A bus in a runtime directory of its own that does `answer` when somebody asks to be let in. */
async function startBus(
  answer: (socket: Socket, line: string) => void,
): Promise<{ directory: string; address: string }> {
  const directory = temporaryDir();
  const open = new Set<Socket>();
  const server: Server = createServer((socket) => {
    open.add(socket);
    socket.on('error', () => undefined).on('data', (data) => answer(socket, data.toString()));
  });
  onTestFinished(() => {
    for (const socket of open) socket.destroy();
    server.close();
  });
  const path = join(directory, 'bus');
  await new Promise<void>((resolve) => server.listen(path, resolve));
  return { directory, address: `unix:path=${path}` };
}

const welcome = (socket: Socket, line: string): void => {
  socket.write(line === `\0AUTH EXTERNAL ${hexUid}\r\n` ? 'OK 1234\r\n' : 'REJECTED\r\n');
};

describe('the session bus', () => {
  test('is the one of the environment', async () => {
    const { address } = await startBus(welcome);
    const env = { DBUS_SESSION_BUS_ADDRESS: `${address},guid=abc` };
    expect(await findSessionBus({ env, uid })).toEqual({ address: `${address},guid=abc` });
  });

  test('without one there, as in cron, it is the one in the runtime directory', async () => {
    const { directory, address } = await startBus(welcome);
    expect(await findSessionBus({ env: { XDG_RUNTIME_DIR: directory }, uid })).toEqual({ address });
  });

  test('one that is gone (an old tmux) does not hide the one that is there', async () => {
    const { directory, address } = await startBus(welcome);
    const env = { DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nonexistent', XDG_RUNTIME_DIR: directory };
    expect(await findSessionBus({ env, uid })).toEqual({ address });
  });

  test('a socket of another user is left alone', async () => {
    const { directory } = await startBus(welcome);
    expect(await findSessionBus({ env: { XDG_RUNTIME_DIR: directory }, uid: uid + 1 })).toEqual({
      failed: 'no session bus (D-Bus)',
    });
  });

  test.each([
    ['says nothing', () => undefined, 'does not answer (500 ms)'],
    ['refuses', (socket: Socket) => socket.write('REJECTED EXTERNAL\r\n'), 'does not let this user in'],
    ['hangs up', (socket: Socket) => socket.destroy(), 'the session bus'],
  ])('one that %s is told apart', async (_, answer, reason) => {
    const { address } = await startBus(answer);
    const env = { DBUS_SESSION_BUS_ADDRESS: address, XDG_RUNTIME_DIR: '/nonexistent' };
    expect(await findSessionBus({ env, uid: uid + 60_000 })).toMatchObject({ failed: expect.stringContaining(reason) });
  });

  test('an address that only libdbus understands is left to it', async () => {
    const env = { DBUS_SESSION_BUS_ADDRESS: 'tcp:host=127.0.0.1,port=1' };
    expect(await findSessionBus({ env, uid })).toEqual({ address: 'tcp:host=127.0.0.1,port=1' });
  });
});

describe('keytar in its child', () => {
  const ask: KeychainRequest = { op: 'getPassword', service: 'xmppctl', account: 'a@b' };

  /** A module in place of keytar. */
  function fakeKeytar(code: string): string {
    const directory = join(temporaryDir(), 'lib');
    mkdirSync(directory);
    const path = join(directory, 'keytar.js');
    writeFileSync(path, code);
    return path;
  }
  const call = (code: string, request: KeychainRequest = ask, env: Record<string, string> = {}, limitMs = 10_000) =>
    callKeytar(fakeSystem(env), fakeKeytar(code), request, { bus: 'unix:path=/b', limitMs });

  test('is given the request and its reply is taken', async () => {
    const echo = 'exports.setPassword = async (...all) => JSON.stringify(all)';
    const request: KeychainRequest = { op: 'setPassword', service: 's', account: 'a@b', password: 'pässwörd\n"🔑' };
    expect(await call(echo, request)).toEqual({ value: JSON.stringify(['s', 'a@b', 'pässwörd\n"🔑']) });
    expect(await call('exports.getPassword = async () => null')).toEqual({ value: null });
  });

  test('the password is neither in its arguments nor in its environment, and nothing of ours is', async () => {
    const code = `exports.setPassword = async () => require('fs').readFileSync('/proc/self/cmdline', 'utf8') +
      JSON.stringify(process.env)`;
    const request: KeychainRequest = { op: 'setPassword', service: 's', account: 'a@b', password: 's3cret' };
    const env = { NODE_OPTIONS: '--require=/evil.js', XMPPCTL_PASSWORD: 's3cret', SSH_AUTH_SOCK: '/x', LANG: 'C' };
    const reply = await call(code, request, env);
    expect(reply).toMatchObject({ value: expect.stringContaining('"DBUS_SESSION_BUS_ADDRESS":"unix:path=/b"') });
    expect(JSON.stringify(reply)).not.toMatch(/s3cret|NODE_OPTIONS|SSH_AUTH/);
  });

  test.each([
    ['exports.getPassword = async () => { throw new Error("locked\\nat x.js") }', 'locked'],
    ['process.abort()', 'its helper process ended with SIGABRT'],
    ['process.exit(3)', 'its helper process ended with exit status 3'],
    ['throw new Error("checked paths")', 'keytar does not load: it has no binary for'],
  ])('what goes wrong there is a reason: %s', async (code, reason) => {
    const reply = await call(code);
    expect(reply).toMatchObject({ failed: expect.stringContaining(reason) });
    expect(JSON.stringify(reply)).not.toContain('at x.js');
  });

  test('a binary that does not load says why', async () => {
    const path = fakeKeytar('throw new Error("hidden")');
    const binary = join(path, '../../prebuilds', `${process.platform}-${process.arch}`);
    mkdirSync(binary, { recursive: true });
    writeFileSync(join(binary, 'keytar.node'), 'no ELF file');
    const reply = await callKeytar(fakeSystem(), path, ask, { bus: undefined, limitMs: 10_000 });
    expect(reply).toMatchObject({ failed: expect.stringMatching(/^keytar does not load: .*keytar\.node/) });
  });

  test('one that blocks its process is killed', async () => {
    const pid = join(temporaryDir(), 'pid');
    const reply = await call(
      `require('fs').writeFileSync(${JSON.stringify(pid)}, String(process.pid)); for (;;);`,
      ask,
      {},
      1000,
    );
    expect(reply).toEqual({ failed: expect.stringContaining('does not answer within 1 s') });
    await vi.waitFor(() => expect(existsSync(`/proc/${readFileSync(pid, 'utf8')}/exe`)).toBe(false));
  });

  test('one that does not want to end after its reply is not waited for', async () => {
    expect(await call('exports.getPassword = async () => "x"; setInterval(() => 0, 1000)')).toEqual({ value: 'x' });
  });

  test('a node that cannot be started is a reason', async () => {
    const system = { ...fakeSystem(), execPath: '/nonexistent/node' };
    expect(await callKeytar(system, '/x', ask, { bus: undefined, limitMs: 10_000 })).toMatchObject({ code: 'ENOENT' });
  });
});

describe('the keychain', () => {
  test('is found in this package', () => expect(findKeytar()).toMatch(/keytar\.js$/));

  test('without a bus it says so at once, and starts nothing', async () => {
    const system = {
      ...fakeSystem({ XDG_RUNTIME_DIR: '/nonexistent' }),
      uid: 999_999,
      execPath: '/nonexistent',
      platform: 'linux' as const,
    };
    const error = await errorOf(createKeychain(system).get('xmppctl', 'a@b'));
    expect(error).toMatchObject({ kind: 'config', message: 'no session bus (D-Bus)' });
    expect(error.hint).toContain('--store file');
  });
});
