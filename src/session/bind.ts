/** After login: a resource (RFC 6120 7) and stream management (XEP-0198), asked for in one flight. */
import { XmppctlError } from '../errors.ts';
import { type Jid, readJid } from '../xmpp/jid.ts';
import { enable, nsSm } from '../xmpp/xep0198-stream-management.ts';
import { childText, type Element, ns, xml } from '../xmpp/xml.ts';
import type { OpenOptions } from './secured-stream.ts';
import { OpenSession } from './session.ts';
import type { XmlStream } from './stream.ts';

const nsSession = 'urn:ietf:params:xml:ns:xmpp-session';

/** Binds a random resource; stream management is on before the first stanza. Throws protocol or tempfail. */
export async function bind(
  stream: XmlStream,
  features: Element,
  account: Jid,
  options: OpenOptions,
): Promise<OpenSession> {
  if (!features.getChild('bind', ns.bind)) throw new XmppctlError('protocol', 'the server offers no resource binding');
  const id = options.randomId();
  const resource = `xmppctl-${options.randomId().slice(0, 8)}`;
  const legacy = features.getChild('session', nsSession);
  const needsSession = legacy !== undefined && legacy.getChild('optional') === undefined;
  const hasSm = features.getChild('sm', nsSm) !== undefined;
  stream.writeElement(xml('iq', { type: 'set', id }, xml('bind', { xmlns: ns.bind }, xml('resource', {}, resource))));
  // Stanzas are handled in order, so what needs the binding may leave with it.
  if (needsSession)
    stream.writeElement(xml('iq', { type: 'set', id: `${id}-s` }, xml('session', { xmlns: nsSession })));
  if (hasSm) stream.writeElement(enable(false));

  const jid = readBound(await answerTo(stream, id), account);
  if (needsSession) await answerTo(stream, `${id}-s`);
  const acknowledged = hasSm && (await answerToEnable(stream));
  options.verbose(`bound to ${jid.full}${acknowledged ? ', stream management on' : ''}`);
  return new OpenSession(stream, {
    jid,
    domain: options.domain,
    acknowledged,
    maxStanzaBytes: readMaxBytes(features),
    stopped: options.stopped,
    randomId: options.randomId,
  });
}

/** The answer to an IQ of the opening; anything else that comes before is dropped (X2). */
async function answerTo(stream: XmlStream, id: string): Promise<Element> {
  for (;;) {
    const element = await stream.expectElement();
    if (element.getName() !== 'iq' || element.attrs.id !== id) continue;
    if (element.attrs.type === 'result') return element;
    throw new XmppctlError('tempfail', 'the server refuses to bind a resource to this connection');
  }
}

async function answerToEnable(stream: XmlStream): Promise<boolean> {
  for (;;) {
    const element = await stream.expectElement();
    if (element.is('enabled', nsSm)) return true;
    if (element.is('failed', nsSm)) return false;
  }
}

function readBound(result: Element, account: Jid): Jid {
  const bind = result.getChild('bind', ns.bind);
  const jid = readJid(bind && childText(bind, 'jid', ns.bind));
  const own = account.local === undefined ? jid?.domain === account.domain : jid?.bare === account.bare;
  if (jid?.resource !== undefined && own) return jid;
  throw new XmppctlError('protocol', `the server bound us to ${jid?.full ?? 'nothing'} instead of ${account.bare}`);
}

/** XEP-0478: Stream Limits Advertisement. */
function readMaxBytes(features: Element): number | undefined {
  const limits = features.getChild('limits', 'urn:xmpp:stream-limits:0');
  const bytes = Number(limits ? childText(limits, 'max-bytes') : Number.NaN);
  return Number.isInteger(bytes) && bytes >= 10_000 ? bytes : undefined;
}
