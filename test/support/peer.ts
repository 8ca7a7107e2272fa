/** The server's half of an XMPP stream, one step at a time; `login` and `session` are all the usual steps. */
import { randomBytes } from 'node:crypto';
import { SASL, type ScramOptions, scram } from './scram-server.ts';
import { Wire } from './wire.ts';
import { escapeXml, STREAMS, type XmlElement } from './xml-reader.ts';

const SM = 'urn:xmpp:sm:3';
const TLS = 'urn:ietf:params:xml:ns:xmpp-tls';
const BIND = 'urn:ietf:params:xml:ns:xmpp-bind';
const STANZAS = 'urn:ietf:params:xml:ns:xmpp-stanzas';
const PING = 'urn:xmpp:ping';

export interface LoginOptions extends ScramOptions {
  domain?: string;
  mechanisms?: readonly string[];
  /** Put among the features after login, beside bind and stream management. */
  features?: string;
  /** Offer stream management, and expect `<enable/>` right after bind; true if absent. */
  /** Stream management; 'resumable' if a lost connection may be taken up again. */
  sm?: boolean | 'resumable';
  jid?: string;
}

/** What to answer: XML, '' for nothing, `undefined` for what a plain server would. */
export type Answer = string | undefined | Promise<string | undefined>;

export class Peer extends Wire {
  /** The full JID given by `bind`. */
  jid = 'alice@localhost/test';
  /** Stanzas the client has sent since `<enable/>`. */
  handled = 0;
  /** The `h` of the client's last `<a/>`. */
  acked = 0;
  offersPlus = false;
  #acks: ((handled: number) => number) | undefined;
  #pings = false;

  /** The client's stream header, answered by ours; gives the client's. */
  async header(options: Record<string, string> = {}): Promise<XmlElement> {
    const header = await this.next('open');
    const { from = header.attrs.to ?? 'localhost', id = randomBytes(8).toString('hex'), ...more } = options;
    const attrs = Object.entries({ from, id, version: '1.0', 'xml:lang': 'en', ...more });
    const text = attrs.map(([name, value]) => ` ${name}='${escapeXml(value)}'`).join('');
    await this.send(`<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='${STREAMS}'${text}>`);
    return header;
  }

  async features(inner: string): Promise<void> {
    this.offersPlus = /SCRAM-[^<]*-PLUS</.test(inner);
    await this.send(`<stream:features>${inner}</stream:features>`);
  }

  async startTls(offer = `<starttls xmlns='${TLS}'><required/></starttls>`): Promise<void> {
    await this.features(offer);
    await this.next('starttls');
    this.pause();
    await this.send(`<proceed xmlns='${TLS}'/>`);
    await this.secure();
  }

  scram(options?: ScramOptions): Promise<boolean> {
    return scram(this, options);
  }

  /** `jid` without a resource takes the one the client wishes. */
  async bind(jid = 'alice@localhost'): Promise<string> {
    const iq = await this.next('iq');
    const bind = iq.child('bind', BIND);
    if (iq.attrs.type !== 'set' || !bind) throw new Error(`${this}: expected a bind request, got ${iq}`);
    const resource = bind.child('resource')?.text || randomBytes(6).toString('hex');
    this.jid = jid.includes('/') ? jid : `${jid}/${resource}`;
    await this.send(result(iq, `<bind xmlns='${BIND}'><jid>${escapeXml(this.jid)}</jid></bind>`));
    return this.jid;
  }

  async enableSm({ id = randomBytes(8).toString('hex'), resume = true, max = 600 } = {}): Promise<string> {
    await this.next('enable');
    const resumable = resume ? ` id='${id}' resume='true' max='${max}'` : '';
    await this.send(`<enabled xmlns='${SM}'${resumable}/>`);
    return id;
  }

  /** Answers every `<r/>`, also those that came before; `false` = no more; a function to lie about the number. */
  acks(on: boolean | ((handled: number) => number) = true): void {
    this.#acks = on === true ? (handled) => handled : on || undefined;
    this.handleQueue();
  }

  answerPings(on = true): void {
    this.#pings = on;
    this.handleQueue();
  }

