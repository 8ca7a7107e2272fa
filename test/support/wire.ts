/** One accepted connection, seen from the server: bytes and XML in both directions, and TLS when it is asked for. */
import type { Socket } from 'node:net';
import { StringDecoder } from 'node:string_decoder';
import { createSecureContext, type SecureContextOptions, TLSSocket } from 'node:tls';
import { XmlElement, XmlReader } from './xml-reader.ts';

export type TlsMode = 'direct' | 'starttls' | 'none';

export interface TlsSettings extends Pick<SecureContextOptions, 'cert' | 'key' | 'minVersion' | 'maxVersion'> {
  tls: TlsMode;
  /** The certificate for a server name; `undefined` = the default one. */
  sni?: ((name: string) => Pick<SecureContextOptions, 'cert' | 'key'> | undefined) | undefined;
  alpn?: string[];
}

interface Pending {
  timer: NodeJS.Timeout;
  expire(): void;
}

/** The client did not go through with TLS, which may be its good right. */
export class HandshakeFailed extends Error {}

export class Wire {
  /** Number of the connection, from 0. */
  readonly number: number;
  readonly settings: TlsSettings;
  /** Everything the client sent, before and inside TLS. */
  readonly transcript = { plain: '', tls: '' };
  readonly received: XmlElement[] = [];
  /** How long `next` waits, in milliseconds. */
  deadline = 5000;
  tls: TLSSocket | undefined;
  /** What the client named in the TLS handshake. */
  sni: string | undefined;
  readonly #raw: Socket;
  #socket: Socket;
  #queue: (XmlElement | Error)[] = [];
  #ended = false;
  #arrivals: (() => void)[] = [];
  #departures: (() => void)[] = [];
  readonly #pending = new Set<Pending>();
  #finishing = false;
  #handshaking = false;

  constructor(socket: Socket, number: number, settings: TlsSettings) {
    this.number = number;
    this.settings = settings;
    this.#raw = socket;
    this.#socket = socket;
    socket.setNoDelay(true);
    if (settings.tls !== 'direct') this.#read(socket, 'plain');
  }

