/** A session whose questions do not wait for ever: for commands that run until they are stopped. */
import { XmppctlError } from '../errors.ts';
import type { Session } from './types.ts';

/** Nothing came, in distinction from an error that did. */
export class NoAnswer extends XmppctlError {}

/** The session, but an IQ that is not answered within `ms()` milliseconds is kind tempfail, condition remote-server-timeout. */
export const patientSession = (session: Session, ms: () => number): Session => ({
  get jid() {
    return session.jid;
  },
  get acknowledged() {
    return session.acknowledged;
  },
  get maxStanzaBytes() {
    return session.maxStanzaBytes;
  },
  get unacknowledged() {
    return session.unacknowledged;
  },
  get over() {
    return session.over;
  },
  features: () => session.features(),
  send: (stanza) => session.send(stanza),
  expect: (read) => session.expect(read),
  stanzas: (read) => session.stanzas(read),
  settle: () => session.settle(),
  close: () => session.close(),
  [Symbol.asyncDispose]: () => session.close(),
  async request(iq, refusals, each, signal) {
    const late = new AbortController();
    const condition = 'remote-server-timeout';
    const giveUp = (): void =>
      late.abort(new NoAnswer('tempfail', `${iq.attrs.to ?? 'the server'} does not answer`, { condition }));
    const timer = setTimeout(giveUp, ms());
    const either = signal ? AbortSignal.any([signal, late.signal]) : late.signal;
    return await session.request(iq, refusals, each, either).finally(() => clearTimeout(timer));
  },
});
