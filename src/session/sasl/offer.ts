/** What a server offers for logging in, and how strong that is: to choose by, to remember, and to notice a downgrade. */
import { XmppctlError } from '../../errors.ts';
import { nsSm } from '../../xmpp/xep0198-stream-management.ts';
import { nsBind2, nsFast, nsSasl2 } from '../../xmpp/xep0388-sasl2.ts';
import { childElements, type Element, ns } from '../../xmpp/xml.ts';
import { mechanismOrder } from './mechanism.ts';

/** SASL 2 with what can be done in the same step (XEP-0388, 0386, 0484). */
export interface Sasl2Offer {
  readonly mechanisms: readonly string[];
  /** Whether Bind 2 is offered with stream management inline. */
  readonly bind: boolean;
  readonly sm: boolean;
  /** Token mechanisms. */
  readonly fast: readonly string[];
}
export interface SaslOffer {
  readonly mechanisms: readonly string[];
  /** Channel binding types (XEP-0440). */
  readonly bindings: readonly string[];
  readonly sasl2: Sasl2Offer | null;
}

export function readOffer(features: Element): SaslOffer {
  const bindings = features.getChild('sasl-channel-binding', 'urn:xmpp:sasl-cb:0');
  return {
    mechanisms: mechanismsIn(features.getChild('mechanisms', ns.sasl)),
    bindings: (bindings ? childElements(bindings) : []).flatMap(({ attrs }) => attrs.type ?? []),
    sasl2: readSasl2(features.getChild('authentication', nsSasl2)),
  };
}

function readSasl2(authentication: Element | undefined): Sasl2Offer | null {
  if (!authentication) return null;
  const inline = authentication.getChild('inline', nsSasl2);
  const bind = inline?.getChild('bind', nsBind2);
  const inBind = bind?.getChild('inline', nsBind2)?.getChildren('feature', nsBind2) ?? [];
  return {
    mechanisms: mechanismsIn(authentication),
    bind: bind !== undefined,
    sm: inBind.some(({ attrs }) => attrs.var === nsSm),
    fast: mechanismsIn(inline?.getChild('fast', nsFast)),
  };
}

const mechanismsIn = (parent: Element | undefined): string[] =>
  (parent ? childElements(parent) : []).flatMap((child) =>
    child.getName() === 'mechanism' ? [child.text().trim()] : [],
  );

/** Throws kind insecure if the mechanism that a login would use now is weaker than that at the last login. */
export function refuseDowngrade(before: string | undefined, now: string | undefined): void {
  const best = mechanismOrder.indexOf(before ?? '');
  const left = mechanismOrder.indexOf(now ?? '');
  if (best < 0 || (left >= 0 && left <= best)) return;
  throw new XmppctlError('insecure', `the server offered ${before} before and now at best ${now ?? 'nothing'}`, {
    hint: 'Somebody on the way may have taken it out. If its operator says that this is right, log in again: xmppctl login JID',
  });
}
