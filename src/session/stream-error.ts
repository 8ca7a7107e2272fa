/** Stream errors (RFC 6120 4.9.3) and what they mean for the exit status. */
import { type ErrorKind, XmppctlError } from '../errors.ts';
import { longestCondition } from '../xmpp/stanza-error.ts';
import { childElements, childText, type Element, ns } from '../xmpp/xml.ts';

const kindOf = new Map<string, ErrorKind>([
  ['conflict', 'conflict'],
  ['connection-timeout', 'tempfail'],
  ['host-gone', 'nohost'],
  ['host-unknown', 'nohost'],
  ['internal-server-error', 'tempfail'],
  ['not-authorized', 'noperm'],
  ['policy-violation', 'tempfail'],
  ['remote-connection-failed', 'tempfail'],
  ['reset', 'tempfail'],
  ['resource-constraint', 'tempfail'],
  ['see-other-host', 'tempfail'],
  ['system-shutdown', 'tempfail'],
]);

/** What a `<stream:error/>` means. */
export class StreamError extends XmppctlError {}

/** Where the server sends us instead. */
export class SeeOtherHost extends StreamError {
  readonly host: string;
  constructor(host: string) {
    super('tempfail', `the server sends us on to ${host}`, { condition: 'see-other-host' });
    this.host = host;
  }
}

/** The error that a `<stream:error/>` means. A stanza that is too large is kind data: trying again cannot help. */
export function streamError(element: Element): StreamError {
  const defined = childElements(element).find(
    (child) => child.getNS() === ns.streamErrors && child.getName() !== 'text',
  );
  const condition = defined?.getName().slice(0, longestCondition) ?? 'undefined-condition';
  if (condition === 'see-other-host') return new SeeOtherHost(defined?.text().trim().slice(0, 300) ?? '');
  const text = childText(element, 'text', ns.streamErrors)?.slice(0, 300);
  const tooLarge = condition === 'policy-violation' && /too (big|large|long)|size|exceed/i.test(text ?? '');
  const kind = tooLarge ? 'data' : (kindOf.get(condition) ?? 'protocol');
  const message =
    condition === 'conflict' ? 'another session replaced this one' : `the server ended the stream: ${condition}`;
  return new StreamError(kind, text ? `${message} (${text})` : message, { condition });
}

/** What to say when breaking off: the stream error that names the other side's mistake, then the end. */
export function farewell(reason: unknown): string {
  const condition = reason instanceof XmppctlError && reason.kind === 'protocol' ? reason.condition : undefined;
  const error = condition ? `<stream:error><${condition} xmlns='${ns.streamErrors}'/></stream:error>` : '';
  return `${error}</stream:stream>`;
}
