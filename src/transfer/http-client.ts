/** HTTP/1.1 over verified connections, one request at a time, nothing followed and nothing unpacked by itself (N2). */
import { Agent, type ClientRequest, type ClientRequestArgs, type IncomingMessage, request } from 'node:http';
import { Duplex } from 'node:stream';
import { XmppctlError } from '../errors.ts';
import { unlessAborted } from '../session/abort.ts';
import type { ConnectRules, Https } from '../session/https.ts';
import { networkError } from '../session/tcp.ts';

/** What is read of an answer that nobody wants, before the connection is given up instead. */
const uninterestingBytes = 64 * 1024;

export interface RequestOptions {
  readonly method: 'GET' | 'PUT';
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly signal: AbortSignal;
}

export interface Begun {
  readonly outgoing: ClientRequest;
  /** What stands before the body; it leaves with the body's first chunk. */
  readonly headBytes: number;
}

/** Keeps its connection between requests to the same host. Dispose of it, or the process stays. */
export class HttpClient implements Disposable {
  readonly https: Https;
  readonly #agent: Agent;
  readonly #rules: Omit<ConnectRules, 'signal'>;

  constructor(https: Https, rules: Omit<ConnectRules, 'signal'>) {
    this.https = https;
    this.#rules = rules;
    this.#agent = new VerifyingAgent(https);
  }

  /** Begins a request to an https URL; the caller writes the body and ends it. Credentials in the URL are not sent. */
  begin(url: URL, { method, headers, signal }: RequestOptions): Begun {
    if (url.protocol !== 'https:') throw new XmppctlError('insecure', `${url.protocol} addresses are not fetched`);
    const path = url.pathname + url.search;
    const fields = [['Host', url.host], ...headers, ['Connection', 'keep-alive']] as const;
    const head = [`${method} ${path} HTTP/1.1`, ...fields.map(([name, value]) => `${name}: ${value}`), '', ''];
    const options = {
      agent: this.#agent,
      host: url.hostname,
      port: Number(url.port || 443),
      path,
      method,
      headers: fields.flat(),
      signal,
      rules: { ...this.#rules, signal },
    };
    try {
      return { outgoing: request(options), headBytes: Buffer.byteLength(head.join('\r\n')) };
    } catch (error) {
      throw new XmppctlError('protocol', `cannot ask ${url.host}: ${(error as Error).message}`, { cause: error });
    }
  }

  [Symbol.dispose](): void {
    this.#agent.destroy();
  }
}

class VerifyingAgent extends Agent {
  readonly #https: Https;

  constructor(https: Https) {
    super({ keepAlive: true });
    this.#https = https;
  }

  /** Called by Node for each connection that it needs. */
  override createConnection(
    options: ClientRequestArgs,
    done: (error: Error | null, socket: Duplex) => void = () => {},
  ): undefined {
    const { host, port, rules } = options as { host: string; port: number; rules: ConnectRules };
    const failed = (error: Error): void => done(error, new Duplex());
    this.#https.connect(host, port, rules).then((socket) => done(null, socket), failed);
  }
}

/** The head of the answer; rejects with the reason of the signal, or with what broke. */
export async function answerTo(outgoing: ClientRequest, url: URL, signal: AbortSignal): Promise<IncomingMessage> {
  // COMPAT(Node 20): a request that is destroyed before it has a connection tells nobody.
  const answered = unlessAborted(
    new Promise<IncomingMessage>((resolve, reject) => {
      outgoing.once('response', resolve);
      outgoing.on('error', (error) => reject(transferError(error, url, signal)));
    }),
    signal,
  );
  answered.catch(() => {}); // it may come when the body has failed, and nobody waits any more
  return await answered;
}

/** Takes the rest of an answer that is of no interest, so that the connection can be used again. */
export async function drain(answer: IncomingMessage): Promise<void> {
  let left = uninterestingBytes;
  try {
    for await (const chunk of answer) {
      left -= (chunk as Uint8Array).length;
      if (left < 0) break; // which destroys the answer and its connection
    }
  } catch {
    // Nobody wanted it.
  }
}

/** What broke a transfer: the reason of the signal, an error of ours, or the network. */
export function transferError(error: unknown, url: URL, signal: AbortSignal): unknown {
  if (signal.aborted) return signal.reason;
  if (error instanceof XmppctlError) return error;
  const { code, message } = error as NodeJS.ErrnoException;
  if (code?.startsWith('HPE_')) return new XmppctlError('protocol', `${url.host} does not speak HTTP (${code})`);
  const closed = message === 'aborted' || message === 'socket hang up' ? { code: 'ECONNRESET', message } : error;
  return networkError(`the transfer with ${url.host} broke off`, closed as NodeJS.ErrnoException);
}
