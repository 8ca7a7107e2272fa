// Bytes poured into a real connection, by whose other side they end well or badly.
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { pour } from '../../src/transfer/pour.ts';

const sockets: Socket[] = [];
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
});

/** Two ends of a connection. */
async function connection(): Promise<{ ours: Socket; theirs: Socket }> {
  const server = createServer({ allowHalfOpen: true });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const ours = connect((server.address() as AddressInfo).port, '127.0.0.1');
  const [theirs] = (await once(server, 'connection')) as [Socket];
  server.close();
  for (const socket of [ours, theirs]) sockets.push(socket.on('error', () => {}));
  return { ours: ours.resume(), theirs };
}

const never = new AbortController().signal;

async function* of(...chunks: readonly (Buffer | Promise<unknown>)[]): AsyncGenerator<Buffer> {
  for (const chunk of chunks) {
    const bytes = await chunk;
    if (Buffer.isBuffer(bytes)) yield bytes;
  }
}

async function received(socket: Socket): Promise<number> {
  let count = 0;
  for await (const chunk of socket) count += (chunk as Buffer).length;
  return count;
}

test('all of it arrives, however slow the other side is, and then the end', async () => {
  const { ours, theirs } = await connection();
  const chunks = Array.from({ length: 200 }, () => Buffer.alloc(65_536));
  const poured = pour(of(...chunks), ours, never);
  expect(await received(theirs)).toBe(200 * 65_536);
  await poured;
});

test('the other side may close once it has the last byte, before we know that it was the last', async () => {
  const { ours, theirs } = await connection();
  const closed = once(ours, 'close');
  theirs.once('data', () => theirs.end());
  await pour(of(Buffer.alloc(1000), closed), ours, never);
});

test('the other side may not close before', async () => {
  const { ours, theirs } = await connection();
  const closed = once(ours, 'close');
  theirs.once('data', () => theirs.destroy());
  await expect(pour(of(Buffer.alloc(1000), closed, Buffer.alloc(1)), ours, never)).rejects.toThrow('closed');
});

test('or close while we wait until it takes more', async () => {
  const { ours, theirs } = await connection();
  const chunks = Array.from({ length: 400 }, () => Buffer.alloc(65_536));
  theirs.once('readable', () => theirs.destroy());
  await expect(pour(of(...chunks), ours, never)).rejects.toThrow();
});

test.each([
  ['the next bytes do not come', [Buffer.alloc(10), new Promise(() => {})]],
  ['the other side takes nothing', Array.from({ length: 400 }, () => Buffer.alloc(65_536))],
])('it is given up when the signal says so: %s', async (_, chunks) => {
  const { ours, theirs } = await connection();
  const stop = new AbortController();
  const poured = pour(of(...chunks), ours, stop.signal);
  theirs.once('readable', () => stop.abort(new Error('enough')));
  await expect(poured).rejects.toThrow('enough');
});

test('what cannot be read is the reason', async () => {
  const { ours } = await connection();
  async function* unreadable() {
    yield Buffer.alloc(10);
    throw new Error('cannot be read');
  }
  await expect(pour(unreadable(), ours, never)).rejects.toThrow('cannot be read');
});
