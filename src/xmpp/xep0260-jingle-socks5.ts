/** XEP-0260: Jingle SOCKS5 Bytestreams Transport Method. */
import { childElements, type Element, xml } from './xml.ts';

export const nsJingleSocks5 = 'urn:xmpp:jingle:transports:s5b:1';

export interface Candidate {
  readonly cid: string;
  readonly host: string;
  readonly port: number;
  /** Whose candidate it is: the peer's own JID, or that of a proxy. */
  readonly jid: string;
  readonly priority: number;
  readonly type: 'direct' | 'proxy';
}

/** What a transport says: which candidates there are, or what became of them. */
export type Socks5News =
  | { readonly kind: 'candidates'; readonly candidates: readonly Candidate[] }
  | { readonly kind: 'used'; readonly cid: string }
  | { readonly kind: 'activated'; readonly cid: string }
  | { readonly kind: 'none-works' }
  | { readonly kind: 'proxy-fails' };

/** More than anybody has, and each costs a connection. */
const maxCandidates = 16;
const preference = { direct: 126, proxy: 10 } as const;

/** Section 2.2; `local` tells candidates of one type apart. */
export const priorityOf = (type: Candidate['type'], local: number): number => preference[type] * 65_536 + local;

export const socks5Transport = (sid: string, ...children: readonly Element[]): Element =>
  xml('transport', { xmlns: nsJingleSocks5, sid }, [...children]);

/** The transport of an offer or its acceptance; `dstaddr` for those of the other side who do not calculate it. */
export const candidatesTransport = (sid: string, candidates: readonly Candidate[], dstaddr: string): Element =>
  xml(
    'transport',
    { xmlns: nsJingleSocks5, sid, mode: 'tcp', dstaddr },
    candidates.map((candidate) => xml('candidate', { ...candidate })),
  );

export const candidateUsed = (cid: string): Element => xml('candidate-used', { cid });
export const candidateError = (): Element => xml('candidate-error');
export const activated = (cid: string): Element => xml('activated', { cid });
export const proxyError = (): Element => xml('proxy-error');

/** The stream id of the transport; undefined if it is of another kind. */
export const readSocks5Sid = (transport: Element | undefined): string | undefined =>
  transport?.is('transport', nsJingleSocks5) ? transport.attrs.sid : undefined;

/** Candidates that cannot be connected to are passed over. Undefined if it is another kind of transport. */
export function readSocks5(transport: Element | undefined): Socks5News | undefined {
  if (!transport?.is('transport', nsJingleSocks5)) return undefined;
  for (const child of childElements(transport)) {
    const cid = child.attrs.cid ?? '';
    if (child.is('candidate-used', nsJingleSocks5)) return { kind: 'used', cid };
    if (child.is('activated', nsJingleSocks5)) return { kind: 'activated', cid };
    if (child.is('candidate-error', nsJingleSocks5)) return { kind: 'none-works' };
    if (child.is('proxy-error', nsJingleSocks5)) return { kind: 'proxy-fails' };
  }
  return {
    kind: 'candidates',
    candidates: transport.getChildren('candidate', nsJingleSocks5).flatMap(readCandidate).slice(0, maxCandidates),
  };
}

function readCandidate({ attrs }: Element): Candidate[] {
  const { cid, host, jid, type = 'direct' } = attrs;
  const port = /^\d{1,5}$/.test(attrs.port ?? '') ? Number(attrs.port) : 0;
  const priority = /^\d{1,10}$/.test(attrs.priority ?? '') ? Number(attrs.priority) : 0;
  if (!cid || !host || !jid || port < 1 || port > 65_535) return [];
  return [{ cid, host, port, jid, priority, type: type === 'proxy' ? 'proxy' : 'direct' }];
}
