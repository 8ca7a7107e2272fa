/** Reads what a client sends: stream headers, top-level elements, ends of streams, also across stream restarts. */
import { SaxesParser, type SaxesTagNS } from 'saxes';

export const STREAMS = 'http://etherx.jabber.org/streams';

/** `name` is the local name. A stream header is an element `open`, its end tag `close`, the end of the socket `end`. */
export class XmlElement {
  readonly name: string;
  readonly ns: string;
  readonly attrs: Readonly<Record<string, string>>;
  readonly children: (XmlElement | string)[] = [];

  constructor(name: string, ns = '', attrs: Readonly<Record<string, string>> = {}) {
    this.name = name;
    this.ns = ns;
    this.attrs = attrs;
  }

  get elements(): XmlElement[] {
    return this.children.filter((child) => typeof child !== 'string');
  }

  /** The text directly inside this element. */
  get text(): string {
    return this.children.filter((child) => typeof child === 'string').join('');
  }

  child(name: string, ns?: string): XmlElement | undefined {
    return this.elements.find((child) => child.name === name && (ns === undefined || child.ns === ns));
  }

  toString(outer = ''): string {
    const xmlns = this.ns === outer ? '' : ` xmlns='${escapeXml(this.ns)}'`;
    const attrs = Object.entries(this.attrs).map(([name, value]) => ` ${name}='${escapeXml(value)}'`);
    const start = `<${this.name}${xmlns}${attrs.join('')}`;
    const inner = this.children.map((child) =>
      typeof child === 'string' ? escapeXml(child) : child.toString(this.ns),
    );
    return inner.length === 0 ? `${start}/>` : `${start}>${inner.join('')}</${this.name}>`;
  }
}

export function escapeXml(text: string): string {
  const entities: Record<string, string> = { '<': '&lt;', '>': '&gt;', '&': '&amp;', "'": '&apos;', '"': '&quot;' };
  return text.replace(/[<>&'"]/g, (character) => entities[character] ?? character);
}

const DECLARATION = '<?xml ';
const HEADER = '<stream:stream ';
const DOCUMENT_START = /<\?xml\s|<stream:stream[\s>]/;

export class XmlReader {
  readonly #emit: (element: XmlElement) => void;
  readonly #fail: (error: Error) => void;
  #parser: SaxesParser<{ xmlns: true }>;
  #declared = false;
  #held = '';

  constructor(emit: (element: XmlElement) => void, fail: (error: Error) => void) {
    this.#emit = emit;
    this.#fail = fail;
    this.#parser = this.#newParser();
  }

  /** A client may send the next stream's header right behind the last bytes of this one: each gets its own parser. */
  write(text: string): void {
    let rest = this.#held + text;
    for (let start = DOCUMENT_START.exec(rest); start !== null; start = DOCUMENT_START.exec(rest)) {
      const declaration = start[0].startsWith('<?');
      this.#parser.write(rest.slice(0, start.index));
      if (declaration || !this.#declared) this.#parser = this.#newParser();
      this.#declared = declaration;
      this.#parser.write(start[0]);
      rest = rest.slice(start.index + start[0].length);
    }
    const last = rest.lastIndexOf('<');
    const tail = last === -1 ? '' : rest.slice(last);
    const undecided = tail !== '' && (DECLARATION.startsWith(tail) || HEADER.startsWith(tail));
    this.#held = undecided ? tail : '';
    this.#parser.write(undecided ? rest.slice(0, last) : rest);
  }

  #newParser(): SaxesParser<{ xmlns: true }> {
    const parser = new SaxesParser({ xmlns: true });
    const path: XmlElement[] = [];
    let broken = false;
    parser.on('error', (error) => {
      if (!broken) this.#fail(error);
      broken = true;
    });
    parser.on('opentag', (tag) => {
      if (broken) return;
      if (path.length === 0 && isStream(tag)) this.#emit(new XmlElement('open', tag.uri, attributes(tag)));
      const element = new XmlElement(tag.local, tag.uri, attributes(tag));
      if (path.length > 1) path.at(-1)?.children.push(element);
      path.push(element);
    });
    parser.on('text', (text) => {
      if (path.length > 1) path.at(-1)?.children.push(text);
    });
    parser.on('cdata', (text) => {
      if (path.length > 1) path.at(-1)?.children.push(text);
    });
    parser.on('closetag', (tag) => {
      const element = path.pop();
      if (broken || element === undefined) return;
      if (path.length === 1) this.#emit(element);
      if (path.length === 0 && isStream(tag)) this.#emit(new XmlElement('close', tag.uri));
    });
    return parser;
  }
}

const isStream = (tag: SaxesTagNS): boolean => tag.local === 'stream' && tag.uri === STREAMS;

function attributes(tag: SaxesTagNS): Record<string, string> {
  const values = Object.values(tag.attributes).filter(({ name }) => name !== 'xmlns');
  return Object.fromEntries(values.map(({ name, value }) => [name, value]));
}
