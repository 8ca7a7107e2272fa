// A keychain of the tests' own: gnome-keyring on a private session bus. And a bus that never answers.
import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { daemon, removeDirectory, temporaryDirectory } from './daemon.ts';

export interface Keyring extends AsyncDisposable {
  /** What a program needs in its environment to find this keychain and no other. */
  readonly env: Record<string, string>;
  /** Locks it, as after a logout; nobody is there to answer the prompt that would unlock it. */
  lock(): Promise<void>;
  unlock(): Promise<void>;
  stop(): Promise<void>;
}

export interface MuteBus extends AsyncDisposable {
  readonly env: Record<string, string>;
  stop(): Promise<void>;
}

const run = promisify(execFile);

/** No service directories: the bus starts nothing by itself, so no prompt can appear. */
const busConfiguration = (
  address: string,
) => `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>${address}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
`;

async function home(name: string): Promise<{ dir: string; address: string; env: Record<string, string> }> {
  const dir = await temporaryDirectory(name);
  const runtime = join(dir, 'run');
  await mkdir(runtime, { mode: 0o700 });
  const address = `unix:path=${join(runtime, 'bus')}`;
  const xdg = ['CONFIG', 'DATA', 'STATE', 'CACHE'].map((part) => [`XDG_${part}_HOME`, join(dir, part.toLowerCase())]);
  const env = { HOME: dir, XDG_RUNTIME_DIR: runtime, DBUS_SESSION_BUS_ADDRESS: address, ...Object.fromEntries(xdg) };
  return { dir, address, env };
}

export async function startKeyring({ password = 'keyring' }: { password?: string } = {}): Promise<Keyring> {
  const { dir, address, env } = await home('keyring');
  const config = join(dir, 'bus.conf');
  await writeFile(config, busConfiguration(address));
  const dbusSend = (...args: string[]) =>
    run('dbus-send', ['--session', '--print-reply', ...args], { env: { ...process.env, ...env } });
  const secrets = (method: string, ...args: string[]) =>
    dbusSend(
      '--dest=org.freedesktop.secrets',
      '/org/freedesktop/secrets',
      `org.freedesktop.Secret.Service.${method}`,
      ...args,
    );
  const answers = (asking: Promise<unknown>) =>
    asking.then(
      () => true,
      () => false,
    );

  const bus = daemon({
    command: 'dbus-daemon',
    args: ['--nofork', '--nopidfile', `--config-file=${config}`],
    dir,
    env,
    ready: () => answers(dbusSend('--dest=org.freedesktop.DBus', '/', 'org.freedesktop.DBus.ListNames')),
  });
  const keyring = daemon({
    command: 'gnome-keyring-daemon',
    args: ['--foreground', '--unlock', '--components=secrets'],
    dir,
    env,
    input: password,
    ready: () => answers(secrets('ReadAlias', 'string:default')),
  });
  const stop = async () => {
    await keyring.stop();
    await bus.stop();
    removeDirectory(dir);
  };

  await bus.start();
  await keyring.start().catch(async (error: unknown) => {
    await bus.stop();
    throw error;
  });
  return {
    env,
    lock: async () => {
      await secrets('Lock', 'array:objpath:/org/freedesktop/secrets/collection/login');
    },
    unlock: async () => {
      await keyring.stop();
      await keyring.start();
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

/** A session bus that accepts connections and says nothing. */
export async function startMuteBus(): Promise<MuteBus> {
  const { dir, env } = await home('mute-bus');
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
    socket.resume();
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(join(dir, 'run', 'bus'), resolve);
  });
  const stop = async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
    removeDirectory(dir);
  };
  return { env, stop, [Symbol.asyncDispose]: stop };
}
