/** XEP-0260: how two clients find one connection that works: each offers some, each tries those of the other. */

import type { Socket } from 'node:net';
import { unlessAborted } from '../session/abort.ts';
import { discoverServices } from '../session/disco.ts';
import type { Https } from '../session/https.ts';
import { timeLimit } from '../time-limit.ts';
import {
  activate,
  isStreamProxy,
  readStreamHost,
  streamAddress,
  streamHostRequest,
} from '../xmpp/xep0065-bytestreams.ts';
import {
  activated,
  type Candidate,
  candidateError,
  candidatesTransport,
  candidateUsed,
  priorityOf,
  proxyError,
  readSocks5,
  socks5Transport,
} from '../xmpp/xep0260-jingle-socks5.ts';
import type { Element } from '../xmpp/xml.ts';
import type { JingleTalk } from './jingle-talk.ts';
import { askForStream } from './socks5.ts';
import { StreamListener } from './stream-listener.ts';

/** For one candidate, from dialling to the end of the handshake. */
const candidateMs = 4000;
const proxyDiscoveryMs = 3000;

export interface Socks5Tools {
  readonly https: Https;
  /** No private or loopback addresses of the peer's. */
  readonly stranger: boolean;
  randomId(): string;
}

export class Socks5Negotiation implements Disposable {
  readonly #talk: JingleTalk;
  readonly #sid: string;
  readonly #tools: Socks5Tools;
  readonly #listener: StreamListener | undefined;
  readonly #own: readonly Candidate[];

  private constructor(
    talk: JingleTalk,
    sid: string,
    tools: Socks5Tools,
    listener: StreamListener | undefined,
    own: readonly Candidate[],
  ) {
    this.#talk = talk;
    this.#sid = sid;
    this.#tools = tools;
    this.#listener = listener;
    this.#own = own;
  }

  /** Gathers what we can offer: addresses of this machine, unless a proxy is to hide them, and proxies of our server. */
  static async prepare(talk: JingleTalk, sid: string, tools: Socks5Tools): Promise<Socks5Negotiation> {
    const own = talk.session.jid.full;
    const peer = talk.peer.full;
    // Some put the initiator first, whoever offers the connection.
    const addresses = [streamAddress(sid, own, peer), streamAddress(sid, peer, own)];
    const listener = tools.https.proxied ? undefined : await StreamListener.open(addresses);
    const direct = (listener?.hosts ?? []).map((host, index): Candidate => {
      const priority = priorityOf('direct', 65_535 - index);
      return { cid: tools.randomId(), host, port: listener?.port ?? 0, jid: own, priority, type: 'direct' };
    });
    const proxies = await unlessAborted(proxyCandidates(talk, tools), talk.signal).catch(() => []);
    return new Socks5Negotiation(talk, sid, tools, listener, [...direct, ...proxies]);
  }

  /** What to put into the offer, or into its acceptance. */
  get transport(): Element {
    return candidatesTransport(this.#sid, this.#own, this.#address('ours'));
  }

  /** The connection that both sides agree on; undefined if none works. Throws why the peer ends the session. */
  async connect(theirs: readonly Candidate[]): Promise<Socket | undefined> {
    const mine = await this.#tryAll(theirs);
    try {
      await this.#tell(mine ? candidateUsed(mine.candidate.cid) : candidateError());
      const news = await this.#talk.next(({ contents }) => {
        const said = readSocks5(contents[0]?.transport);
        return said?.kind === 'used' || said?.kind === 'none-works' ? said : undefined;
      });
      const used = news.kind === 'used' ? this.#own.find(({ cid }) => cid === news.cid) : undefined;
      if (used && (!mine || this.#prefersOurs(used, mine.candidate))) {
        mine?.socket.destroy();
        return await this.#useOwn(used);
      }
      return mine && (await this.#useTheirs(mine));
    } catch (error) {
      mine?.socket.destroy();
      throw error;
    }
  }

  [Symbol.dispose](): void {
    this.#listener?.[Symbol.dispose]();
  }

  /** Section 2.4: the higher priority; if they are equal, the one that the initiator has chosen. */
  #prefersOurs(ours: Candidate, theirs: Candidate): boolean {
    if (ours.priority !== theirs.priority) return ours.priority > theirs.priority;
    return this.#talk.role === 'responder';
  }

  async #tryAll(candidates: readonly Candidate[]): Promise<{ candidate: Candidate; socket: Socket } | undefined> {
    for (const candidate of [...candidates].sort((a, b) => b.priority - a.priority)) {
      const socket = await this.#open(candidate, 'theirs').catch(() => undefined);
      if (this.#talk.signal.aborted) socket?.destroy();
      this.#talk.signal.throwIfAborted();
      if (socket) return { candidate, socket };
    }
    return undefined;
  }

  async #open({ host, port }: Candidate, whose: 'ours' | 'theirs'): Promise<Socket> {
    const inTime = AbortSignal.any([this.#talk.signal, timeLimit(candidateMs)]);
    const { https, stranger } = this.#tools;
    const rules = { stranger: stranger && whose === 'theirs', signal: inTime };
    const socket = await https.dial(host, port, rules);
    socket.on('error', () => {});
    try {
      await askForStream(socket, this.#address(whose), inTime);
      return socket;
    } catch (error) {
      socket.destroy();
      throw error;
    }
  }

  async #useOwn(candidate: Candidate): Promise<Socket | undefined> {
    if (candidate.type === 'direct') {
      const socket = this.#listener?.taken(candidate.host);
      if (socket) this.#listener?.keep(socket);
      return socket;
    }
    let socket: Socket | undefined;
    try {
      socket = await this.#open(candidate, 'ours');
      await this.#talk.request(activate(candidate.jid, this.#sid, this.#talk.peer.full));
      await this.#tell(activated(candidate.cid));
      return socket;
    } catch {
      socket?.destroy();
      this.#talk.signal.throwIfAborted();
      await this.#tell(proxyError());
      return undefined;
    }
  }

  async #useTheirs({ candidate, socket }: { candidate: Candidate; socket: Socket }): Promise<Socket | undefined> {
    if (candidate.type === 'direct') return socket;
    const news = await this.#talk.next(({ contents }) => {
      const said = readSocks5(contents[0]?.transport);
      return said?.kind === 'activated' || said?.kind === 'proxy-fails' ? said : undefined;
    });
    if (news.kind === 'activated') return socket;
    socket.destroy();
    return undefined;
  }

  /** Who offers the connection comes first. */
  #address(whose: 'ours' | 'theirs'): string {
    const own = this.#talk.session.jid.full;
    const peer = this.#talk.peer.full;
    return whose === 'ours' ? streamAddress(this.#sid, own, peer) : streamAddress(this.#sid, peer, own);
  }

  async #tell(news: Element): Promise<void> {
    await this.#talk.tell('transport-info', socks5Transport(this.#sid, news));
  }
}

async function proxyCandidates(talk: JingleTalk, { randomId }: Socks5Tools): Promise<Candidate[]> {
  const services = await discoverServices(talk.session, proxyDiscoveryMs);
  const proxies = services.filter(({ info }) => isStreamProxy(info));
  const found = await Promise.allSettled(
    proxies.map(async ({ jid }) => readStreamHost(await talk.session.request(streamHostRequest(jid)))),
  );
  return found.flatMap((result, index): Candidate[] => {
    const host = result.status === 'fulfilled' ? result.value : undefined;
    if (!host) return [];
    return [{ ...host, cid: randomId(), priority: priorityOf('proxy', 65_535 - index), type: 'proxy' }];
  });
}
