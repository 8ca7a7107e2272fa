/** The server's side of SCRAM (RFC 5802, 7677, 9266), which checks the client and can be told to lie. */
import { createHash, createHmac, pbkdf2Sync, randomBytes, timingSafeEqual } from 'node:crypto';
import type { TLSSocket } from 'node:tls';
import type { XmlElement } from './xml-reader.ts';

export const SASL = 'urn:ietf:params:xml:ns:xmpp-sasl';

export type ScramHash = 'SHA-1' | 'SHA-256' | 'SHA-512';
export type BindingType = 'tls-exporter' | 'tls-server-end-point';

export interface ScramOptions {
  user?: string;
  password?: string;
  /** The mechanism the client must choose (without -PLUS); any if absent. */
  hash?: ScramHash;
  iterations?: number;
  salt?: Buffer;
  /** Binding types the server can check; both if absent. */
  bindingTypes?: readonly BindingType[];
  /** A condition to fail with after a right proof, such as `account-disabled`. */
  error?: string;
  errorText?: string;
  mangle?: Mangle;
}

/** Each replaces the value of one attribute the server sends; the server computes with the true one. */
export interface Mangle {
  nonce?: string;
  salt?: string;
  iterations?: number | string;
  /** Put in front of the server's first message, such as `m=later`. */
  extension?: string;
  /** The value of `v=`; '' = a success without any data. */
  verifier?: string;
}

/** The messages alone, for any SASL profile. Throws if the client breaks the protocol. */
export class ScramServer {
  readonly #options: ScramOptions;
  readonly #digest: string;
  readonly #plus: boolean;
  readonly #offersPlus: boolean;
  readonly #binding: (type: string) => Buffer;
  #header = '';
  #nonce = '';
  #messages: string[] = [];

  constructor(
    mechanism: string,
    options: ScramOptions = {},
    { offersPlus = false, binding = (_type: string): Buffer => fail('there is no channel to bind to') } = {},
  ) {
    const [, hash, plus] = /^SCRAM-(SHA-1|SHA-256|SHA-512)(-PLUS)?$/.exec(mechanism) ?? fail(`mechanism ${mechanism}`);
    if (options.hash !== undefined && hash !== options.hash) fail(`${mechanism} instead of SCRAM-${options.hash}`);
    this.#options = { salt: randomBytes(16), ...options };
    this.#digest = `${hash}`.replace('SHA-', 'sha');
    this.#plus = plus !== undefined;
    this.#offersPlus = offersPlus;
    this.#binding = binding;
  }

