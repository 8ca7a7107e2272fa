/** Proxies on loopback, HTTP CONNECT and SOCKS5 (RFC 1928, 1929), that know host names nobody else can resolve. */
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

export interface ProxyOptions {
  /** Host names, with or without `:port`, and the loopback port they lead to. Loopback addresses need no entry. */
  hosts?: Readonly<Record<string, number>>;
  /** What a client must show; nothing if absent. */
  credentials?: { user: string; password: string };
}

export interface TestProxy extends AsyncDisposable {
  /** `http://127.0.0.1:PORT` or `socks5h://127.0.0.1:PORT`, without credentials. */
  readonly url: string;
  readonly port: number;
  /** `host:port` of each request, in the client's words. */
  readonly targets: readonly string[];
  /** Clients with wrong or no credentials. */
  readonly refused: number;
}

interface State {
  targets: string[];
  refused: number;
  sockets: Set<Socket>;
}

export async function connectProxy({ hosts = {}, credentials }: ProxyOptions = {}): Promise<TestProxy> {
  const state: State = { targets: [], refused: 0, sockets: new Set() };
  const server = createHttpServer((_request, response) => void response.writeHead(405).end());
  const expected =
    credentials && `Basic ${Buffer.from(`${credentials.user}:${credentials.password}`).toString('base64')}`;
  server.on('connect', (request, socket: Socket, head: Buffer) => {
    socket.on('error', () => {});
    if (expected !== undefined && request.headers['proxy-authorization'] !== expected) {
      state.refused += 1;
      return void socket.end(
        'HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm="test"\r\n\r\n',
      );
    }
    const target = request.url ?? '';
    state.targets.push(target);
    const failed = () => void socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n');
    tunnel(
      socket,
      portOf(target, hosts),
      () => socket.write('HTTP/1.1 200 Connection established\r\n\r\n'),
      failed,
      head,
    );
  });
  return proxyAt(server, 'http', state);
}

export async function socksProxy({ hosts = {}, credentials }: ProxyOptions = {}): Promise<TestProxy> {
  const state: State = { targets: [], refused: 0, sockets: new Set() };
  const server = createServer((socket) => {
    socket.on('error', () => {});
    void greet(socket, credentials).then((target) => {
      if (target === undefined) {
        state.refused += 1;
        return;
      }
      state.targets.push(target.name);
      const reply = (code: number) => socket.write(Buffer.from([5, code, 0, 1, 127, 0, 0, 1, 0, 0]));
      const failed = () => {
        reply(4);
        socket.end();
      };
      tunnel(socket, portOf(target.name, hosts), () => reply(0), failed, target.rest);
    });
  });
  return proxyAt(server, 'socks5h', state);
}

/** Method negotiation, password and request; `undefined` = turned away. */
async function greet(socket: Socket, credentials: ProxyOptions['credentials']) {
  const read = reader(socket);
  const [, count = 0] = await read(2);
  const method = credentials ? 2 : 0;
  const offered = (await read(count)).includes(method);
  socket.write(Buffer.from([5, offered ? method : 0xff]));
  if (!offered) return void socket.end();
  if (credentials) {
    const user = await read((await read(2))[1] ?? 0);
    const password = await read((await read(1))[0] ?? 0);
    const right = `${user}` === credentials.user && `${password}` === credentials.password;
    socket.write(Buffer.from([1, right ? 0 : 1]));
    if (!right) return void socket.end();
  }
  const [, , , kind] = await read(4);
  const host = kind === 3 ? `${await read((await read(1))[0] ?? 0)}` : address(await read(kind === 1 ? 4 : 16));
  const port = (await read(2)).readUInt16BE();
  return { name: `${host}:${port}`, rest: read.rest() };
}

function address(bytes: Buffer): string {
  if (bytes.length === 4) return bytes.join('.');
  return `[${bytes.toString('hex').replace(/(....)(?!$)/g, '$1:')}]`;
}

/** Reads exactly so many bytes; `rest` ends the reading and gives what came too early. */
function reader(socket: Socket) {
  let bytes = Buffer.alloc(0);
  let wake = () => {};
  const collect = (data: Buffer) => {
    bytes = Buffer.concat([bytes, data]);
    wake();
  };
  socket.on('data', collect);
  const read = async (size: number): Promise<Buffer> => {
    while (bytes.length < size) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
    const taken = bytes.subarray(0, size);
    bytes = bytes.subarray(size);
    return taken;
  };
  const rest = () => {
    socket.off('data', collect);
    return bytes;
  };
  return Object.assign(read, { rest });
}

function portOf(target: string, hosts: Readonly<Record<string, number>>): number | undefined {
  const [, host = '', port] = /^(.*):(\d+)$/.exec(target) ?? [];
  const loopback = ['127.0.0.1', '[::1]', '::1'].includes(host) ? Number(port) : undefined;
  return hosts[target] ?? hosts[host] ?? loopback;
}

function tunnel(client: Socket, port: number | undefined, opened: () => void, failed: () => void, head: Buffer): void {
  if (port === undefined) {
    failed();
    return;
  }
  let open = false;
  const server = connect(port, '127.0.0.1', () => {
    open = true;
    opened();
    server.write(head);
    client.pipe(server).pipe(client);
  });
  server.on('error', () => (open ? client.destroy() : failed()));
  client.on('close', () => server.destroy());
}

async function proxyAt(server: Server, scheme: string, state: State): Promise<TestProxy> {
  server.on('connection', (socket: Socket) => {
    state.sockets.add(socket);
    socket.on('close', () => state.sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `${scheme}://127.0.0.1:${port}`,
    targets: state.targets,
    get refused() {
      return state.refused;
    },
    async [Symbol.asyncDispose]() {
      for (const socket of state.sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
