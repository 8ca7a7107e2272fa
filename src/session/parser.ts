/**
 * The guard and parser of what the server sends: strict XML 1.0 with namespaces (saxes), less what RFC 6120 11.1 forbids,
 * within limits. Elements come out with plain local names and an xmlns attribute wherever the namespace changes, however
 * the server wrote its prefixes.
 */
import type { SaxesTagNS } from 'saxes';
import { XmppctlError } from '../errors.ts';
import { type Element, ns, xml } from '../xmpp/xml.ts';
import { saxParser } from './sax.ts';

export interface StreamEvents {
  /** The server's stream header, by its attributes. */
  header(attrs: Readonly<Record<string, string>>): void;
  /** A whole top-level element. */
  element(element: Element): void;
  /** A child of the payload of a stanza that is still coming (its attributes are there). */
  part?(stanza: Element, part: Element): PartFate;
  /** `</stream:stream>`. */
  end(): void;
  /** An attribute of another namespace, which the element comes out without. */
  dropped?(attribute: string): void;
}

/** Of a part: taken out of its stanza; kept in it, for it was asked for; or as little wanted as the rest of the stanza. */
export type PartFate = 'taken' | 'wanted' | undefined;

/** `answerBytes`: of all the wanted parts of a stanza, each of which may have `stanzaBytes`. */
export const limits = { stanzaBytes: 1024 * 1024, answerBytes: 16 * 1024 * 1024, depth: 64, attributes: 256 } as const;

/** A broken stream: the condition is the one to answer with (RFC 6120 4.9.3). */
const broken = (condition: string, what: string): XmppctlError =>
  new XmppctlError('protocol', `the server broke the protocol: ${what}`, { condition });

export class StreamParser {
  readonly #events: StreamEvents;
  readonly #decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  readonly #sax = saxParser();
  readonly #stack: { element: Element; uri: string }[] = [];
  #depth = 0;
  #ended = false;
  #bytesOfStanza = 0;
  #bytesOfParts = 0;
  /** Characters taken so far, and how many of them up to the end of the last header or stanza. */
  #taken = 0;
  #takenUntilEnd = 0;
  #halfRead = false;
  /** Where the last end tag ended, as long as it is not known to be the right one. */
  #endTag: number | undefined;

