/** Requests that change something. Where no answer comes, nobody can say whether they did. */
import { XmppctlError } from '../errors.ts';
import type { Element } from '../xmpp/xml.ts';
import { fence } from './fence.ts';
import type { Refusals, Session } from './types.ts';

/** Asks for a change; resolves to the answer. Throws what the server refuses with, and kind unconfirmed if no answer comes. */
export async function change(
  session: Pick<Session, 'over' | 'request'>,
  iq: Element,
  refusals: Refusals = {},
): Promise<Element> {
  let isRefused = false;
  const read = (answer: Element): XmppctlError | undefined => {
    isRefused = true;
    return refusals.read?.(answer);
  };
  const hadLeft = session.over === undefined;
  return await session.request(iq, { ...refusals, read }).catch((error) => {
    throw isRefused || !hadLeft ? error : unanswered(error);
  });
}

/** The fence behind presence that changes something, which nobody answers. Throws kind unconfirmed if the stream breaks. */
export async function changeFence(session: Session): Promise<void> {
  await fence(session).catch((error) => {
    throw unanswered(error);
  });
}

/** The request left, and the stream broke or fell silent before the answer: it may have been done. */
export function unanswered(cause: unknown): unknown {
  if (!(cause instanceof XmppctlError) || cause.kind === 'data' || cause.kind === 'insecure') return cause;
  const message = `sent, but nobody can say whether it was done: ${cause.message}`;
  return new XmppctlError('unconfirmed', message, { cause, condition: cause.condition });
}
