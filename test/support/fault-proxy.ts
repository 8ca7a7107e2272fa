/** A TCP proxy on loopback whose network breaks when a test says so. The bytes are usually TLS, so it counts, not reads. */
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** up = to the server, down = to the client. */
export type Direction = 'up' | 'down';
export interface Bytes {
  readonly up: number;
  readonly down: number;
}

type Passed = (direction: Direction, size: number) => void;

export interface FaultOptions {
  /** RST to both sides as soon as the first connection has carried that many bytes, exactly. */
  cutAfterBytes?: Partial<Bytes>;
  /** Asked before each piece is passed on, with all bytes of its connection so far and that piece; true = `halfOpen()`. */
  swallowAfter?: (up: number, down: number, connection: number) => boolean;
  /** Pieces of that many bytes, each in its own segment. */
  chunk?: number;
  /** Latency in milliseconds; to connect takes one round trip, as TCP does. */
  delayMs?: number | Partial<Bytes>;
}

export interface FaultProxy extends AsyncDisposable {
  readonly port: number;
  readonly connections: number;
  /** What was passed on, by all connections. */
  readonly bytes: Bytes;
  /** The server for new connections; may be changed, as when it comes back on another port. */
  target: number;
  /** RST to both sides of the connections there are. */
  cut(): void;
  /** FIN to both sides. */
  close(): void;
  /** Loses what goes that way on the connections there are, ends of connections included. */
  swallow(direction: Direction | 'both'): void;
  /** Neither side ever hears of the other again, as behind a NAT that forgot: `swallow('both')`. */
  halfOpen(): void;
  /** New connections are reset at once, or served again. */
  refuse(on?: boolean): void;
  /** Resolves when the bytes passed on satisfy the test. */
  until(reached: (bytes: Bytes) => boolean): Promise<void>;
}

export async function faultProxy(target: number, options: FaultOptions = {}): Promise<FaultProxy> {
  const links = new Set<Link>();
  const bytes = { up: 0, down: 0 };
  let waiting: (() => void)[] = [];
  let refusing = false;
  let connections = 0;

  const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
    client.on('error', () => {});
    const number = connections;
    connections += 1;
    if (refusing) return void client.resetAndDestroy();
    const upstream = connect({ port: proxy.target, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
    const link = new Link(client, upstream, number, options, (direction, size) => {
      bytes[direction] += size;
      for (const check of waiting.splice(0)) check();
    });
    links.add(link);
    const closed = () => client.closed && upstream.closed && links.delete(link);
    client.on('close', closed);
    upstream.on('close', closed);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

  const proxy: FaultProxy = {
    port: (server.address() as AddressInfo).port,
    bytes,
    target,
    get connections() {
      return connections;
    },
    cut() {
      for (const link of links) link.cut();
    },
    close() {
      for (const link of links) link.close();
    },
    swallow(direction) {
      for (const link of links) link.swallow(direction);
    },
    halfOpen() {
      proxy.swallow('both');
    },
    refuse(on = true) {
      refusing = on;
    },
    until(reached) {
      return new Promise((resolve) => {
        const check = () => (reached(bytes) ? resolve() : void waiting.push(check));
        check();
      });
    },
    async [Symbol.asyncDispose]() {
      waiting = [];
      proxy.cut();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return proxy;
}

class Link {
  readonly #sides: Record<Direction, Socket>;
  readonly #number: number;
  readonly #options: FaultOptions;
  readonly #passed: Passed;
  readonly #bytes = { up: 0, down: 0 };
  readonly #swallowing = { up: false, down: false };
  #over = false;

  constructor(client: Socket, server: Socket, number: number, options: FaultOptions, passed: Passed) {
    this.#sides = { up: server, down: client };
    this.#number = number;
    this.#options = options;
    this.#passed = passed;
    this.#pump(client, 'up');
    this.#pump(server, 'down');
  }

  cut(): void {
    this.#over = true;
    for (const socket of Object.values(this.#sides)) socket.resetAndDestroy();
  }

  close(): void {
    for (const socket of Object.values(this.#sides)) socket.end();
  }

  swallow(direction: Direction | 'both'): void {
    if (direction !== 'down') this.#swallowing.up = true;
    if (direction !== 'up') this.#swallowing.down = true;
  }

  /** One queue per direction keeps the order, ends included, whatever the delay. */
  #pump(from: Socket, direction: Direction): void {
    const delay = delayOf(this.#options, direction);
    // On a real network the client could not send anything before its SYN had been answered.
    const handshake = delayOf(this.#options, 'up') + delayOf(this.#options, 'down');
    const opened = direction === 'up' ? performance.now() + handshake : 0;
    let queue = Promise.resolve();
    const later = (action: () => void | Promise<void>) => {
      const due = Math.max(performance.now(), opened) + delay;
      queue = queue.then(() => moment(due)).then(action);
    };
    from.on('data', (data: Buffer) => {
      from.pause();
      later(() => this.#pass(data, direction));
      if (delay > 0) from.resume();
      else later(() => void from.resume());
    });
    from.on('end', () => later(() => this.#end(direction)));
    from.on('error', () => later(() => (this.#swallowing[direction] ? undefined : this.cut())));
  }

  #end(direction: Direction): void {
    if (!this.#swallowing[direction]) this.#sides[direction].end();
  }

  async #pass(data: Buffer, direction: Direction): Promise<void> {
    const size = this.#options.chunk ?? data.length;
    for (let at = 0; at < data.length && !this.#over; at += size) {
      await this.#passPiece(data.subarray(at, at + size), direction);
      if (this.#options.chunk !== undefined) await new Promise((resolve) => setImmediate(resolve));
    }
  }

  async #passPiece(piece: Buffer, direction: Direction): Promise<void> {
    const { cutAfterBytes, swallowAfter } = this.#options;
    const limit =
      this.#number === 0 ? (cutAfterBytes?.[direction] ?? Number.POSITIVE_INFINITY) : Number.POSITIVE_INFINITY;
    const room = Math.min(piece.length, limit - this.#bytes[direction]);
    const after = { ...this.#bytes, [direction]: this.#bytes[direction] + room };
    if (swallowAfter?.(after.up, after.down, this.#number)) this.swallow('both');
    if (this.#swallowing[direction] || this.#over) return;
    this.#bytes[direction] += room;
    const to = this.#sides[direction];
    await new Promise<void>((resolve) => {
      if (!to.writable) return resolve();
      to.once('close', resolve);
      to.write(piece.subarray(0, room), () => {
        to.off('close', resolve);
        resolve();
      });
    });
    this.#passed(direction, room);
    if (this.#bytes[direction] >= limit) this.cut();
  }
}

function delayOf({ delayMs = 0 }: FaultOptions, direction: Direction): number {
  return typeof delayMs === 'number' ? delayMs : (delayMs[direction] ?? 0);
}

function moment(due: number): Promise<void> | undefined {
  const left = due - performance.now();
  return left <= 0 ? undefined : new Promise((resolve) => setTimeout(resolve, left));
}
