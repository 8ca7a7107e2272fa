/** XEP-0115: Entity Capabilities. What a client can do, as a hash in its presence: who does not know it yet asks once. */
import { createHash } from 'node:crypto';
import { ownIdentity } from './xep0030-disco.ts';
import { type Element, xml } from './xml.ts';

export const nsCaps = 'http://jabber.org/protocol/caps';
const software = 'xmppctl';

/** The node at which these features are asked for: the software, and the hash of section 5.1. */
export const capabilitiesNode = (features: readonly string[]): string => `${software}#${hashOf(features)}`;

/** What goes into the presence of a client with these features, as discoInfoAnswer() tells them. */
export const capabilities = (features: readonly string[]): Element =>
  xml('c', { xmlns: nsCaps, hash: 'sha-1', node: software, ver: hashOf(features) });

function hashOf(features: readonly string[]): string {
  const { category, type, name } = ownIdentity;
  // All of this is ASCII, so that the order of code units is that of octets.
  const text = [`${category}/${type}//${name}`, ...[...features].sort()].map((part) => `${part}<`).join('');
  return createHash('sha1').update(text).digest('base64');
}
