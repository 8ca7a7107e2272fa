/** SASL as RFC 6120 6 has it. */
import { ns, xml } from '../../xmpp/xml.ts';
import type { XmlStream } from '../stream.ts';
import { base64, type Profile } from './converse.ts';
import type { Mechanism } from './mechanism.ts';

export const sasl1: Profile = {
  ns: ns.sasl,
  dataOf: (success) => success.text(),
};

/** The first step. RFC 6120 6.4.2: an empty initial response is "=". */
export function startSasl1(stream: XmlStream, mechanism: Mechanism): void {
  const first = mechanism.first.length === 0 ? '=' : base64(mechanism.first);
  stream.writeElement(xml('auth', { xmlns: ns.sasl, mechanism: mechanism.name }, first));
}
