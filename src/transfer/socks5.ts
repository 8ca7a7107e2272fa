/** The few words of SOCKS 5 (RFC 1928) that bytestreams need: a stream is asked for by its address (XEP-0065 5.3.2). */
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { XmppctlError } from '../errors.ts';

const version = 5;
const noAuthentication = 0;
const connect = 1;
const domainName = 3;

/** Asks the other side of the socket for the stream. Throws kind tempfail if it refuses. What follows stays in the socket. */
export async function askForStream(socket: Socket, address: string, signal: AbortSignal): Promise<void> {
  socket.write(Buffer.from([version, 1, noAuthentication]));
  const [, method] = await take(socket, 2, signal);
  if (method !== noAuthentication) throw refused();
  const name = Buffer.from(address);
  socket.write(Buffer.concat([Buffer.from([version, connect, 0, domainName, name.length]), name, Buffer.alloc(2)]));
  const [, status, , kind] = await take(socket, 4, signal);
  if (status !== 0) throw refused();
  await takeAddress(socket, kind, signal);
}

/** Answers who asks for one of the streams; anybody else is turned away. */
export async function giveStream(socket: Socket, addresses: readonly string[], signal: AbortSignal): Promise<void> {
  const [, count = 0] = await take(socket, 2, signal);
  const methods = await take(socket, count, signal);
  if (!methods.includes(noAuthentication)) throw refused();
  socket.write(Buffer.from([version, noAuthentication]));
  const [, command, , kind] = await take(socket, 4, signal);
  const address = await takeAddress(socket, kind, signal);
  const ours = command === connect && kind === domainName && addresses.includes(address.toString('latin1'));
  const name = Buffer.concat([Buffer.from([domainName, address.length]), address, Buffer.alloc(2)]);
  socket.write(Buffer.concat([Buffer.from([version, ours ? 0 : 2, 0]), name]));
  if (!ours) throw refused();
}

async function takeAddress(socket: Socket, kind: number | undefined, signal: AbortSignal): Promise<Buffer> {
  const length = kind === domainName ? ((await take(socket, 1, signal))[0] ?? 0) : kind === 1 ? 4 : 16;
  return (await take(socket, length + 2, signal)).subarray(0, length);
}

/** Exactly so many bytes. */
async function take(socket: Socket, length: number, signal: AbortSignal): Promise<Buffer> {
  if (length === 0) return Buffer.alloc(0);
  for (;;) {
    const bytes = socket.read(length) as Buffer | null;
    if (bytes?.length === length) return bytes;
    if (bytes || socket.readableEnded || socket.destroyed) throw refused();
    await Promise.race([once(socket, 'readable', { signal }), once(socket, 'close', { signal })]);
  }
}

const refused = (): XmppctlError => new XmppctlError('tempfail', 'the other side does not give the stream');