  /** client-first-message → server-first-message */
  first(message: string): string {
    const [, header = '', bare = '', user = '', nonce = ''] =
      /^((?:n|y|p=[a-zA-Z0-9.-]+),(?:a=[^,]+)?,)(n=([^,]+),r=([\x21-\x2b\x2d-\x7e]+))$/.exec(message) ??
      fail(`client-first-message ${message}`);
    if (this.#plus !== header.startsWith('p=')) fail(`gs2 header ${header} with this mechanism`);
    if (header.startsWith('y') && this.#offersPlus) fail('gs2 flag y, though -PLUS was offered');
    if (nonce.length < 16) fail(`client nonce ${nonce} is too short`);
    const expected = (this.#options.user ?? 'alice').normalize('NFKC');
    const name = user.replaceAll('=2C', ',').replaceAll('=3D', '=');
    if (name !== expected) fail(`user ${name} instead of ${expected}`);
    const { mangle = {}, iterations = 4096 } = this.#options;
    const salt = this.#options.salt?.toString('base64') ?? '';
    this.#header = header;
    this.#nonce = mangle.nonce ?? `${nonce}${randomBytes(15).toString('base64')}`;
    const extension = mangle.extension === undefined ? '' : `${mangle.extension},`;
    const reply = `${extension}r=${this.#nonce},s=${mangle.salt ?? salt},i=${mangle.iterations ?? iterations}`;
    this.#messages = [bare, reply];
    return reply;
  }

  /** client-final-message → server-final-message, or `undefined` if the password is wrong. */
  final(message: string): string | undefined {
    const [, unproven = '', binding = '', nonce, proof = ''] =
      /^(c=([A-Za-z0-9+/=]+),r=([^,]+)),p=([A-Za-z0-9+/=]+)$/.exec(message) ?? fail(`client-final-message ${message}`);
    if (nonce !== this.#nonce) fail('the nonce is not the one the server sent');
    const type = /^p=([^,]+)/.exec(this.#header)?.[1];
    const channel = type === undefined ? Buffer.alloc(0) : this.#binding(type);
    if (binding !== Buffer.concat([Buffer.from(this.#header), channel]).toString('base64'))
      fail('wrong channel binding');
    const { password = 'secret', salt = Buffer.alloc(0), iterations = 4096, mangle = {} } = this.#options;
    const size = this.#hash(Buffer.alloc(0)).length;
    const salted = pbkdf2Sync(password.normalize('NFKC'), salt, iterations, size, this.#digest);
    const authMessage = [...this.#messages, unproven].join(',');
    const storedKey = this.#hash(this.#hmac(salted, 'Client Key'));
    const signature = this.#hmac(storedKey, authMessage);
    const sent = Buffer.from(proof, 'base64');
    if (sent.length !== size) return undefined;
    const clientKey = sent.map((byte, at) => byte ^ (signature[at] ?? 0));
    if (!timingSafeEqual(this.#hash(Buffer.from(clientKey)), storedKey)) return undefined;
    if (mangle.verifier === '') return '';
    const verifier = this.#hmac(this.#hmac(salted, 'Server Key'), authMessage);
    return `v=${mangle.verifier ?? verifier.toString('base64')}`;
  }

  #hash = (data: Buffer): Buffer => createHash(this.#digest).update(data).digest();
  #hmac = (key: Buffer, data: string): Buffer => createHmac(this.#digest, key).update(data).digest();
}

interface Conversation {
  tls: TLSSocket | undefined;
  offersPlus: boolean;
  next(name: string): Promise<XmlElement>;
  any(): Promise<XmlElement>;
  send(xml: string): Promise<void>;
}

/** SASL of RFC 6120. True: the client is in; false: it was refused, or refused a lie. Throws if it believed one. */
export async function scram(peer: Conversation, options: ScramOptions = {}): Promise<boolean> {
  const { tls, offersPlus } = peer;
  const auth = await peer.next('auth');
  const binding = (type: string) => channelBinding(tls, type, options.bindingTypes);
  const server = new ScramServer(`${auth.attrs.mechanism}`, options, { offersPlus, binding });
  await peer.send(`<challenge xmlns='${SASL}'>${base64(server.first(decoded(auth.text)))}</challenge>`);
  const { nonce, salt, iterations, extension } = options.mangle ?? {};
  const lied = [nonce, salt, iterations, extension].some((lie) => lie !== undefined);
  const answer = await (lied ? peer.any() : peer.next('response'));
  if (lied && answer.name !== 'response') return false;
  if (lied) fail('the client went on after a challenge it should have refused');
  const final = server.final(decoded(answer.text));
  const condition = options.error ?? (final === undefined ? 'not-authorized' : undefined);
  if (condition !== undefined) {
    const text = options.errorText === undefined ? '' : `<text>${options.errorText}</text>`;
    await peer.send(`<failure xmlns='${SASL}'><${condition}/>${text}</failure>`);
    return false;
  }
  await peer.send(final ? `<success xmlns='${SASL}'>${base64(final)}</success>` : `<success xmlns='${SASL}'/>`);
  if (options.mangle?.verifier === undefined) return true;
  if ((await peer.any()).name === 'open') fail('the client believed a signature that is none');
  return false;
}

export function channelBinding(tls: TLSSocket | undefined, type: string, allowed?: readonly string[]): Buffer {
  if (tls === undefined || (allowed && !allowed.includes(type))) fail(`channel binding ${type} is not offered`);
  if (type === 'tls-exporter') return tls.exportKeyingMaterial(32, 'EXPORTER-Channel-Binding', Buffer.alloc(0));
  const certificate = tls.getCertificate();
  if (type !== 'tls-server-end-point' || !certificate || !('raw' in certificate)) fail(`channel binding ${type}`);
  return createHash('sha256').update(certificate.raw).digest();
}

const base64 = (text: string): string => Buffer.from(text).toString('base64');
const decoded = (text: string): string => Buffer.from(text, 'base64').toString();

function fail(reason: string): never {
  throw new Error(`SCRAM: ${reason}`);
}
