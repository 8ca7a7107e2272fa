/** What became of messages: per recipient a result, and for all of them one truthful end of the command. */
import { type ErrorKind, XmppctlError } from '../errors.ts';
import type { Field } from '../grammar/command.ts';
import { readStanzaError, type StanzaError, stanzaErrorToError } from '../xmpp/stanza-error.ts';
import { type Element, ns } from '../xmpp/xml.ts';

export type DeliveryStatus = 'acked' | 'delivered' | 'displayed' | 'reflected' | 'sent' | 'failed' | 'unknown';

export interface Delivery {
  readonly to: string;
  readonly id: string;
  readonly status: DeliveryStatus;
  readonly stanzaId: string | null;
  readonly error: Record<string, unknown> | null;
}

export const deliveryFields = [
  { key: 'to', summary: 'the recipient', type: 'string' },
  { key: 'id', summary: 'the id of the message', type: 'string' },
  {
    key: 'status',
    summary: 'acked, delivered, displayed, reflected (by a room), sent (not waited), failed or unknown',
    type: 'string',
  },
  { key: 'stanzaId', summary: 'the id in the archive, where the server tells it', type: 'string', column: false },
  { key: 'error', summary: 'why it failed: kind, condition, message', type: 'object', show: showError },
] as const satisfies readonly Field<Delivery>[];

function showError(value: unknown): string {
  return value === null ? '' : String((value as { message?: unknown }).message ?? '');
}

/** One recipient's result, with the error itself for the end of the command. */
export interface Outcome {
  readonly delivery: Delivery;
  readonly error: XmppctlError | undefined;
}

export const outcome = (to: string, id: string, status: DeliveryStatus, error?: XmppctlError): Outcome => ({
  delivery: { to, id, status, stanzaId: null, error: error ? error.toJSON() : null },
  error,
});

/** Servers answer service-unavailable for a user that does not exist (RFC 6121 8.5.1). */
const bounceKinds: Readonly<Record<string, ErrorKind>> = {
  'service-unavailable': 'nouser',
  'jid-malformed': 'nouser',
  'not-acceptable': 'noperm',
};

/** The error that a bounced message means. */
export const bounceError = (to: string, bounce: StanzaError): XmppctlError =>
  stanzaErrorToError(`the message to ${to} came back`, bounce, bounceKinds);

/** Reads the bounce of the message with that id. */
export const bounceOf =
  (id: string) =>
  (stanza: Element): StanzaError | undefined =>
    stanza.is('message', ns.client) && stanza.attrs.type === 'error' && stanza.attrs.id === id
      ? readStanzaError(stanza)
      : undefined;

/** Throws if anything failed: the one error, the one that all share, or kind partial. */
export function throwUnlessAllWell(outcomes: readonly Outcome[]): void {
  const errors = outcomes.flatMap(({ error }) => (error ? [error] : []));
  const [first] = errors;
  if (!first) return;
  if (errors.length === outcomes.length && errors.every(({ kind }) => kind === first.kind)) throw first;
  throw new XmppctlError(
    'partial',
    `${errors.length} of ${outcomes.length} messages were not delivered: ${first.message}`,
    {
      delivered: 'unknown',
    },
  );
}
