/** Logging in with a token instead of the password (XEP-0484, HT-SHA-256-* of draft-schmaus-kitten-sasl-ht). */
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Socket } from 'node:net';
import { XmppctlError } from '../../errors.ts';
import { readStamp } from '../../xmpp/xep0203-delay.ts';
import { channelBinding } from './channel-binding.ts';
import type { Mechanism } from './mechanism.ts';
import type { SaslOffer } from './offer.ts';

/** A token of XEP-0484: valid for one mechanism, until `expiry` (XEP-0082). */
export interface FastToken {
  readonly mechanism: string;
  readonly token: string;
  readonly expiry: string;
}

/** Where tokens are kept for one account. */
export interface Tokens {
  /** The id of this installation, which tokens are bound to. */
  readonly userAgentId: string;
  readonly current: FastToken | undefined;
  /** Stores the next token, or drops the current one. */
  put(token: FastToken | undefined): Promise<void>;
}

/** The best token mechanism on offer that this connection can bind itself to; undefined if there is none. */
export function tokenMechanism(socket: Socket, { sasl2: offered, bindings }: SaslOffer): string | undefined {
  const kinds = ['EXPR', 'ENDP', 'NONE'] as const;
  const usable = kinds.find(
    (kind) => offered?.fast.includes(`HT-SHA-256-${kind}`) && bindingOf(socket, kind, bindings) !== undefined,
  );
  return usable && `HT-SHA-256-${usable}`;
}

/** The token, if the server takes such tokens and it is good for another minute. */
export function usableToken(tokens: Tokens | undefined, offer: SaslOffer | undefined): FastToken | undefined {
  const token = tokens?.current;
  if (!token || !offer?.sasl2?.fast.includes(token.mechanism)) return undefined;
  return (readStamp(token.expiry)?.getTime() ?? 0) > Date.now() + 60_000 ? token : undefined;
}

/** One message each way; undefined if the connection lacks the binding. */
export function tokenLogin(socket: Socket, username: string, { mechanism, token }: FastToken): Mechanism | undefined {
  const kind = /^HT-SHA-256-(EXPR|ENDP|NONE)$/.exec(mechanism)?.[1];
  const binding = kind === undefined ? undefined : bindingOf(socket, kind as 'EXPR' | 'ENDP' | 'NONE');
  if (!binding) return undefined;
  const hmac = (who: 'Initiator' | 'Responder'): Buffer =>
    createHmac('sha256', token).update(who).update(binding).digest();
  return {
    name: mechanism,
    first: Buffer.concat([Buffer.from(`${username}\0`), hmac('Initiator')]),
    answer: async () => {
      throw new XmppctlError('protocol', 'the server broke the protocol: it answered a token with a challenge');
    },
    finish(data) {
      const expected = hmac('Responder');
      if (data?.length === expected.length && timingSafeEqual(data, expected)) return;
      throw new XmppctlError('insecure', 'the server cannot prove that it knows our token');
    },
  };
}

function bindingOf(socket: Socket, kind: 'EXPR' | 'ENDP' | 'NONE', announced?: readonly string[]): Buffer | undefined {
  if (kind === 'NONE') return Buffer.alloc(0);
  const type = kind === 'EXPR' ? 'tls-exporter' : 'tls-server-end-point';
  // Without a word on types (XEP-0440) a server may offer one that it cannot do.
  if (announced && !announced.includes(type)) return undefined;
  return channelBinding(socket, [type])?.data;
}
