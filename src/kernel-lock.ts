/** A lock that the kernel takes back when its holder ends, however that happens. */
import { createHash } from 'node:crypto';
import { unlink } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { XmppctlError } from './errors.ts';

export interface HeldLock {
  release(): Promise<void>;
}

/**
 * Holds the lock that `path` names, until it is released or the process ends; undefined if somebody else holds it. On
 * Linux a socket in the abstract namespace, elsewhere a socket file beside `path`. Throws kind oserr.
 */
export async function holdLock(path: string, platform: NodeJS.Platform): Promise<HeldLock | undefined> {
  const name = createHash('sha256').update(path).digest('hex').slice(0, 40);
  if (platform === 'linux') return await bind(`\0xmppctl-${name}`);
  const address = platform === 'win32' ? `\\\\.\\pipe\\xmppctl-${name}` : `${path}.lock`;
  const held = await bind(address);
  if (held || platform === 'win32' || (await answers(address))) return held;
  // Left by a program that ended without a word: nobody listens behind the file.
  await unlink(address).catch(() => undefined);
  return await bind(address);
}

async function bind(address: string): Promise<HeldLock | undefined> {
  const server = createServer((socket) => socket.destroy()).unref();
  const error = await new Promise<NodeJS.ErrnoException | undefined>((resolve) => {
    server.once('error', resolve);
    server.listen({ path: address, exclusive: true }, () => resolve(undefined));
  });
  if (error === undefined) return { release: () => close(server) };
  if (error.code === 'EADDRINUSE') return undefined;
  throw new XmppctlError('oserr', `cannot make a lock (${error.code})`, { cause: error });
}

const close = (server: Server): Promise<void> => new Promise((resolve) => server.close(() => resolve()));

const answers = (address: string): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(address, () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
