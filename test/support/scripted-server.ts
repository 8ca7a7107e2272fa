/**
 * A server on loopback that does what a script says, and fails the test if the client does not play its part:
 *
 *     await using server = await scriptedServer({ tls: 'direct' }, async (peer) => {
 *       await peer.login();
 *       await peer.send('<message><body>&foo;</body></message>');
 *       await peer.gone();
 *     });
 *
 * A handshake the client breaks off ends the script without a failure: whether it should have is for the test to say.
 */
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import { type Certificate, issue } from './certs.ts';
import { Peer } from './peer.ts';
import { HandshakeFailed, type TlsSettings } from './wire.ts';

export interface ServerOptions extends Omit<TlsSettings, 'cert' | 'key'>, Partial<Certificate> {
  host?: string;
}

export type Script = (peer: Peer, number: number) => Promise<void>;

export interface ScriptedServer extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  readonly caFile: string;
  readonly connections: number;
  readonly peers: readonly Peer[];
  /** What each connection's client sent, before and inside TLS. */
  readonly transcripts: readonly { plain: string; tls: string }[];
  /** All scripts started so far have ended; rejects with their failure, which then does not fail the test again. */
  readonly done: Promise<void>;
}

/** The certificate is for `localhost` unless another is given: `{ tls: 'direct', ...(await issue({ names })) }`. */
export async function scriptedServer(options: ServerOptions, script: Script): Promise<ScriptedServer> {
  const { host = '127.0.0.1', caFile, spkiPin: _pin, ...given } = options;
  const certificate = await issue();
  const settings = given.cert === undefined ? { ...given, cert: certificate.cert, key: certificate.key } : given;
  const peers: Peer[] = [];
  const runs: Promise<void>[] = [];
  let failures: unknown[] = [];
  const report = (): void => {
    const news = failures;
    failures = [];
    if (news.length > 1) throw new AggregateError(news, news.map(String).join('; '));
    if (news.length === 1) throw news[0];
  };
  const insideTest = afterThisTest(report);

  const server = createServer((socket: Socket) => {
    const peer = new Peer(socket, peers.length, settings as TlsSettings);
    peers.push(peer);
    const run = converse(peer, script);
    run.catch((error: unknown) => failures.push(error));
    runs.push(run);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, host, resolve);
  });
  const { port } = server.address() as AddressInfo;

  return {
    port,
    url: `${settings.tls === 'direct' ? 'xmpps' : 'xmpp'}://${host.includes(':') ? `[${host}]` : host}:${port}`,
    caFile: caFile ?? certificate.caFile,
    peers,
    get connections() {
      return peers.length;
    },
    get transcripts() {
      return peers.map((peer) => peer.transcript);
    },
    get done() {
      return Promise.allSettled(runs).then(report);
    },
    async [Symbol.asyncDispose]() {
      server.close();
      for (const peer of peers) peer.finish();
      await Promise.allSettled(runs);
      for (const peer of peers) peer.destroy();
      if (!insideTest) report();
    },
  };
}

/** An error beside the test's own, where one thrown by `await using` would hide it. False: not inside a test. */
function afterThisTest(check: () => void): boolean {
  try {
    onTestFinished(check);
    return true;
  } catch {
    return false;
  }
}

async function converse(peer: Peer, script: Script): Promise<void> {
  try {
    if (peer.settings.tls === 'direct') await peer.secure();
    await script(peer, peer.number);
  } catch (error) {
    peer.destroy();
    if (!(error instanceof HandshakeFailed)) throw error;
  }
}
