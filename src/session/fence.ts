/** The fence of commands that ask: what was sent before has been handled, and what the server answered at once has come. */
import { XmppctlError } from '../errors.ts';
import { ping } from '../xmpp/xep0199-ping.ts';
import { NoAnswer } from './patient-session.ts';
import type { Session } from './types.ts';

/** Waits until the server answers a ping, by whatever. Throws what broke the stream. */
export async function fence(session: Session): Promise<void> {
  try {
    await session.request(ping(session.jid.domain));
  } catch (error) {
    // Servers without XEP-0199 answer with an error, which is as good.
    if (!(error instanceof XmppctlError) || error instanceof NoAnswer || error.condition === undefined) throw error;
  }
}
