/** The port on which a peer can get a bytestream from us directly (XEP-0260, candidates of type direct). */

import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { networkInterfaces } from 'node:os';
import { timeLimit } from '../time-limit.ts';
import { giveStream } from './socks5.ts';

/** A peer tries each of them. */
const maxAddresses = 4;
/** Connections at once of who asks for the stream and of who does not. */
const maxConnections = 16;
const handshakeMs = 10_000;

export class StreamListener implements Disposable {
  readonly hosts: readonly string[];
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #given: Socket[] = [];

  private constructor(server: Server, hosts: readonly string[]) {
    this.#server = server;
    this.hosts = hosts;
  }

  /** Listens on all addresses of this machine that others can see; undefined if there are none. */
  static async open(addresses: readonly string[]): Promise<StreamListener | undefined> {
    const hosts = visibleAddresses();
    if (hosts.length === 0) return undefined;
    const server = createServer({ noDelay: true, pauseOnConnect: false });
    const listener = new StreamListener(server, hosts);
    server.maxConnections = maxConnections;
    server.on('connection', (socket) => listener.#greet(socket, addresses));
    server.listen(0);
    await once(server, 'listening');
    return listener;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** The connection that the peer has taken from that address of ours; the last one if it cannot be told. */
  taken(host: string): Socket | undefined {
    const alive = this.#given.filter((socket) => !socket.destroyed);
    return alive.find((socket) => socket.localAddress?.replace('::ffff:', '') === host) ?? alive.at(-1);
  }

  /** Takes the connection out of those that are closed with the listener. */
  keep(socket: Socket): void {
    this.#sockets.delete(socket);
  }

  [Symbol.dispose](): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  #greet(socket: Socket, addresses: readonly string[]): void {
    this.#sockets.add(socket);
    socket.on('error', () => {});
    socket.once('close', () => this.#sockets.delete(socket));
    giveStream(socket, addresses, timeLimit(handshakeMs)).then(
      () => this.#given.push(socket),
      () => socket.destroy(),
    );
  }
}

/** Not loopback, and not only valid on one link. */
function visibleAddresses(): string[] {
  const all = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  const visible = all.filter(({ internal, address }) => !internal && !/^(?:fe80:|169\.254\.)/i.test(address));
  return visible.map(({ address }) => address).slice(0, maxAddresses);
}
