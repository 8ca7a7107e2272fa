/** A Session without a network: what is sent goes to a function that plays the server, and says what comes back. */
import { Inbox } from '../../src/session/inbox.ts';
import { type StreamEvents, StreamParser } from '../../src/session/parser.ts';
import { Requests } from '../../src/session/requests.ts';
import type { Session } from '../../src/session/types.ts';
import { parseJid } from '../../src/xmpp/jid.ts';
import { type Element, ns, xml } from '../../src/xmpp/xml.ts';

export interface FakeSession extends Session {
  readonly sent: readonly Element[];
  /** Delivers stanzas, as XML text, in order. */
  say(xmlText: string): void;
  /** The stream ends; with an error it breaks. */
  end(error?: unknown): void;
}

/** `answer` gets each stanza that is sent and returns the XML that it is answered with, or nothing. */
export function fakeSession(
  answer: (stanza: Element, session: FakeSession) => string | undefined,
  jid = 'alice@example.org/here',
): FakeSession {
  const own = parseJid(jid);
  const inbox = new Inbox();
  const requests = new Requests(() => own, own.domain);
  const sent: Element[] = [];
  let lastId = 0;
  const session: FakeSession = {
    jid: own,
    acknowledged: true,
    maxStanzaBytes: null,
    features: async () => xml('features', { xmlns: ns.stream }),
    unacknowledged: new Set<string>(),
    over: undefined,
    sent,
    async send(stanza) {
      sent.push(stanza);
      const reply = answer(stanza, session);
      if (reply !== undefined) setImmediate(() => session.say(reply));
    },
    async request(iq, refusals, each, signal) {
      lastId += 1;
      iq.attrs.id = `iq${lastId}`;
      const waiting = requests.answerTo(iq, refusals, each, signal);
      await session.send(iq);
      return await waiting;
    },
    expect: (read) => inbox.expect(read),
    stanzas: (read) => inbox.stanzas(read),
    settle: async () => ({ bounce: () => undefined }),
    async close() {
      session.end();
    },
    async [Symbol.asyncDispose]() {
      session.end();
    },
    say(xmlText) {
      for (const stanza of parseStanzas(xmlText, (iq, part) => requests.takePart(iq, part))) {
        if (stanza.is('iq') && (stanza.attrs.type === 'result' || stanza.attrs.type === 'error')) requests.take(stanza);
        else inbox.deliver(stanza);
      }
    },
    end(error) {
      requests.rejectAll(error ?? new Error('the session is closed'));
      inbox.end(error);
    },
  };
  return session;
}

/** The stanzas in the text, read as from a stream. */
export function parseStanzas(xmlText: string, part?: StreamEvents['part']): Element[] {
  const stanzas: Element[] = [];
  const parser = new StreamParser({
    header: () => {},
    element: (stanza) => stanzas.push(stanza),
    ...(part ? { part } : {}),
    end: () => {},
  });
  const header = "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>";
  parser.write(Buffer.from(header + xmlText));
  return stanzas;
}

/** The one stanza in the text. */
export function parseStanza(xmlText: string): Element {
  const [stanza] = parseStanzas(xmlText);
  if (!stanza) throw new Error(`no stanza in ${xmlText}`);
  return stanza;
}