  /** The TLS handshake, as the server. */
  async secure(): Promise<void> {
    const { tls: _mode, sni, alpn = ['xmpp-client'], ...context } = this.settings;
    this.#raw.removeAllListeners();
    this.#raw.on('error', () => {});
    const tls = new TLSSocket(this.#raw, {
      isServer: true,
      secureContext: createSecureContext(context),
      ALPNProtocols: alpn,
      SNICallback: (name, answer) => {
        this.sni = name;
        const other = sni?.(name);
        answer(null, other ? createSecureContext({ ...context, ...other }) : undefined);
      },
    });
    this.tls = tls;
    this.#socket = tls;
    this.#read(tls, 'tls');
    this.#handshaking = true;
    await new Promise<void>((resolve, reject) => {
      const fail = (cause?: Error) => reject(new HandshakeFailed(`${this}: no TLS: ${cause?.message}`, { cause }));
      tls.once('secure', resolve);
      tls.once('error', fail);
      tls.once('close', () => fail());
    });
    this.#handshaking = false;
    // COMPAT(Node 20): a socket that is reset within the callback of its handshake takes the process with it.
    await new Promise((resolve) => setImmediate(resolve));
  }

  /** The next thing the client sent: an element, `open`, `close`; at last `end`, when it has closed the connection. */
  async any(within = this.deadline, what = 'something'): Promise<XmlElement> {
    if (this.#queue.length === 0 && !this.#ended) await this.#soon(what, this.#arrivals, within);
    const item = this.#queue.shift() ?? new XmlElement('end');
    if (item instanceof Error) throw item;
    return item;
  }

  /** The same; but anything else than `name` fails the script. */
  async next(name: string, within = this.deadline): Promise<XmlElement> {
    const element = await this.any(within, `<${name}/>`);
    if (element.name !== name) throw new Error(`${this}: expected <${name}/>, got ${describe(element)}`);
    return element;
  }

  /** Until the client has closed the connection, whatever it sends before. */
  async gone(within = 40_000): Promise<void> {
    if (!this.#ended) await this.#soon('the end of the connection', this.#departures, within);
  }

  /** Whether the client is still there to be sent to. */
  get isOpen(): boolean {
    return this.#socket.writable;
  }

  /** Resolves when it has been handed to the kernel, or when there is nobody left to send to. */
  send(data: string | Buffer): Promise<void> {
    return new Promise((resolve) => {
      if (!this.isOpen) return resolve();
      this.#socket.once('close', resolve);
      this.#socket.write(data, () => {
        this.#socket.off('close', resolve);
        resolve();
      });
    });
  }

  /** Cuts characters in the middle, too. */
  async sendSlowly(text: string | Buffer, bytesPerSegment = 1): Promise<void> {
    const bytes = Buffer.from(text);
    for (let at = 0; at < bytes.length; at += bytesPerSegment) {
      await this.send(bytes.subarray(at, at + bytesPerSegment));
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /** FIN. */
  end(): void {
    this.#socket.end();
  }

  /** RST. */
  destroy(): void {
    this.#raw.resetAndDestroy();
    this.#socket.destroy();
  }

  /** Reads nothing more: the client's bytes stay in the kernel, unanswered. */
  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  /** The test is over: what the script still waits for must come now. */
  finish(): void {
    this.#finishing = true;
    this.resume();
    if (this.#handshaking) this.destroy();
    for (const wait of this.#pending) {
      clearTimeout(wait.timer);
      wait.timer = setTimeout(wait.expire, 5000);
    }
  }

  toString(): string {
    return `connection ${this.number}`;
  }

  /** Sees every element once, when it arrives. */
  protected arrived(_element: XmlElement): void {}

  /** Whether the element is dealt with, and no script shall see it. */
  protected handles(_element: XmlElement): boolean {
    return false;
  }

  /** Offers what arrived before to `handles` again. */
  protected handleQueue(): void {
    this.#queue = this.#queue.filter((item) => item instanceof Error || !this.handles(item));
  }

  #read(socket: Socket, phase: 'plain' | 'tls'): void {
    const decoder = new StringDecoder('utf8');
    const reader = new XmlReader(
      (element) => this.#arrive(element),
      (error) => this.#arrive(new Error(`${this}: the client's XML is broken: ${error.message}`)),
    );
    socket.on('data', (bytes: Buffer) => {
      const text = decoder.write(bytes);
      this.transcript[phase] += text;
      reader.write(text);
    });
    const ended = () => {
      this.#ended = true;
      wake(this.#arrivals);
      wake(this.#departures);
    };
    socket.on('error', () => {});
    socket.on('end', ended);
    socket.on('close', ended);
    socket.setMaxListeners(0); // every send() waits for it, however many are under way
  }

  #arrive(item: XmlElement | Error): void {
    if (item instanceof XmlElement) {
      this.received.push(item);
      this.arrived(item);
      if (this.handles(item)) return;
    }
    this.#queue.push(item);
    wake(this.#arrivals);
  }

  #soon(what: string, event: (() => void)[], within: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const expire = () => {
        const last = this.received.at(-1);
        this.#pending.delete(wait);
        reject(new Error(`${this}: ${what} did not come in time; the last was ${last ? describe(last) : 'nothing'}`));
      };
      const wait: Pending = { expire, timer: setTimeout(expire, this.#finishing ? Math.min(within, 5000) : within) };
      this.#pending.add(wait);
      event.push(() => {
        clearTimeout(wait.timer);
        this.#pending.delete(wait);
        resolve();
      });
    });
  }
}

const wake = (waiting: (() => void)[]): void => {
  for (const go of waiting.splice(0)) go();
};

function describe(element: XmlElement): string {
  const text = element.name === 'end' ? 'the end of the connection' : element.toString();
  return text.length > 600 ? `${text.slice(0, 600)}…` : text;
}
