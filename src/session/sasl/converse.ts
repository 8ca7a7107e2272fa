/** The exchange of a login, from the first answer to success: the same in SASL 1 and 2 but for the elements. */
import { XmppctlError } from '../../errors.ts';
import { type Element, xml } from '../../xmpp/xml.ts';
import type { XmlStream } from '../stream.ts';
import { saslFailure } from './failure.ts';
import type { Mechanism } from './mechanism.ts';

export interface Profile {
  readonly ns: string;
  /** Base64 of the data that come with success; '' if none. */
  dataOf(success: Element): string;
}

/** Goes on after the first step was sent; returns `<success/>`. Throws noperm, insecure, tempfail or protocol. */
export async function converse(stream: XmlStream, profile: Profile, mechanism: Mechanism): Promise<Element> {
  let finished = false;
  for (;;) {
    const reply = await stream.expectElement();
    if (reply.is('failure', profile.ns)) throw saslFailure(reply);
    if (reply.is('challenge', profile.ns) && !finished) {
      const data = decode(reply.text());
      // RFC 6120 6.4.4: the server's last message may come as a challenge of its own, to be answered with nothing.
      finished = isServerFinal(mechanism, data);
      if (finished) mechanism.finish(data);
      const answer = finished ? '' : base64(await mechanism.answer(data?.toString('utf8') ?? ''));
      stream.writeElement(xml('response', { xmlns: profile.ns }, answer));
    } else if (reply.is('success', profile.ns)) {
      if (!finished) mechanism.finish(decode(profile.dataOf(reply)));
      return reply;
    } else throw new XmppctlError('protocol', `the server broke the protocol: <${reply.getName()}/> during login`);
  }
}

const isServerFinal = (mechanism: Mechanism, data: Buffer | undefined): boolean =>
  mechanism.name.startsWith('SCRAM-') && /^[ve]=/.test(data?.toString('utf8') ?? '');

export const base64 = (data: string | Buffer): string => Buffer.from(data as string).toString('base64');
const decode = (text: string): Buffer | undefined =>
  text === '' || text === '=' ? undefined : Buffer.from(text, 'base64');
