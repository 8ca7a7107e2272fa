/** After login: a resource (RFC 6120 7) and stream management (XEP-0198), asked for in one flight. */
import { XmppctlError } from '../errors.ts';
import { type Jid, makeJid, readJid } from '../xmpp/jid.ts';
import { enable, nsSm, type Resumption, readResumption } from '../xmpp/xep0198-stream-management.ts';
import { childText, type Element, ns, xml } from '../xmpp/xml.ts';
import type { XmlStream } from './stream.ts';

const nsSession = 'urn:ietf:params:xml:ns:xmpp-session';

/** The features of a stream after login, as far as they matter here. */
export interface AfterLogin {
  readonly sm: boolean;
  /** The server wants a session to be established as RFC 3921 had it. */
  readonly session: boolean;
  /** The largest stanza that it takes, in bytes (XEP-0478). */
  readonly maxStanzaBytes: number | null;
}

/** Throws kind protocol if no resource can be bound. */
export function readAfterLogin(features: Element): AfterLogin {
  if (!features.getChild('bind', ns.bind)) {
    throw new XmppctlError('protocol', 'the server offers no resource binding');
  }
  const session = features.getChild('session', nsSession);
  return {
    sm: features.getChild('sm', nsSm) !== undefined,
    session: session !== undefined && session.getChild('optional', nsSession) === undefined,
    maxStanzaBytes: readMaxBytes(features),
  };
}

export function readMaxBytes(features: Element): number | null {
  const limits = features.getChild('limits', 'urn:xmpp:stream-limits:0');
  const bytes = Number(limits ? childText(limits, 'max-bytes') : Number.NaN);
  return Number.isInteger(bytes) && bytes >= 10_000 ? bytes : null;
}

/** What is known once the resource is bound. */
export interface Bound {
  readonly jid: Jid;
  /** Whether stream management is on. */
  readonly acknowledged: boolean;
  /** How to take the session up again after the connection is lost; null if that is not offered. */
  readonly resumption: Resumption | null;
  readonly maxStanzaBytes: number | null;
  /** Those after login. */
  readonly features: Element;
}

/** A binding under way: the JID it asks for, and the end of it. */
export interface Binding {
  readonly jid: Jid;
  /** Reads the answers; `live` are the features that the server really has. */
  finish(live: AfterLogin): Promise<Omit<Bound, 'features'>>;
}

/** Asks for a resource and stream management; stanzas are handled in order, so what needs them may leave with it. */
export function startBinding(stream: XmlStream, account: Jid, after: AfterLogin, randomId: () => string): Binding {
  const id = randomId();
  const resource = resourceOf(randomId());
  stream.writeElement(xml('iq', { type: 'set', id }, xml('bind', { xmlns: ns.bind }, xml('resource', {}, resource))));
  const sessionId = `${id}-session`;
  if (after.session)
    stream.writeElement(xml('iq', { type: 'set', id: sessionId }, xml('session', { xmlns: nsSession })));
  if (after.sm) stream.writeElement(enable(true));
  return {
    jid: makeJid(account.local, account.domain, resource),
    async finish(live) {
      const ids = after.session ? [id, sessionId] : [id];
      const { results, enabled } = await answersTo(stream, ids, after.sm && live.sm);
      const jid = readBound(results.get(id), account);
      const resumption = readResumption(enabled);
      return { jid, acknowledged: enabled !== undefined, resumption, maxStanzaBytes: live.maxStanzaBytes };
    },
  };
}

/** A resource that no other connection has: two with one name would throw each other out. */
const resourceOf = (random: string): string => `xmppctl-${random.slice(0, 8)}`;

/**
 * The answers to the questions of the opening, in whatever order they come: not every server answers in that of the questions.
 * Anything else that comes before is dropped (X2).
 */
async function answersTo(
  stream: XmlStream,
  ids: readonly string[],
  sm: boolean,
): Promise<{ results: ReadonlyMap<string, Element>; enabled: Element | undefined }> {
  const results = new Map<string, Element>();
  let managed: Element | undefined;
  while (results.size < ids.length || (sm && !managed)) {
    const element = await stream.expectElement();
    const { id = '', type } = element.attrs;
    if (element.is('enabled', nsSm) || element.is('failed', nsSm)) managed ??= element;
    if (element.getNS() === ns.sasl)
      throw new XmppctlError('protocol', `the server broke the protocol: <${element.getName()}/> after the login`);
    if (element.getName() !== 'iq' || !ids.includes(id)) continue;
    if (type !== 'result')
      throw new XmppctlError('tempfail', 'the server refuses to bind a resource to this connection');
    results.set(id, element);
  }
  return { results, enabled: managed?.is('enabled', nsSm) ? managed : undefined };
}

function readBound(result: Element | undefined, account: Jid): Jid {
  const bind = result?.getChild('bind', ns.bind);
  return ownFullJid(bind && childText(bind, 'jid', ns.bind), account);
}

/** The JID that the server bound; throws kind protocol if it is not one of the account's. */
export function ownFullJid(text: string | undefined | null, account: Jid): Jid {
  const jid = readJid(text);
  const own = account.local === undefined ? jid?.domain === account.domain : jid?.bare === account.bare;
  if (jid?.resource !== undefined && own) return jid;
  throw new XmppctlError('protocol', `the server bound us to ${jid?.full ?? 'nothing'} instead of ${account.bare}`);
}
