/** The first TCP connection that comes about, to one of several endpoints (RFC 8305: the next starts after 250 ms). */
import { setMaxListeners } from 'node:events';
import { isIP, connect as netConnect, type Socket } from 'node:net';
import { XmppctlError } from '../errors.ts';
import { unlessAborted } from './abort.ts';
import type { Endpoint } from './endpoints.ts';
import type { Resolver } from './resolver.ts';

const staggerMs = 250;

export interface Connected {
  readonly socket: Socket;
  readonly endpoint: Endpoint;
}
export type Dial = (endpoint: Endpoint, signal: AbortSignal) => Promise<Socket>;

/** Dials the endpoints in order, each 250 ms after the one before or at its failure; the losers are closed. */
export async function connectFirst(
  endpoints: readonly Endpoint[],
  dial: Dial,
  signal: AbortSignal,
): Promise<Connected> {
  const losers = new AbortController();
  const attempts = AbortSignal.any([signal, losers.signal]);
  setMaxListeners(endpoints.length * 2, attempts);
  const failures: unknown[] = [];
  return await new Promise<Connected>((resolve, reject) => {
    let next = 0;
    let open = 0;
    let done = false;
    let timer: NodeJS.Timeout | undefined;
    const finish = (): void => {
      done = true;
      clearTimeout(timer);
      losers.abort();
    };
    const onAbort = (): void => {
      finish();
      reject(signal.reason);
    };
    const start = (): void => {
      clearTimeout(timer);
      const endpoint = endpoints[next++];
      if (!endpoint) return;
      open += 1;
      dial(endpoint, attempts).then(
        (socket) => {
          if (done) return void socket.destroy();
          signal.removeEventListener('abort', onAbort);
          finish();
          resolve({ socket, endpoint });
        },
        (error) => {
          open -= 1;
          if (done) return;
          failures.push(error);
          if (next < endpoints.length) start();
          else if (open === 0) {
            signal.removeEventListener('abort', onAbort);
            finish();
            reject(summary(failures));
          }
        },
      );
      if (next < endpoints.length) timer = setTimeout(start, staggerMs);
    };
    if (signal.aborted) return onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    start();
  });
}

/** Dials over TCP, both address families (Node's own happy eyeballs). */
export const directDial =
  (resolver: Resolver): Dial =>
  async ({ host, port }, signal) => {
    const addresses = isIP(host)
      ? [{ address: host, family: isIP(host) }]
      : await unlessAborted(resolver.addresses(host), signal);
    signal.throwIfAborted();
    return await new Promise<Socket>((resolve, reject) => {
      const socket = netConnect({
        host,
        port,
        noDelay: true,
        keepAlive: true,
        keepAliveInitialDelay: 30_000,
        autoSelectFamily: true,
        lookup: (_host, _options, answer) => answer(null, [...addresses]),
      });
      const onAbort = (): void => {
        socket.destroy();
        reject(signal.reason);
      };
      signal.addEventListener('abort', onAbort, { once: true });
      socket.once('connect', () => {
        signal.removeEventListener('abort', onAbort);
        resolve(socket);
      });
      socket.once('error', (error: NodeJS.ErrnoException) => {
        signal.removeEventListener('abort', onAbort);
        reject(networkError(`cannot connect to ${host} port ${port}`, error));
      });
    });
  };

/** A network failure in words; kind tempfail, oserr when the system is out of file descriptors. */
export function networkError(what: string, error: NodeJS.ErrnoException): XmppctlError {
  const inner = error instanceof AggregateError ? (error.errors[0] as NodeJS.ErrnoException) : error;
  const code = inner.code ?? inner.message;
  if (code === 'EMFILE' || code === 'ENFILE')
    return new XmppctlError('oserr', `${what}: too many open files`, { cause: error });
  return new XmppctlError('tempfail', `${what}: ${words.get(code) ?? code}`, { cause: error });
}

const words = new Map([
  ['ECONNREFUSED', 'nothing listens there (connection refused)'],
  ['ETIMEDOUT', 'no answer'],
  ['EHOSTUNREACH', 'no route to the host'],
  ['ENETUNREACH', 'the network is unreachable'],
  ['ECONNRESET', 'the connection was reset'],
  ['EPIPE', 'the connection was closed'],
]);

/** One error for several failed endpoints: the one that retrying may mend wins. */
export function summary(failures: readonly unknown[]): unknown {
  return failures.find((error) => error instanceof XmppctlError && error.kind === 'tempfail') ?? failures[0];
}