  constructor(events: StreamEvents) {
    this.#events = events;
    const sax = this.#sax;
    sax.on('error', (error) => {
      // saxes hands out the element first, and then says that the end tag was another's.
      if (!error.message.includes('unexpected close tag')) this.#close();
      // RFC 6120 11.1 forbids one wherever it stands; after the header saxes does not tell of it in another way.
      const condition = error.message.includes('doctype') ? 'restricted-xml' : 'not-well-formed';
      if (!this.#ended) throw broken(condition, error.message.slice(0, 200));
    });
    sax.on('doctype', () => {
      throw broken('restricted-xml', 'it sent a DOCTYPE');
    });
    sax.on('comment', () => {
      this.#close();
      throw broken('restricted-xml', 'it sent a comment');
    });
    sax.on('processinginstruction', () => {
      this.#close();
      throw broken('restricted-xml', 'it sent a processing instruction');
    });
    sax.on('opentag', (tag) => this.#open(tag));
    sax.on('closetag', () => {
      this.#close();
      this.#endTag = sax.position;
    });
    sax.on('text', (text) => this.#text(text));
    sax.on('cdata', (text) => this.#text(text));
  }

  /** Takes bytes as they come; throws kind protocol. What follows `</stream:stream>` is ignored. */
  write(chunk: Uint8Array): void {
    if (this.#ended) return;
    this.#bytesOfStanza += chunk.length;
    if (this.#bytesOfStanza > limits.stanzaBytes + chunk.length)
      throw broken('policy-violation', 'a stanza over 1 MiB');
    let text: string;
    try {
      text = this.#decoder.decode(chunk, { stream: true });
    } catch {
      throw broken('unsupported-encoding', 'bytes that are not UTF-8');
    }
    this.#sax.write(text);
    this.#close();
    this.#lookBetween(text);
  }

  /** True between top-level elements: nothing half-read is left. */
  get idle(): boolean {
    return this.#depth <= 1 && !this.#halfRead;
  }

  /** saxes tells of text only once a tag follows it; between stanzas nothing but a tag may begin. */
  #lookBetween(text: string): void {
    const start = this.#taken;
    this.#taken += text.length;
    if (this.#depth !== 1 || this.#halfRead) return;
    const first = /[^ \t\r\n]/.exec(text.slice(Math.max(0, this.#takenUntilEnd - start)))?.[0];
    if (first === undefined) this.#bytesOfStanza = 0;
    else if (first === '<') this.#halfRead = true;
    else throw broken('not-well-formed', 'text between stanzas');
  }

  #endOfTopLevel(position: number): void {
    this.#bytesOfStanza = 0;
    this.#bytesOfParts = 0;
    this.#halfRead = false;
    this.#takenUntilEnd = position;
  }

  #open(tag: SaxesTagNS): void {
    this.#close();
    if (this.#ended) return;
    this.#depth += 1;
    if (this.#depth > limits.depth) throw broken('policy-violation', `nesting deeper than ${limits.depth}`);
    const attrs = this.#attributesOf(tag);
    if (this.#depth === 1) {
      if (tag.local !== 'stream' || tag.uri !== ns.stream) throw broken('invalid-namespace', 'that is no XMPP stream');
      this.#endOfTopLevel(this.#sax.position);
      return this.#events.header(attrs);
    }
    if (tag.local === 'stream' && tag.uri === ns.stream) throw broken('not-well-formed', 'a stream in the stream');
    const parent = this.#stack.at(-1);
    if (!parent || parent.uri !== tag.uri) attrs.xmlns = tag.uri;
    const element = xml(tag.local, attrs);
    parent?.element.append(element);
    this.#stack.push({ element, uri: tag.uri });
  }

  /** Closes the element whose end tag was the last thing that came, if any. */
  #close(): void {
    const position = this.#endTag;
    if (position === undefined || this.#ended) return;
    this.#endTag = undefined;
    this.#depth -= 1;
    if (this.#depth === 0) {
      this.#ended = true;
      return this.#events.end();
    }
    const closed = this.#stack.pop();
    if (this.#depth === 3 && closed) return this.#offerPart(closed.element);
    if (this.#depth > 1 || !closed) return;
    this.#endOfTopLevel(position);
    this.#events.element(closed.element);
  }

  #offerPart(part: Element): void {
    const [stanza, payload] = this.#stack;
    const fate = stanza && payload && this.#events.part?.(stanza.element, part);
    if (!fate) return;
    if (fate === 'taken') payload.element.children.pop();
    else this.#bytesOfParts += this.#bytesOfStanza;
    this.#bytesOfStanza = 0;
    if (this.#bytesOfParts > limits.answerBytes) throw broken('policy-violation', 'an answer over 16 MiB');
  }

  #text(text: string): void {
    this.#close();
    if (this.#ended) return;
    const current = this.#stack.at(-1);
    if (current) current.element.t(text);
    else if (/[^ \t\r\n]/.test(text)) throw broken('not-well-formed', 'text between stanzas');
  }

  /** Plain attributes and xml:lang; those of other namespaces carry nothing that we read. */
  #attributesOf(tag: SaxesTagNS): Record<string, string> {
    const attrs: Record<string, string> = {};
    const entries = Object.values(tag.attributes);
    if (entries.length > limits.attributes)
      throw broken('policy-violation', `more than ${limits.attributes} attributes`);
    for (const { prefix, local, name, value } of entries) {
      if (prefix === '' && local !== 'xmlns' && local !== '__proto__') attrs[local] = unshared(value);
      else if (prefix === 'xml') attrs[`xml:${local}`] = value;
      else if (prefix !== 'xmlns' && local !== 'xmlns') this.#events.dropped?.(name);
    }
    return attrs;
  }
}

/**
 * V8 makes a longer piece of a string by pointing into the whole: an id that is remembered would keep all that came
 * together with it, 64 KiB each time.
 */
const unshared = (text: string): string => (text.length < shortestPiece ? text : Buffer.from(text).toString());
const shortestPiece = 13;
