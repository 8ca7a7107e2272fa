/** Ties a login to the TLS connection that it goes over (RFC 5929, RFC 9266), so that nobody in between can pass it on. */
import { createHash } from 'node:crypto';
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { peerCertificate } from '../tls.ts';

export type BindingType = 'tls-exporter' | 'tls-server-end-point';
export interface ChannelBinding {
  readonly type: BindingType;
  readonly data: Buffer;
}

/** The binding of the best type that both sides have; undefined if there is none. `offered` is what XEP-0440 announced. */
export function channelBinding(socket: Socket, offered: readonly string[]): ChannelBinding | undefined {
  if (!(socket instanceof TLSSocket)) return undefined;
  if (offered.includes('tls-exporter') && socket.getProtocol() === 'TLSv1.3') {
    const data = socket.exportKeyingMaterial(32, 'EXPORTER-Channel-Binding', Buffer.alloc(0));
    return { type: 'tls-exporter', data };
  }
  if (offered.includes('tls-server-end-point')) {
    const certificate = peerCertificate(socket)?.raw;
    const digest = certificate && endPointDigest(certificate);
    if (digest) return { type: 'tls-server-end-point', data: createHash(digest).update(certificate).digest() };
  }
  return undefined;
}

/** OIDs (DER content, hex) of signature algorithms and the hash that RFC 5929 4.1 wants for each. */
const digestOfSignature = new Map([
  ['2a864886f70d010104', 'sha256'], // md5WithRSA: SHA-256 instead
  ['2a864886f70d010105', 'sha256'], // sha1WithRSA: SHA-256 instead
  ['2a864886f70d01010b', 'sha256'],
  ['2a864886f70d01010c', 'sha384'],
  ['2a864886f70d01010d', 'sha512'],
  ['2a8648ce3d0401', 'sha256'], // ecdsa-with-SHA1: SHA-256 instead
  ['2a8648ce3d040302', 'sha256'],
  ['2a8648ce3d040303', 'sha384'],
  ['2a8648ce3d040304', 'sha512'],
]);

/** Certificate ::= SEQUENCE { tbsCertificate, signatureAlgorithm SEQUENCE { OID … }, … }: Node does not tell the OID. */
function endPointDigest(der: Buffer): string | undefined {
  const certificate = element(der, 0);
  const tbs = element(der, certificate.content);
  const algorithm = element(der, tbs.end);
  const oid = element(der, algorithm.content);
  return digestOfSignature.get(der.subarray(oid.content, oid.end).toString('hex'));
}

/** Where the DER element at `offset` has its content and its end. */
function element(der: Buffer, offset: number): { content: number; end: number } {
  const first = der[offset + 1] ?? 0;
  if (first < 0x80) return { content: offset + 2, end: offset + 2 + first };
  const bytes = first & 0x7f;
  const content = offset + 2 + bytes;
  return { content, end: content + der.readUIntBE(offset + 2, bytes) };
}
