/** An HTTPS server on loopback that does what the test says, well or ill, and remembers what it was asked. */
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { type Certificate, issue } from './certs.ts';

export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly rawHeaders: readonly string[];
  /** How many bytes of a body have come so far. */
  bodyBytes: number;
  /** The body; resolves also if it was cut. */
  readonly body: Promise<Buffer>;
}

export interface HttpsServer extends AsyncDisposable {
  readonly port: number;
  /** `https://localhost:PORT` */
  readonly url: string;
  readonly caFile: string;
  readonly asked: readonly Asked[];
  /** TCP connections, also those that never came to a request. */
  readonly connections: number;
}

/** What to do with a request; the raw socket is `response.socket`. */
export type Handler = (asked: Asked, response: ServerResponse, request: IncomingMessage) => unknown;

/** The certificate is for `localhost` unless another is given. */
export async function httpsServer(handler: Handler, certificate?: Certificate): Promise<HttpsServer> {
  const { cert, key, caFile } = certificate ?? (await issue());
  const asked: Asked[] = [];
  const sockets = new Set<Socket>();
  let connections = 0;
  const server = createServer({ cert, key, requestTimeout: 0 }, (request, response) => {
    const chunks: Buffer[] = [];
    const entry: Asked = {
      method: request.method ?? '',
      path: request.url ?? '',
      headers: request.headers,
      rawHeaders: request.rawHeaders,
      bodyBytes: 0,
      body: new Promise((resolve) => request.once('close', () => resolve(Buffer.concat(chunks)))),
    };
    request.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      entry.bodyBytes += chunk.length;
    });
    request.on('error', () => {});
    response.on('error', () => {});
    asked.push(entry);
    void handler(entry, response, request);
  });
  server.on('connection', (socket: Socket) => {
    connections += 1;
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  server.on('tlsClientError', () => {});
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `https://localhost:${port}`,
    caFile,
    asked,
    get connections() {
      return connections;
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Takes what is uploaded, and says so when all of it is there. */
export const stores: Handler = (_asked, response, request) => {
  request.once('end', () => response.writeHead(201).end());
};
