/** bob's device in a scripted server: what it says about Jingle sessions (XEP-0166), rightly or not. */
import { createHash } from 'node:crypto';
import { password } from './attempt.ts';
import { type Peer, result } from './peer.ts';
import type { Script } from './scripted-server.ts';
import { escapeXml, type XmlElement } from './xml-reader.ts';

const JINGLE = 'urn:xmpp:jingle:1';
const FILE = 'urn:xmpp:jingle:apps:file-transfer:5';
const S5B = 'urn:xmpp:jingle:transports:s5b:1';
const IBB = 'http://jabber.org/protocol/ibb';

export interface Offered {
  sid?: string;
  name?: string;
  size?: number | null;
  /** What the hash is said to be of; null: there is none. */
  of?: string | null;
  /** A hash will be told later. */
  promised?: boolean;
  transport?: string;
}
export interface Candidate {
  host: string;
  port: number;
  type?: string;
}

export const inBandTransport = (sid = 'i1', blockSize = 4096) =>
  `<transport xmlns='urn:xmpp:jingle:transports:ibb:1' sid='${sid}' block-size='${blockSize}'/>`;

export const socks5Transport = (candidates: readonly Candidate[]) => {
  const all = candidates.map(
    ({ host, port, type = 'direct' }, index) =>
      `<candidate cid='c${index}' host='${host}' port='${port}' jid='${bobsDevice}' priority='${9000 - index}' type='${type}'/>`,
  );
  return `<transport xmlns='${S5B}' sid='t1' mode='tcp'>${all.join('')}</transport>`;
};

export const socks5News = (news: string) => `<transport xmlns='${S5B}' sid='t1'>${news}</transport>`;

export const bobsDevice = 'bob@localhost/phone';

/** What it says at the end, so that there is an event to wait for. */
export const stillThere = `<message from='${bobsDevice}' type='chat'><body>still there?</body></message>`;

/** The address of the stream, where bob offers the connection (XEP-0065 5.3.2). */
export const streamAddress = (alice: string) => createHash('sha1').update(`t1${bobsDevice}${alice}`).digest('hex');

export const content = (inner: string) =>
  `<content creator='initiator' name='f' senders='initiator'>${inner}</content>`;

const hashElement = (of: string) =>
  `<hash xmlns='urn:xmpp:hashes:2' algo='sha-256'>${createHash('sha256').update(of).digest('base64')}</hash>`;

export const checksum = (of: string) =>
  `<checksum xmlns='${FILE}' creator='initiator' name='f'><file>${hashElement(of)}</file></checksum>`;

export function fileOffer({ name = 'a.txt', size = 6, of = 'pixels', promised = false, ...more }: Offered = {}) {
  const hashes = [
    of === null ? '' : hashElement(of),
    promised ? `<hash-used xmlns='urn:xmpp:hashes:2' algo='sha-256'/>` : '',
  ];
  const told = `<name>${escapeXml(name)}</name>${size === null ? '' : `<size>${size}</size>`}${hashes.join('')}`;
  return content(
    `<description xmlns='${FILE}'><file>${told}</file></description>${more.transport ?? inBandTransport()}`,
  );
}

export class Device {
  readonly peer: Peer;
  /** Whether it answers what it is asked or told. */
  answers = true;
  #heard: XmlElement[] = [];
  #wake: (() => void)[] = [];
  #lastId = 0;

  constructor(peer: Peer) {
    this.peer = peer;
  }

  /** Says it in a request; gives its id. */
  async ask(inner: string, from = bobsDevice): Promise<string> {
    this.#lastId += 1;
    const id = `bob${this.#lastId}`;
    await this.peer.send(`<iq type='set' id='${id}' from='${from}' to='${this.peer.jid}'>${inner}</iq>`);
    return id;
  }

  jingle(action: string, inner: string, { sid = 's1', from = bobsDevice } = {}): Promise<string> {
    return this.ask(`<jingle xmlns='${JINGLE}' action='${action}' sid='${sid}'>${inner}</jingle>`, from);
  }

  /** Offers a file; gives the answer to that. */
  async offer(offered: Offered = {}): Promise<string> {
    return await this.answer(await this.jingle('session-initiate', fileOffer(offered), { sid: offered.sid ?? 's1' }));
  }

  open = (sid = 'i1') => this.ask(`<open xmlns='${IBB}' sid='${sid}' block-size='4096' stanza='iq'/>`);
  data = (seq: number, text: string, { sid = 'i1', from = bobsDevice } = {}) =>
    this.ask(`<data xmlns='${IBB}' sid='${sid}' seq='${seq}'>${Buffer.from(text).toString('base64')}</data>`, from);
  close = (sid = 'i1') => this.ask(`<close xmlns='${IBB}' sid='${sid}'/>`);

  /** All of a small file, in-band. */
  async send(text: string, sid = 'i1'): Promise<void> {
    await this.open(sid);
    await this.data(0, text, { sid });
    await this.close(sid);
  }

  /** `result`, or the condition of the error. */
  async answer(id: string): Promise<string> {
    const iq = await this.next((stanza) => stanza.attrs.id === id && stanza.attrs.type !== 'set');
    return iq.attrs.type === 'result' ? 'result' : (iq.child('error')?.elements[0]?.name ?? 'error');
  }

  /** What alice says about a session. */
  async told(action: string, sid = 's1'): Promise<XmlElement> {
    const iq = await this.next((stanza) => {
      const said = stanza.child('jingle', JINGLE);
      return said?.attrs.action === action && said.attrs.sid === sid;
    });
    return iq.child('jingle') ?? iq;
  }

  /** The next stanza that alice sends to this device, or to another of these people. */
  async next(wanted: (stanza: XmlElement) => boolean): Promise<XmlElement> {
    const deadline = AbortSignal.timeout(8000);
    for (;;) {
      const found = this.#heard.find(wanted);
      if (found) {
        this.#heard = this.#heard.filter((other) => other !== found);
        return found;
      }
      if (deadline.aborted) throw new Error(`bob heard only: ${this.#heard.join('\n')}`);
      await new Promise<void>((resolve) => {
        this.#wake.push(resolve);
        deadline.addEventListener('abort', () => resolve(), { once: true });
      });
    }
  }

  /** True if the stanza was for this device. */
  hear(stanza: XmlElement): boolean {
    if (!/^(bob|mallory)@/.test(stanza.attrs.to ?? '')) return false;
    this.#heard.push(stanza);
    for (const wake of this.#wake.splice(0)) wake();
    return true;
  }
}

/** Lets alice in; bob's device plays its part from then on, or from when she is online. */
export const withDevice =
  (script: (bob: Device) => Promise<void>, from: 'login' | 'presence' = 'presence'): Script =>
  async (peer) => {
    await peer.login({ password });
    peer.acks();
    const bob = new Device(peer);
    let playing: Promise<void> | undefined = from === 'login' ? script(bob) : undefined;
    await peer.session((stanza) => {
      if (stanza.name === 'presence' && stanza.attrs.type === undefined && stanza.attrs.to === undefined)
        playing ??= script(bob);
      if (!bob.hear(stanza)) return undefined;
      return bob.answers && stanza.attrs.type === 'set' ? result(stanza) : '';
    });
    await playing;
  };
