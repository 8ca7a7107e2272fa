/** Dialling through a proxy: SOCKS 5 with names resolved there (RFC 1928), or HTTP CONNECT (RFC 9110 9.3.6). */
import type { Socket } from 'node:net';
import { XmppctlError } from '../errors.ts';
import { unlessAborted } from './abort.ts';
import { type Dial, networkError } from './tcp.ts';

interface Proxy {
  readonly host: string;
  readonly port: number;
  /** For messages: without credentials. */
  readonly name: string;
  readonly user: string;
  readonly password: string;
}

/** Reads --proxy; throws kind usage for anything but socks5h:// and http:// URLs, without repeating what may be secret. */
export function proxyDial(url: string): Dial {
  const dial = readProxy(url);
  if (dial) return dial;
  throw new XmppctlError('usage', 'the proxy is not socks5h://[USER:PASSWORD@]HOST:PORT or http://…');
}

function readProxy(url: string): Dial | undefined {
  if (!URL.canParse(url)) return undefined;
  const { protocol, hostname, host: name, port, username, password } = new URL(url);
  const socks = protocol === 'socks5h:' || protocol === 'socks5:';
  if (hostname === '' || !(socks || protocol === 'http:')) return undefined;
  const host = hostname.replace(/^\[|\]$/g, '');
  try {
    const credentials = { user: decodeURIComponent(username), password: decodeURIComponent(password) };
    const proxy = { host, port: Number(port || (socks ? 1080 : 80)), name, ...credentials };
    return socks ? socksDial(proxy) : httpDial(proxy);
  } catch {
    return undefined; // a % that encodes nothing
  }
}

function httpDial(proxy: Proxy): Dial {
  return async ({ host, port }, signal) => {
    const target = `${host.includes(':') ? `[${host}]` : host}:${port}`;
    const credentials = Buffer.from(`${proxy.user}:${proxy.password}`);
    const headers = proxy.user ? { 'Proxy-Authorization': `Basic ${credentials.toString('base64')}` } : {};
    const { request } = await import('node:http');
    return await new Promise<Socket>((resolve, reject) => {
      const tunnel = request({
        method: 'CONNECT',
        host: proxy.host,
        port: proxy.port,
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
        reject(signal.aborted ? signal.reason : networkError(`proxy ${proxy.name}`, error)),
      );
      tunnel.end();
    });
  };
}

function socksDial({ host: proxyHost, port: proxyPort, name, user, password }: Proxy): Dial {
  return async ({ host, port }, signal) => {
    // The bundler gives a CommonJS module as the default only, as Node does.
    const { SocksClient } = (await import('socks')).default;
    try {
      const connecting = SocksClient.createConnection({
        command: 'connect',
        destination: { host, port },
        set_tcp_nodelay: true,
        proxy: { host: proxyHost, port: proxyPort, type: 5, ...(user && { userId: user, password }) },
      });
      // It cannot be told to stop, and takes up to 30 s.
      const destroyLate = ({ socket }: { socket: Socket }): unknown => signal.aborted && socket.destroy();
      connecting.then(destroyLate, () => {});
      return (await unlessAborted(connecting, signal)).socket;
    } catch (error) {
      signal.throwIfAborted();
      const { message } = error as Error;
      const what = `cannot connect to ${host} port ${port} through proxy ${name}`;
      if (/authentication|NotAllowed/i.test(message))
        throw new XmppctlError('noperm', `${what}: ${message}`, { cause: error });
      throw networkError(what, error as Error);
    }
  };
}
