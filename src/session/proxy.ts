/** Dialling through a proxy: SOCKS 5 with names resolved there (RFC 1928), or HTTP CONNECT (RFC 9110 9.3.6). */
import { request } from 'node:http';
import type { Socket } from 'node:net';
import { XmppctlError } from '../errors.ts';
import { type Dial, networkError } from './tcp.ts';

/** Reads --proxy; throws kind usage for anything but socks5h:// and http:// URLs. */
export function proxyDial(url: string): Dial {
  const proxy = URL.canParse(url) ? new URL(url) : undefined;
  if (proxy?.protocol === 'http:' && proxy.hostname) return httpDial(proxy);
  if (proxy && (proxy.protocol === 'socks5h:' || proxy.protocol === 'socks5:') && proxy.hostname)
    return socksDial(proxy);
  throw new XmppctlError(
    'usage',
    `'${withoutSecret(url)}' is not a proxy; write socks5h://HOST:PORT or http://HOST:PORT`,
  );
}

const withoutSecret = (url: string): string => url.replace(/\/\/[^@/]*@/, '//***@');
const hostOf = (proxy: URL): string => proxy.hostname.replace(/^\[|\]$/g, '');

function httpDial(proxy: URL): Dial {
  return async ({ host, port }, signal) => {
    const target = `${host.includes(':') ? `[${host}]` : host}:${port}`;
    const credentials = Buffer.from(`${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`);
    const headers = proxy.username ? { 'Proxy-Authorization': `Basic ${credentials.toString('base64')}` } : {};
    return await new Promise<Socket>((resolve, reject) => {
      const tunnel = request({
        method: 'CONNECT',
        host: hostOf(proxy),
        port: proxy.port || 80,
        path: target,
        headers: { Host: target, ...headers },
        signal,
        agent: false,
      });
      tunnel.once('connect', (response, socket: Socket, head) => {
        if (response.statusCode === 200 && head.length === 0) return resolve(socket.setNoDelay(true));
        socket.destroy();
        const kind = response.statusCode === 407 || response.statusCode === 403 ? 'noperm' : 'tempfail';
        reject(new XmppctlError(kind, `the proxy refuses to connect to ${target} (HTTP ${response.statusCode})`));
      });
      tunnel.once('response', (response) => {
        response.destroy();
        reject(new XmppctlError('tempfail', `the proxy refuses to connect to ${target} (HTTP ${response.statusCode})`));
      });
      tunnel.once('error', (error) =>
        reject(signal.aborted ? signal.reason : networkError(`proxy ${proxy.host}`, error)),
      );
      tunnel.end();
    });
  };
}

function socksDial(proxy: URL): Dial {
  return async ({ host, port }, signal) => {
    const { SocksClient } = await import('socks');
    try {
      const { socket } = await SocksClient.createConnection({
        command: 'connect',
        destination: { host, port },
        set_tcp_nodelay: true,
        proxy: {
          host: hostOf(proxy),
          port: Number(proxy.port || 1080),
          type: 5,
          ...(proxy.username && {
            userId: decodeURIComponent(proxy.username),
            password: decodeURIComponent(proxy.password),
          }),
        },
      });
      if (signal.aborted) socket.destroy();
      signal.throwIfAborted();
      return socket;
    } catch (error) {
      signal.throwIfAborted();
      throw networkError(`cannot connect to ${host} port ${port} through proxy ${proxy.host}`, error as Error);
    }
  };
}
