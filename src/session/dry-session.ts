/** --dry-run: a session that shows what would be sent and sends nothing. */
import { type Jid, makeJid } from '../xmpp/jid.ts';
import { type Element, ns, serialize, xml } from '../xmpp/xml.ts';
import { Inbox } from './inbox.ts';
import { redact } from './trace.ts';
import type { Session, UnauthenticatedStream } from './types.ts';

/** Thrown where a command would need the server's answer to go on: a dry run ends there, and well. */
export class DryRunEnd extends Error {}

/** `show` gets the text of each stanza. */
export function drySession(account: Jid, show: (xmlText: string) => Promise<void>): Session {
  const inbox = new Inbox();
  const end = async (): Promise<never> => {
    throw new DryRunEnd();
  };
  const send = (stanza: Element): Promise<void> => show(serialize(redact(stanza)));
  return {
    jid: makeJid(account.local, account.domain, 'dry-run'),
    acknowledged: false,
    maxStanzaBytes: null,
    features: async () => xml('features', { xmlns: ns.stream }),
    unacknowledged: undefined,
    over: undefined,
    send,
    async request(iq) {
      iq.attrs.id ??= 'dry-run';
      await send(iq);
      return await end();
    },
    expect: (read) => inbox.expect(read),
    stanzas: (read) => {
      const all = { ...inbox.stanzas(read), next: end };
      return { ...all, [Symbol.asyncIterator]: () => all };
    },
    settle: end,
    close: async () => {},
    [Symbol.asyncDispose]: async () => {},
  };
}

/** The same before login: it ends at the first question. */
export function dryStream(domain: string, show: (xmlText: string) => Promise<void>): UnauthenticatedStream {
  return {
    domain,
    // All that a command looks for before its first question.
    features: xml('features', { xmlns: ns.stream }, xml('register', { xmlns: 'urn:xmpp:ibr-token:0' })),
    async request(iq) {
      iq.attrs.id ??= 'dry-run';
      await show(serialize(redact(iq)));
      throw new DryRunEnd();
    },
    close: async () => {},
    [Symbol.asyncDispose]: async () => {},
  };
}
