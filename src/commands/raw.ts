import { asXmppctlError, XmppctlError } from '../errors.ts';
import { defineCommand, option, type Values } from '../grammar/command.ts';
import { duration } from '../grammar/values.ts';
import type { Session } from '../session/types.ts';
import { type Element, serialize } from '../xmpp/xml.ts';
import type { Context } from './context.ts';

/** How long to wait for the answers to what was asked. */
const answersMs = 10_000;

const args = {
  wait: option(duration(), 'go on printing what comes for that long after the last stanza', {
    presetText: 'until each iq is answered, at most 10s',
  }),
};

interface RawRow {
  readonly name: string;
  readonly type: string | null;
  readonly id: string | null;
  readonly from: string | null;
  readonly xml: string;
}

export const raw = defineCommand({
  name: 'raw',
  summary: 'send stanzas as XML and print what comes back',
  description:
    'Reads stanzas (message, presence, iq) from standard input, sends each as soon as it is complete, and prints those that come in, one a line. ' +
    'What is not well-formed, or is no stanza, is not sent: exit status 65. An iq without an id gets one. Requests of others are answered ' +
    'by the program itself and not printed. Exit status 0 means that the server has taken all stanzas and answered each iq, be it with an error; 1 ' +
    'that an answer did not come. --timeout is for the connecting, and for the server to answer for what it got.',
  args,
  shared: 'connecting',
  openEnded: true,
  yields: 'stream',
  fields: [
    { key: 'name', summary: 'message, presence or iq', type: 'string', column: false },
    { key: 'type', summary: 'the type of the stanza', type: 'string', column: false },
    { key: 'id', summary: 'its id', type: 'string', column: false },
    { key: 'from', summary: 'its sender', type: 'string', column: false },
    { key: 'xml', summary: 'the stanza', type: 'string' },
  ],
  line: (row: RawRow) => [row.xml],
  examples: [
    [`echo "<iq type='get'><query xmlns='jabber:iq:roster'/></iq>" | xmppctl raw`, 'the roster as it comes'],
    ['xmppctl raw --wait 1m <stanzas.xml', 'and whatever comes within a minute'],
    [`echo "<presence/>" | xmppctl raw --wait 5s --json | jq -r 'select(.name == "presence").from'`, 'who is online'],
  ],
  fails: ['negative', 'data', 'noinput', 'unconfirmed', 'conflict'],
  async *run(args, ctx) {
    const stanzas = ctx.input.stanzas();
    const first = await stanzas.next();
    if (first.done) throw new XmppctlError('noinput', 'there is no stanza on standard input; nothing was sent');
    await using session = await ctx.connect();
    const asked = new Unanswered();
    const incoming = session.stanzas(notRequests);
    const sending = sendAll(session, first.value, stanzas, asked, ctx)
      .then(() => waitForAnswers(session, asked, args, ctx))
      .finally(() => session.close());
    sending.catch(() => {}); // thrown below, after what came before has been printed
    try {
      for await (const stanza of incoming) {
        yield rowOf(stanza);
        asked.answered(stanza);
      }
    } catch (error) {
      throw await fateOf(session, asXmppctlError(error));
    }
    await sending;
  },
});

/** The session answers requests; a stanza that two answer is worse than one that is not seen. */
const notRequests = (stanza: Element): Element | undefined =>
  stanza.getName() === 'iq' && (stanza.attrs.type === 'get' || stanza.attrs.type === 'set') ? undefined : stanza;

const rowOf = (stanza: Element): RawRow => ({
  name: stanza.getName(),
  type: stanza.attrs.type ?? null,
  id: stanza.attrs.id ?? null,
  from: stanza.attrs.from ?? null,
  xml: serialize(stanza),
});

/** What was sent before a stanza that is bad has been sent: its fate counts, then the error. */
async function sendAll(
  session: Session,
  first: Element,
  rest: AsyncIterable<Element>,
  asked: Unanswered,
  ctx: Context,
): Promise<void> {
  const send = async (stanza: Element): Promise<void> => {
    if (stanza.getName() === 'iq') {
      stanza.attrs.id ??= ctx.randomId();
      asked.add(stanza);
    }
    await session.send(stanza);
  };
  await send(first);
  try {
    for await (const stanza of rest) await send(stanza);
  } catch (error) {
    await session.settle();
    throw error;
  }
}

/** The stream broke: an error that can be repeated is one only if the server has none of what was sent. */
async function fateOf(session: Session, broken: XmppctlError): Promise<XmppctlError> {
  const unsettled = await session.settle().then(
    () => undefined,
    (error: unknown) => asXmppctlError(error),
  );
  if (unsettled || broken.kind !== 'tempfail') return unsettled ?? broken;
  return new XmppctlError('negative', `the server has the stanzas, but then: ${broken.message}`, { delivered: 'yes' });
}

async function waitForAnswers(
  session: Session,
  asked: Unanswered,
  { wait }: Values<typeof args>,
  ctx: Context,
): Promise<void> {
  const waited = ctx.clock.after(wait ?? answersMs, ctx.stopped);
  await session.settle();
  await (wait === undefined ? Promise.race([asked.none(), waited]) : waited);
  if (asked.count > 0) {
    throw new XmppctlError('negative', `${asked.count} iq ${asked.count === 1 ? 'was' : 'were'} not answered`, {
      delivered: 'yes',
    });
  }
}

/** The requests that wait for an answer. */
class Unanswered {
  readonly #ids = new Set<string>();
  #wake: () => void = () => {};

  get count(): number {
    return this.#ids.size;
  }

  add({ attrs }: Element): void {
    if (attrs.id !== undefined && (attrs.type === 'get' || attrs.type === 'set')) this.#ids.add(attrs.id);
  }

  answered(stanza: Element): void {
    if (stanza.getName() !== 'iq' || stanza.attrs.id === undefined) return;
    this.#ids.delete(stanza.attrs.id);
    if (this.#ids.size === 0) this.#wake();
  }

  /** Resolves when there is none left. */
  async none(): Promise<void> {
    if (this.#ids.size === 0) return;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
  }
}
