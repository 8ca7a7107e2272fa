/** TLS, verified for the JID's domain (RFC 6120 13.7, RFC 7590), by a CA or by a pinned key. */
import { createHash, X509Certificate } from 'node:crypto';
import { isIP, type Socket } from 'node:net';
import { type TLSSocket, connect as tlsConnect } from 'node:tls';
import { XmppctlError } from '../errors.ts';
import { asciiDomain } from '../xmpp/jid.ts';

export interface Trust {
  /** PEM texts that replace the system's CAs. */
  readonly ca?: string | readonly string[] | undefined;
  /** `sha256:BASE64` of the SubjectPublicKeyInfo; replaces the CA check. */
  readonly pin?: string | undefined;
  /** Accept any key this once and tell which it was: for login --trust-on-first-use only. */
  readonly onFirstUse?: ((pin: string) => void) | undefined;
}

export interface Handshake {
  /** The protocol to be spoken (RFC 7301); none after STARTTLS. */
  readonly alpn?: string | undefined;
  /** The pin is that of another service: a certificate without that key passes if a CA vouches for it. */
  readonly pinOrCa?: boolean;
}

/** Takes a connected socket through the TLS handshake; throws kind insecure before anything else was sent. */
export async function secure(
  raw: Socket,
  domain: string,
  trust: Trust,
  { alpn, pinOrCa = false }: Handshake,
  signal: AbortSignal,
): Promise<TLSSocket> {
  const name = asciiDomain(domain).replace(/^\[|\]$/g, '');
  const { pin } = trust;
  const byCa = pin === undefined && trust.onFirstUse === undefined;
  // Where only the pin counts no authority is loaded: Node takes 60 ms to read all that it knows.
  const onlyPin = pin !== undefined && !pinOrCa;
  const ca = onlyPin ? [] : trust.ca && [trust.ca].flat();
  return await new Promise<TLSSocket>((resolve, reject) => {
    const socket = tlsConnect({
      socket: raw,
      host: name,
      minVersion: 'TLSv1.2',
      // Said outright so that NODE_TLS_REJECT_UNAUTHORIZED=0 cannot switch it off; without a CA the pin decides below.
      rejectUnauthorized: byCa,
      ...(isIP(name) ? {} : { servername: name }),
      ...(alpn === undefined ? {} : { ALPNProtocols: [alpn] }),
      ...(ca === undefined ? {} : { ca }),
    });
    let presented: X509Certificate | undefined;
    // 'secure' comes before verification: the only moment to learn the key of a certificate that will be refused.
    socket.prependOnceListener('secure', () => {
      presented = peerCertificate(socket);
    });
    const release = (): void => {
      signal.removeEventListener('abort', onAbort);
      socket.off('error', onError);
      raw.off('close', onClose);
    };
    const fail = (error: unknown): void => {
      release();
      socket.on('error', () => {}); // what comes after the first failure tells nothing new
      socket.destroy();
      raw.destroy();
      reject(error);
    };
    const onAbort = (): void => fail(signal.reason);
    const onError = (error: Error): void => fail(tlsError(domain, error, presented));
    const onClose = (): void => fail(tlsError(domain, { code: 'ECONNRESET' }, presented));
    if (signal.aborted) return onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    socket.on('error', onError);
    raw.once('close', onClose);
    socket.once('secureConnect', () => {
      const seen = pinOf(peerCertificate(socket));
      if (byCa && !socket.authorized) return fail(tlsError(domain, { message: 'not verified' }, presented));
      if (pin !== undefined && seen !== pin && pinOrCa && !socket.authorized) {
        return fail(tlsError(domain, { code: String(socket.authorizationError) }, presented));
      }
      if (pin !== undefined && seen !== pin && !pinOrCa) {
        return fail(
          new XmppctlError('insecure', `the server's key is not the pinned one: expected ${pin}, got ${seen}`),
        );
      }
      if (!byCa && pin === undefined) trust.onFirstUse?.(seen);
      release();
      resolve(socket);
    });
  });
}

/** COMPAT(Node 20): getPeerX509Certificate() works only once per connection, and takes Node's own name check with it. */
export function peerCertificate(socket: TLSSocket): X509Certificate | undefined {
  const { raw } = socket.getPeerCertificate(true);
  return raw && new X509Certificate(raw);
}

