/** One XML stream over a secured socket: headers, top-level elements in order, stream errors, the end. */
import type { Socket } from 'node:net';
import { XmppctlError } from '../errors.ts';
import { type Element, ns, serialize } from '../xmpp/xml.ts';
import { type PartFate, StreamParser } from './parser.ts';
import { farewell, streamError } from './stream-error.ts';
import { refuseOldVersion, streamHeader } from './stream-header.ts';
import { networkError } from './tcp.ts';
import { headerText, redact, showPart, showReceived, type Trace } from './trace.ts';

interface Waiter<T> {
  resolve(value: T): void;
  reject(error: unknown): void;
}
/** When so many elements wait to be taken, reading stops until half are gone. */
const highWater = 512;
/** How long a socket may take to let its last bytes go. */
const lingerMs = 250;

export class XmlStream {
  /** Takes children of payloads as they come, before their stanza is complete. */
  onPart: (stanza: Element, part: Element) => PartFate = () => undefined;
  /** Whether the server has told its features. */
  welcomed = false;
  #socket: Socket;
  readonly #trace: Trace | undefined;
  #parser: StreamParser;
  #header: Readonly<Record<string, string>> | undefined;
  #elements: Element[] = [];
  #waiter: Waiter<Element | undefined> | undefined;
  #headerWaiter: Waiter<Readonly<Record<string, string>>> | undefined;
  #failure: unknown;
  #ended = false;
  #closing = false;
  #outgoing = '';
  #parting: Promise<void> | undefined;
  #flushed: Promise<void> | undefined;
  #draining: Promise<void> | undefined;

  constructor(socket: Socket, trace?: Trace) {
    this.#socket = socket;
    this.#trace = trace;
    this.#parser = this.#newParser();
    this.#attach();
  }

  /** Writes our stream header: what follows may leave with it. `to` is in U-labels, as servers know themselves (RFC 7622 3.2). */
  begin(to: string, from?: string): void {
    const header = streamHeader(to, from);
    this.#trace?.('sent', header);
    this.write(header);
  }