  /** From the stream header to the bound, managed stream. False: the client was refused, or refused to go on. */
  async login(options: LoginOptions = {}): Promise<boolean> {
    const { domain = 'localhost', sm = true, mechanisms = ['SCRAM-SHA-256', 'SCRAM-SHA-1'], user = 'alice' } = options;
    await this.header({ from: domain });
    if (this.settings.tls === 'starttls' && this.tls === undefined) {
      await this.startTls();
      await this.header({ from: domain });
    }
    await this.features(mechanismsFeature(mechanisms, options.bindingTypes));
    if (!(await this.scram(options))) {
      const expected = options.error !== undefined || options.mangle !== undefined;
      if (!expected) throw new Error(`${this}: the client's proof does not fit the password`);
      return false;
    }
    await this.header({ from: domain });
    const bind = `<bind xmlns='${BIND}'><required/></bind>`;
    await this.features(`${bind}${sm ? `<sm xmlns='${SM}'/>` : ''}${options.features ?? ''}`);
    await this.bind(options.jid ?? `${user}@${domain}`);
    if (sm) await this.enableSm({ resume: sm === 'resumable' });
    return true;
  }

  /** Answers like a plain server until the client closes, but for what `handler` answers. */
  async session(handler: (element: XmlElement, peer: this) => Answer = () => undefined): Promise<void> {
    let element = await this.any(60_000);
    while (element.name !== 'close' && element.name !== 'end') {
      const answer = (await handler(element, this)) ?? this.#usual(element);
      if (answer !== '') await this.send(answer);
      element = await this.any(60_000);
    }
    await this.send('</stream:stream>');
    this.end();
  }

  protected override arrived({ name, ns }: XmlElement): void {
    if (name === 'enable' && ns === SM) this.handled = 0;
    if (ns === 'jabber:client') this.handled += 1;
  }

  protected override handles(element: XmlElement): boolean {
    const management = this.#acks !== undefined && element.ns === SM && ['r', 'a'].includes(element.name);
    const ping = this.#pings && element.child('ping', PING) !== undefined;
    if (!management && !ping) return false;
    const answer = this.#usual(element);
    if (answer !== '') void this.send(answer);
    return true;
  }

  #usual(element: XmlElement): string {
    const { name, attrs } = element;
    if (name === 'r') return `<a xmlns='${SM}' h='${this.#acks ? this.#acks(this.handled) : this.handled}'/>`;
    if (name === 'a') this.acked = Number(attrs.h);
    if (name !== 'iq' || attrs.type === 'result' || attrs.type === 'error') return '';
    const query = element.elements[0];
    switch (`${attrs.type} ${query?.ns}`) {
      case `get ${PING}`:
      case 'set urn:xmpp:carbons:2':
        return result(element);
      case 'get jabber:iq:roster':
      case 'get http://jabber.org/protocol/disco#items':
        return result(element, `<query xmlns='${query?.ns}'/>`);
      case 'get http://jabber.org/protocol/disco#info':
        return result(
          element,
          `<query xmlns='${query?.ns}'><identity category='server' type='im'/>${FEATURES}</query>`,
        );
      default:
        return stanzaError(element, 'service-unavailable');
    }
  }
}

const FEATURES = ['http://jabber.org/protocol/disco#info', 'urn:xmpp:carbons:2', PING]
  .map((name) => `<feature var='${name}'/>`)
  .join('');

export function mechanismsFeature(
  names: readonly string[],
  bindings: readonly string[] = ['tls-exporter', 'tls-server-end-point'],
): string {
  const list = names.map((name) => `<mechanism>${name}</mechanism>`).join('');
  const types = bindings.map((type) => `<channel-binding type='${type}'/>`).join('');
  const plus = names.some((name) => name.endsWith('-PLUS'));
  const announced = plus ? `<sasl-channel-binding xmlns='urn:xmpp:sasl-cb:0'>${types}</sasl-channel-binding>` : '';
  return `<mechanisms xmlns='${SASL}'>${list}</mechanisms>${announced}`;
}

/** The result of a request, from whom it was sent to. */
export function result(iq: XmlElement, inner = ''): string {
  return reply(iq, 'result', inner);
}

export function stanzaError(stanza: XmlElement, condition: string, type = 'cancel', more = ''): string {
  return reply(stanza, 'error', `<error type='${type}'><${condition} xmlns='${STANZAS}'/>${more}</error>`);
}

function reply({ name, attrs }: XmlElement, type: string, inner: string): string {
  const from = attrs.to === undefined ? '' : ` from='${escapeXml(attrs.to)}'`;
  return `<${name} type='${type}' id='${escapeXml(attrs.id ?? '')}'${from}>${inner}</${name}>`;
}
