/** Stanza errors (RFC 6120 8.3) and what they mean for the exit status. */
import { type ErrorKind, XmppctlError } from '../errors.ts';
import { childElements, childText, type Element, ns, xml } from './xml.ts';

/** Longer than any condition that is defined. */
export const longestCondition = 100;

export interface StanzaError {
  readonly condition: string;
  readonly type: string | null;
  /** The server's own words, not yet sanitised; at most 300 characters. */
  readonly text: string | null;
  /** Conditions of extensions, beside the defined one: `{ns}name`. */
  readonly application: string | null;
  readonly by: string | null;
}

/** Which kind each defined condition is (SPEC 7, CASES 79). */
const kindOf = new Map<string, ErrorKind>([
  ['bad-request', 'protocol'],
  ['conflict', 'conflict'],
  ['feature-not-implemented', 'unavailable'],
  ['forbidden', 'noperm'],
  ['gone', 'nouser'],
  ['internal-server-error', 'tempfail'],
  ['item-not-found', 'nouser'],
  ['jid-malformed', 'usage'],
  ['not-acceptable', 'data'],
  ['not-allowed', 'noperm'],
  ['not-authorized', 'noperm'],
  ['policy-violation', 'data'],
  ['recipient-unavailable', 'nouser'],
  ['redirect', 'nouser'],
  ['registration-required', 'noperm'],
  ['remote-server-not-found', 'nohost'],
  ['remote-server-timeout', 'tempfail'],
  ['resource-constraint', 'tempfail'],
  ['service-unavailable', 'unavailable'],
  ['subscription-required', 'noperm'],
  ['undefined-condition', 'protocol'],
  ['unexpected-request', 'protocol'],
]);

/** Reads the `<error/>` of a stanza of type error; a broken one reads as undefined-condition. */
export function readStanzaError(stanza: Element): StanzaError {
  const error = stanza.getChild('error', stanza.getNS());
  const parts = error ? childElements(error) : [];
  const defined = parts.find((part) => part.getNS() === ns.stanzaErrors && part.getName() !== 'text');
  const other = parts.find((part) => part.getNS() !== ns.stanzaErrors);
  return {
    condition: defined?.getName().slice(0, longestCondition) ?? 'undefined-condition',
    type: error?.attrs.type ?? null,
    text: (error && childText(error, 'text', ns.stanzaErrors)?.slice(0, 300)) ?? null,
    application: other ? `{${other.getNS()}}${other.getName()}` : null,
    by: error?.attrs.by ?? null,
  };
}

/** The kind of error, where `overrides` gives what a command knows better (a message's service-unavailable is no user). */
export function kindOfStanzaError(error: StanzaError, overrides: Readonly<Record<string, ErrorKind>> = {}): ErrorKind {
  if (Object.hasOwn(overrides, error.condition)) return overrides[error.condition] ?? 'protocol';
  if (error.type === 'wait' && error.condition !== 'remote-server-not-found') return 'tempfail';
  return kindOf.get(error.condition) ?? 'protocol';
}

/** An XmppctlError that says what was refused, with the server's own words. */
export function stanzaErrorToError(
  what: string,
  error: StanzaError,
  overrides?: Readonly<Record<string, ErrorKind>>,
  hint?: string,
): XmppctlError {
  const words = error.text ? `: ${error.text}` : '';
  return new XmppctlError(kindOfStanzaError(error, overrides), `${what}: ${error.condition}${words}`, {
    condition: error.condition,
    hint,
  });
}

/** The answer to an IQ that we do not serve (RFC 6120 8.4). */
export const serviceUnavailable = (iq: Element): Element => refusalOf(iq, 'service-unavailable');

/** The answer to an IQ that we refuse with that condition. */
export function refusalOf(iq: Element, condition: string): Element {
  return xml(
    'iq',
    { type: 'error', id: iq.attrs.id, to: iq.attrs.from },
    xml('error', { type: 'cancel' }, xml(condition, { xmlns: ns.stanzaErrors })),
  );
}