  /** The features of the server, after its header. Throws kind protocol if anything else comes. */
  async features(): Promise<Element> {
    refuseOldVersion(await this.#serverHeader());
    const features = await this.expectElement();
    if (features.is('features', ns.stream)) return features;
    const name = features.getName();
    throw new XmppctlError('protocol', `the server broke the protocol: <${name}/> instead of its features`);
  }

  /** Forgets all of the stream so far: what follows is a new one (RFC 6120 4.3.3). Throws kind protocol if bytes are left. */
  restart(): void {
    this.#assertNothingLeft('protocol');
    this.#parser = this.#newParser();
    this.#header = undefined;
  }

  /** Gives the socket away for STARTTLS. Throws kind insecure if anything came after <proceed/>. */
  detach(): Socket {
    this.#assertNothingLeft('insecure');
    this.#socket.removeAllListeners('data');
    this.#socket.off('error', this.#onError);
    this.#socket.off('close', this.#onClose);
    return this.#socket;
  }

  /** The next top-level element; undefined when the server ended the stream. Throws stream errors and network failures. */
  async next(): Promise<Element | undefined> {
    const element = this.#elements.shift();
    if (element) {
      if (this.#elements.length < highWater / 2 && this.#socket.isPaused()) this.#socket.resume();
      return element;
    }
    if (this.#failure) throw this.#failure;
    if (this.#ended) return undefined;
    return await new Promise((resolve, reject) => {
      this.#waiter = { resolve, reject };
    });
  }

  /** next(), where the stream must not end: throws kind tempfail if it does. */
  async expectElement(): Promise<Element> {
    const element = await this.next();
    if (element) return element;
    throw new XmppctlError('tempfail', 'the server ended the stream');
  }

  /** Puts an element back that the next reader needs to see. */
  unread(element: Element): void {
    this.#elements.unshift(element);
  }

  /** Writes an element. Several writes of one turn leave in one segment. Throws kind data. */
  writeElement(element: Element): void {
    const text = serialize(element);
    this.#trace?.('sent', redact(element).toString());
    this.write(text);
  }

  write(text: string): void {
    if (this.#outgoing === '') {
      this.#flushed = new Promise((resolve) => {
        setImmediate(() => {
          this.#flush();
          resolve();
        });
      });
    }
    this.#outgoing += text;
  }

  /** Resolves when the socket has what was written, and can take more. */
  async drained(): Promise<void> {
    await this.#flushed;
    if (!this.#socket.writableNeedDrain || this.#failure) return;
    this.#draining ??= new Promise<void>((resolve) => {
      const done = (): void => {
        this.#socket.off('drain', done).off('close', done);
        this.#draining = undefined;
        resolve();
      };
      this.#socket.on('drain', done).on('close', done);
    });
    await this.#draining;
  }

  /** Breaks off: pending waits are rejected with `reason`, the socket is destroyed. */
  fail(reason: unknown): void {
    if (this.#failure) return;
    this.#failure = reason;
    this.#waiter?.reject(reason);
    this.#headerWaiter?.reject(reason);
    this.#waiter = undefined;
    this.#headerWaiter = undefined;
    this.#flush();
    if (this.#socket.writable && !this.#closing) this.#parting = this.#endWith(farewell(reason));
    setTimeout(() => this.#socket.destroy(), lingerMs).unref();
  }

  /** Ends our side and lets go of the socket: what was written still leaves, nothing more is read. */
  async close(): Promise<void> {
    if (this.#closing) return;
    this.#closing = true;
    if (this.#failure || this.#socket.destroyed) return await this.#parting;
    this.#trace?.('sent', '</stream:stream>');
    this.#flush();
    await this.#endWith('</stream:stream>');
    this.#socket.destroy();
  }

  /** Resolves when the last bytes have left, or will not any more. */
  #endWith(text: string): Promise<void> {
    return new Promise((resolve) => {
      setTimeout(resolve, lingerMs).unref();
      this.#socket.once('close', resolve);
      this.#socket.end(text, resolve);
    });
  }

  async #serverHeader(): Promise<Readonly<Record<string, string>>> {
    return await new Promise((resolve, reject) => {
      if (this.#failure) reject(this.#failure);
      else if (this.#header) resolve(this.#header);
      else this.#headerWaiter = { resolve, reject };
    });
  }

  #flush(): void {
    const text = this.#outgoing;
    this.#outgoing = '';
    if (text !== '' && !this.#socket.destroyed && this.#socket.writable) this.#socket.write(text);
  }

  #newParser(): StreamParser {
    return new StreamParser({
      header: (attrs) => {
        this.#header = attrs;
        this.#trace?.('received', headerText(attrs));
        this.#headerWaiter?.resolve(attrs);
        this.#headerWaiter = undefined;
      },
      element: (element) => this.#onElement(element),
      part: (stanza, part) => showPart(this.#trace, part, this.onPart(stanza, part)),
      end: () => {
        this.#trace?.('received', '</stream:stream>');
        this.#onEnd();
      },
    });
  }

  #onElement(element: Element): void {
    showReceived(this.#trace, element);
    if (element.is('features', ns.stream)) this.welcomed = true;
    if (element.is('error', ns.stream)) return this.fail(streamError(element));
    if (this.#waiter) {
      const { resolve } = this.#waiter;
      this.#waiter = undefined;
      return resolve(element);
    }
    this.#elements.push(element);
    if (this.#elements.length > highWater) this.#socket.pause();
  }

  #onEnd(): void {
    this.#ended = true;
    this.#waiter?.resolve(undefined);
    this.#waiter = undefined;
    this.#headerWaiter?.reject(new XmppctlError('tempfail', 'the server ended the stream'));
  }

  #assertNothingLeft(kind: 'protocol' | 'insecure'): void {
    const failure = this.#failure;
    if (failure && !(failure instanceof XmppctlError && failure.kind === 'protocol')) throw failure;
    if (failure || this.#elements.length > 0 || !this.#parser.idle)
      throw new XmppctlError(kind, 'the server sent data where a new stream must begin');
  }

  #attach(): void {
    this.#socket.on('data', (chunk: Buffer) => {
      try {
        if (!this.#failure) this.#parser.write(chunk);
      } catch (error) {
        this.fail(error);
      }
    });
    this.#socket.on('error', this.#onError);
    this.#socket.on('close', this.#onClose);
  }

  readonly #onError = (error: NodeJS.ErrnoException): void => {
    this.fail(networkError('the connection failed', error));
  };
  readonly #onClose = (): void => {
    if (this.#ended) return;
    this.fail(new XmppctlError('tempfail', 'the server closed the connection'));
  };
}
