/** The headers that streams begin with (RFC 6120 4.7). */
import { XmppctlError } from '../errors.ts';
import { escapeXml, ns } from '../xmpp/xml.ts';

/** `to` in U-labels, as servers know themselves (RFC 7622 3.2); `from` only where the stream is encrypted: it says who is about to log in. */
export function streamHeader(to: string, from: string | undefined): string {
  const sender = from === undefined ? '' : ` from='${escapeXml(from)}'`;
  return (
    `<?xml version='1.0'?><stream:stream xmlns='${ns.client}' xmlns:stream='${ns.stream}' version='1.0'` +
    ` to='${escapeXml(to)}'${sender} xml:lang='en'>`
  );
}

/** Throws kind protocol if the header of the server is not of XMPP 1 (RFC 6120 4.7.5). */
export function refuseOldVersion({ version }: Readonly<Record<string, string>>): void {
  if (version?.startsWith('1.')) return;
  throw new XmppctlError('protocol', 'the server speaks no XMPP 1.0', { condition: 'unsupported-version' });
}
