/** A session whose questions do not wait for ever: for commands that run until they are stopped. */
import { XmppctlError } from '../errors.ts';
import type { Session } from './types.ts';

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
  request(iq, refusals, each) {
    const answer = session.request(iq, refusals, each);
    return new Promise((resolve, reject) => {
      const giveUp = (): void =>
        reject(
          new XmppctlError('tempfail', `${iq.attrs.to ?? 'the server'} does not answer`, {
            condition: 'remote-server-timeout',
          }),
        );
      const timer = setTimeout(giveUp, ms());
      answer.then(resolve, reject).finally(() => clearTimeout(timer));
    });
  },
});
