/** XEP-0388: Extensible SASL Profile, with XEP-0386 (Bind 2) and XEP-0484 (FAST) inside. */
import { enable, nsSm, type Resumption, readResumption } from './xep0198-stream-management.ts';
import { type Element, xml } from './xml.ts';

export const nsSasl2 = 'urn:xmpp:sasl:2';
export const nsBind2 = 'urn:xmpp:bind:0';
export const nsFast = 'urn:xmpp:fast:0';

export interface Authenticate {
  readonly mechanism: string;
  /** Base64 of the initial response. */
  readonly initialResponse: string;
  /** Stable id of this installation (section 2.1 of XEP-0388): tokens belong to it. */
  readonly userAgentId: string;
  readonly bind: { readonly tag: string; readonly sm: boolean };
  /** Token mechanism to ask a token for. */
  readonly requestToken?: string | undefined;
  /** The mechanism authenticates with a token. */
  readonly fast: boolean;
}

export function authenticate(options: Authenticate): Element {
  const { mechanism, initialResponse, userAgentId, bind, requestToken, fast } = options;
  return xml(
    'authenticate',
    { xmlns: nsSasl2, mechanism },
    xml('initial-response', {}, initialResponse),
    xml('user-agent', { id: userAgentId }, xml('software', {}, 'xmppctl')),
    xml('bind', { xmlns: nsBind2 }, xml('tag', {}, bind.tag), bind.sm ? enable(true) : undefined),
    requestToken === undefined ? undefined : xml('request-token', { xmlns: nsFast, mechanism: requestToken }),
    fast ? xml('fast', { xmlns: nsFast }) : undefined,
  );
}

export interface Success {
  /** Base64. */
  readonly additionalData: string;
  readonly identifier: string | null;
  readonly bound: boolean;
  readonly smEnabled: boolean;
  readonly resumption: Resumption | null;
  readonly token: { readonly token: string; readonly expiry: string } | null;
}

/** Reads `<success/>`. */
export function readSuccess(success: Element): Success {
  const bound = success.getChild('bound', nsBind2);
  const token = success.getChild('token', nsFast);
  return {
    additionalData: success.getChildText('additional-data', nsSasl2) ?? '',
    identifier: success.getChildText('authorization-identifier', nsSasl2),
    bound: bound !== undefined,
    smEnabled: bound?.getChild('enabled', nsSm) !== undefined,
    resumption: readResumption(bound?.getChild('enabled', nsSm)),
    token: token?.attrs.token && token.attrs.expiry ? { token: token.attrs.token, expiry: token.attrs.expiry } : null,
  };
}