/** `sha256:BASE64` of a certificate's public key. */
export function pinOf(certificate: X509Certificate | undefined): string {
  if (!certificate) return 'none';
  const spki = certificate.publicKey.export({ type: 'spki', format: 'der' });
  return `sha256:${createHash('sha256').update(spki).digest('base64')}`;
}

/** Reads --pin; throws kind usage. */
export function parsePin(text: string): string {
  if (/^sha256:[A-Za-z0-9+/]{43}=$/.test(text)) return text;
  throw new XmppctlError('usage', `'${text}' is not a pin; write sha256: and the base64 of the key's SHA-256`);
}

const reasons = new Map([
  ['DEPTH_ZERO_SELF_SIGNED_CERT', 'it is self-signed'],
  ['SELF_SIGNED_CERT_IN_CHAIN', 'its chain ends in a certificate that nobody here trusts'],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'no trusted CA vouches for it'],
  ['UNABLE_TO_GET_ISSUER_CERT', 'no trusted CA vouches for it'],
  ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'no trusted CA vouches for it'],
  ['CERT_HAS_EXPIRED', 'it has expired'],
  ['CERT_NOT_YET_VALID', 'it is not valid yet'],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'it is for another name'],
]);

/** What a handshake without a certificate fails for. */
const alerts = new Map([['ERR_SSL_TLSV1_UNRECOGNIZED_NAME', 'the server does not know that domain']]);
const otherServices = new Map([
  ['ERR_SSL_WRONG_VERSION_NUMBER', 'what answers there does not speak TLS'],
  ['ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL', 'what answers there does not speak XMPP'],
]);

/** It is another service that answers. */
export class OtherService extends XmppctlError {}

/** Why OpenSSL does not trust a certificate, in words. */
export const reasonOfDistrust = (code: string): string => reasons.get(code) ?? code;

/** What mends a certificate that no authority could make good. */
const mendings = new Map([
  ['CERT_HAS_EXPIRED', () => 'renew it'],
  ['CERT_NOT_YET_VALID', () => 'see whether the clock of this machine is right'],
  ['ERR_TLS_CERT_ALTNAME_INVALID', (domain: string) => `it needs a certificate with the name ${domain}`],
]);
const mending = (code: string | undefined, domain: string): string => {
  const what = mendings.get(code ?? '')?.(domain);
  return what === undefined ? '' : `${what}; until then `;
};
const otherAuthority = (code: string | undefined): string => (mendings.has(code ?? '') ? '' : ', --ca-file');

function tlsError(
  domain: string,
  error: { code?: string; message?: string },
  presented?: X509Certificate,
): XmppctlError {
  const reason = error.code === undefined ? undefined : reasons.get(error.code);
  if (presented && (reason || error.code?.includes('CERT'))) {
    const valid = error.code === 'CERT_HAS_EXPIRED' ? ` on ${presented.validTo}` : '';
    const names =
      error.code === 'ERR_TLS_CERT_ALTNAME_INVALID' ? ` (${presented.subjectAltName ?? presented.subject})` : '';
    return new XmppctlError(
      'insecure',
      `the certificate shown for ${domain} is not trusted: ${reason ?? error.code}${valid}${names}; its key is ${pinOf(presented)}`,
      {
        hint: `If this is your server, ${mending(error.code, domain)}check the key with its operator and use --pin ${pinOf(presented)}${otherAuthority(error.code)} or xmppctl login --trust-on-first-use.`,
      },
    );
  }
  if (error.code === 'ECONNRESET' || error.code === 'EPIPE' || error.code === 'ETIMEDOUT') {
    return new XmppctlError('tempfail', `the server closed the connection during the TLS handshake (${error.code})`);
  }
  const code = error.code ?? '';
  const other = otherServices.get(code);
  const why = other ?? alerts.get(code) ?? error.code ?? error.message ?? 'TLS failed';
  const Failure = other === undefined ? XmppctlError : OtherService;
  return new Failure('insecure', `no secure connection to ${domain}: ${why}`, { cause: error });
}
