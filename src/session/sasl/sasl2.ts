/** SASL 2 (XEP-0388): login, resource, stream management and a token for the next time in one exchange. */
import { authenticate, nsSasl2, readSuccess } from '../../xmpp/xep0388-sasl2.ts';
import type { XmlStream } from '../stream.ts';
import { base64, type Profile } from './converse.ts';
import type { Mechanism } from './mechanism.ts';

export const sasl2: Profile = { ns: nsSasl2, dataOf: (success) => readSuccess(success).additionalData };

export interface Sasl2Request {
  readonly mechanism: Mechanism;
  readonly withToken: boolean;
  readonly sm: boolean;
  readonly userAgentId: string;
  /** Token mechanism to ask a token for. */
  readonly requestToken: string | undefined;
}

export function startSasl2(stream: XmlStream, request: Sasl2Request): void {
  stream.writeElement(
    authenticate({
      mechanism: request.mechanism.name,
      initialResponse: base64(request.mechanism.first),
      userAgentId: request.userAgentId,
      bind: { tag: 'xmppctl', sm: request.sm },
      requestToken: request.requestToken,
      fast: request.withToken,
    }),
  );
}
