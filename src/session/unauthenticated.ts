/** A secured stream before login, as registration needs it (XEP-0077 3.1). */
import { XmppctlError } from '../errors.ts';
import { readJid } from '../xmpp/jid.ts';
import type { Element } from '../xmpp/xml.ts';
import { unanswered } from './change.ts';
import { refusal } from './requests.ts';
import { type OpenOptions, onSecuredStream } from './secured-stream.ts';
import type { Refusals, UnauthenticatedStream } from './types.ts';

/** Connects and stops before login. Throws insecure where there is no encryption, whatever was allowed. */
export async function openUnauthenticated(options: OpenOptions): Promise<UnauthenticatedStream> {
  const { stream, features } = await onSecuredStream(
    { ...options, neverInClear: true },
    undefined,
    async (secured) => ({
      stream: secured.stream,
      features: await secured.stream.features(),
    }),
  );
  const onAbort = (): void => stream.fail(options.signal.reason);
  options.signal.addEventListener('abort', onAbort, { once: true });
  const close = async (): Promise<void> => {
    options.signal.removeEventListener('abort', onAbort);
    await stream.close();
  };
  return {
    domain: options.domain,
    features,
    async request(iq: Element, refusals?: Refusals): Promise<Element> {
      const id = options.randomId();
      iq.attrs.id = id;
      stream.writeElement(iq);
      for (;;) {
        const answer = await stream.expectElement().catch((error) => {
          throw iq.attrs.type === 'set' ? unanswered(error) : error;
        });
        const { type, from, id: answered } = answer.attrs;
        if (answer.getName() !== 'iq' || answered !== id) continue;
        if (from !== undefined && readJid(from)?.full !== options.domain) continue;
        if (type === 'result') return answer;
        if (type === 'error') throw refusal(answer, refusals);
        throw new XmppctlError('protocol', 'the server broke the protocol: an answer that is neither result nor error');
      }
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}
