/** What is remembered of a server between runs, so that the next login need not ask first (XEP-0305). */
import type { AfterLogin } from './bind.ts';
import type { SaslOffer } from './sasl/offer.ts';

export interface KnownServer {
  /** Written by another version: not known. */
  readonly version: 2;
  /** The --server that it was seen at; '' for the domain's own. */
  readonly server: string;
  /** Whether it has STARTTLS at that place. */
  readonly starttls: boolean;
  readonly offer: SaslOffer;
  /** Whether a login there can be bound to the channel by one of the types on offer. */
  readonly canBind: boolean;
  /** The features after a login of the classic kind; null if none was seen. */
  readonly afterLogin: AfterLogin | null;
}

/** Reads what was stored; undefined if it is not of this version and place, or damaged: it is only a cache. */
export function readKnownServer(stored: unknown, server: string): KnownServer | undefined {
  const known = stored as KnownServer | undefined;
  if (typeof known !== 'object' || known === null || known.version !== 2 || known.server !== server) return undefined;
  const { offer, afterLogin } = known;
  if (!isTexts(offer?.mechanisms) || !isTexts(offer.bindings)) return undefined;
  if (offer.sasl2 !== null && !(isTexts(offer.sasl2?.mechanisms) && isTexts(offer.sasl2.fast))) return undefined;
  if (afterLogin !== null && typeof afterLogin?.sm !== 'boolean') return undefined;
  return known;
}

const isTexts = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((item) => typeof item === 'string');
