/** --trace: the XML of both directions, with everything that could log somebody in taken out. */
import { type Element, escapeXml, ns, xml } from '../xmpp/xml.ts';
import type { PartFate } from './parser.ts';

export type Direction = 'sent' | 'received';
export type Trace = (direction: Direction, xmlText: string) => void;

/** Namespaces whose whole text is secret: SASL, SASL2 and FAST exchanges. */
const secretNamespaces = new Set<string>([ns.sasl, 'urn:xmpp:sasl:2', 'urn:xmpp:fast:0']);
/** What an upload service wants in Authorization and Cookie (XEP-0363 5). */
const isUploadHeader = (element: Element): boolean => element.is('header', 'urn:xmpp:http:upload:0');
const isFileHash = (element: Element): boolean => element.is('hash', 'urn:xmpp:hashes:2');
const secretNames = new Set(['password', 'key', 'token', 'secret', 'hash']);
const secretAttributes = new Set(['token', 'secret', 'password']);
const harmlessInSasl = new Set(['mechanism', 'mechanisms', 'text', 'authorization-identifier']);
const redacted = '[redacted]';
/** Who has the link has the file (XEP-0454 3): wherever one stands, its key is left out. */
const withoutFileKeys = (text: string): string => text.replace(/(aesgcm:\/\/[^\s#]*#)[\da-f]+/gi, `$1${redacted}`);

/** The start tag of a stream. */
export function headerText(attrs: Readonly<Record<string, string>>): string {
  const written = Object.entries(attrs).map(([name, value]) => ` ${name}='${escapeXml(value)}'`);
  return `<stream:stream${written.join('')}>`;
}

/** A copy of the element that is safe to show. */
export function redact(element: Element, hideText = false): Element {
  const name = element.getName();
  const sasl = secretNamespaces.has(element.getNS() ?? '') && !harmlessInSasl.has(name);
  const hidden = hideText || sasl || (secretNames.has(name) && !isFileHash(element)) || isUploadHeader(element);
  // A data form carries a password as <field var='password'><value>…</value></field>.
  const secretField = name === 'field' && /pass|secret|token/i.test(element.attrs.var ?? '');
  const copy = xml(element.name, redactAttributes(element));
  for (const child of element.children) {
    if (typeof child !== 'string') copy.append(redact(child, secretField));
    else copy.t(hidden && child.trim() !== '' ? redacted : withoutFileKeys(child));
  }
  return copy;
}

function redactAttributes(element: Element): Record<string, string | undefined> {
  const attrs = { ...element.attrs };
  for (const [name, value] of Object.entries(element.attrs)) {
    attrs[name] = secretAttributes.has(name) ? redacted : value && withoutFileKeys(value);
  }
  return attrs;
}

/** Shows an element of the server's. */
export function showReceived(trace: Trace | undefined, element: Element): void {
  trace?.('received', redact(element).toString());
}

/** The same for a part that will not be seen in its stanza. */
export function showPart(trace: Trace | undefined, part: Element, fate: PartFate): PartFate {
  if (fate === 'taken') showReceived(trace, part);
  return fate;
}
