/** What it means that a stream broke with stanzas on their way. */
import { XmppctlError } from '../errors.ts';
import type { Acknowledgements } from './acknowledgements.ts';

/** The stream broke, or fell silent, after stanzas had left and before the server vouched for them. */
export function unconfirmed(cause: unknown, { adrift, waiting }: Acknowledgements): unknown {
  if (adrift === 0) return cause;
  // Which of several messages was too large the server does not say; those before it have arrived.
  const isOfOne = waiting.filter((stanza) => stanza.is('message')).length <= 1;
  if (cause instanceof XmppctlError && ((cause.kind === 'data' && isOfOne) || cause.kind === 'unconfirmed'))
    return cause;
  const why = cause instanceof Error ? cause.message : String(cause);
  // Worse than not to know is to try again with somebody who cannot be trusted.
  const kind = cause instanceof XmppctlError && cause.kind === 'insecure' ? 'insecure' : 'unconfirmed';
  return new XmppctlError(kind, `sent, but nobody can say whether it arrived: ${why}`, {
    cause,
    delivered: 'unknown',
    condition: cause instanceof XmppctlError ? cause.condition : undefined,
    hint: 'Repeat only with the same --id, so that the receiver can tell a copy.',
  });
}
