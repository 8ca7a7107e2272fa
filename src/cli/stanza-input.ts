/** Stanzas from standard input: read by the same strict parser as those of a server, each as soon as it is complete. */

import type { Input } from '../commands/context.ts';
import { XmppctlError } from '../errors.ts';
import { limits, StreamParser } from '../session/parser.ts';
import { type Element, ns } from '../xmpp/xml.ts';

const header = `<stream:stream xmlns='${ns.client}' xmlns:stream='${ns.stream}'>`;
const encoder = new TextEncoder();

/** Throws kind data at the first thing that is no well-formed stanza; those before it have come out by then. */
export async function* stanzasOf(input: Pick<Input, 'lines'>): AsyncGenerator<Element, void> {
  const complete: Element[] = [];
  let ended = false;
  const parser = new StreamParser({
    header: () => {},
    element: (element) => complete.push(checked(element)),
    end: () => {
      ended = true;
    },
    dropped: (attribute) => {
      throw new XmppctlError('data', `the attribute ${attribute} has a prefix, which cannot be sent`);
    },
  });
  let line = 0;
  const write = (bytes: Uint8Array): void => {
    try {
      parser.write(bytes);
    } catch (error) {
      if (!(error instanceof XmppctlError)) throw error;
      throw bad(error.message.replace('the server broke the protocol: ', '').replace(/\.$/, ''), line);
    }
  };
  write(encoder.encode(header));
  for await (const bytes of input.lines(limits.stanzaBytes)) {
    line += 1;
    let failure: unknown;
    try {
      write(bytes);
      write(newline);
    } catch (error) {
      failure = error;
    }
    yield* complete.splice(0);
    if (failure) throw failure;
    if (ended) throw bad('it closes the stream; xmppctl does that at the end of its input', line);
  }
  write(encoder.encode('</stream:stream>'));
}

const newline = encoder.encode('\n');

function checked(element: Element): Element {
  const name = element.getName();
  if (element.getNS() === ns.client && (name === 'message' || name === 'presence' || name === 'iq')) return element;
  throw new XmppctlError('data', `<${name}/> is no stanza: message, presence or iq`);
}

const bad = (what: string, line: number): XmppctlError =>
  new XmppctlError('data', `standard input${line ? `, line ${line}` : ''}: ${what}; it was not sent`);
