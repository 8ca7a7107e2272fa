/** XML elements: those of @xmpp/client, and what stanzas need beyond them. The only file that imports the library. */
import { xml as build, type XmlElement } from '@xmpp/client';
import { XmppctlError } from '../errors.ts';

export type Element = XmlElement;

export const xml = build;
export const escapeXml = build.escapeXML;

/** Namespaces of RFC 6120 and 6121; each extension keeps its own in its xepNNNN file. */
export const ns = {
  client: 'jabber:client',
  stream: 'http://etherx.jabber.org/streams',
  streamErrors: 'urn:ietf:params:xml:ns:xmpp-streams',
  stanzaErrors: 'urn:ietf:params:xml:ns:xmpp-stanzas',
  tls: 'urn:ietf:params:xml:ns:xmpp-tls',
  sasl: 'urn:ietf:params:xml:ns:xmpp-sasl',
  bind: 'urn:ietf:params:xml:ns:xmpp-bind',
  roster: 'jabber:iq:roster',
} as const;

/** What most stanzas are made of, and found out in a tenth of the time. */
const isVisibleAscii = (text: string): boolean => /^[\t\n\r -~]*$/.test(text);
/** All but the Char production of XML 1.0 (2.2). */
const forbidden = /[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/u;

/** The first character that XML 1.0 (2.2) cannot carry, as U+XXXX; undefined if the text is fine. */
export function forbiddenCharacter(text: string): string | undefined {
  const found = isVisibleAscii(text) ? undefined : forbidden.exec(text)?.[0];
  return found && `U+${found.codePointAt(0)?.toString(16).toUpperCase().padStart(4, '0')}`;
}

/** The text with each character that XML cannot carry replaced by U+FFFD. */
export const replaceForbidden = (text: string): string => text.replace(new RegExp(forbidden, 'gu'), '\ufffd');

/** Serialises, and refuses what the server would answer with a closed stream. Throws kind data. */
export function serialize(element: Element): string {
  const out = element.toString();
  const bad = forbiddenCharacter(out);
  if (bad) throw new XmppctlError('data', `the text has the character ${bad}, which XML cannot carry`);
  return out;
}

/** The text of a child in that namespace, or null: never that of a child with the same name in another namespace. */
export function childText(parent: Element, name: string, xmlns?: string): string | null {
  return parent.getChild(name, xmlns ?? parent.getNS())?.text() ?? null;
}

/** The children that are elements. */
export const childElements = (parent: Element): Element[] =>
  parent.children.filter((node): node is Element => typeof node !== 'string');
