/** SCRAM (RFC 5802, 7677; SHA-512 by the same scheme) with the server's signature checked and the rounds bounded. */
import { createHash, createHmac, pbkdf2, randomBytes, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { XmppctlError } from '../../errors.ts';
import type { ChannelBinding } from './channel-binding.ts';

export type ScramHash = 'SHA-1' | 'SHA-256' | 'SHA-512';
export const roundsAllowed = { min: 4096, max: 10_000_000 } as const;

const digestOf = { 'SHA-1': 'sha1', 'SHA-256': 'sha256', 'SHA-512': 'sha512' } as const;
const lengthOf = { 'SHA-1': 20, 'SHA-256': 32, 'SHA-512': 64 } as const;
const derive = promisify(pbkdf2);

export interface ScramOptions {
  readonly hash: ScramHash;
  readonly username: string;
  readonly password: string;
  /** For -PLUS; else whether to say that we could bind but the server offers it not ('y') or that we do not ('n'). */
  readonly binding: ChannelBinding | 'y' | 'n';
  readonly nonce?: string;
  /** Milliseconds that the login may still take. */
  left?(): number;
}

/** From here on it is worth knowing how long it will take; and so many tell. */
const manyRounds = 200_000;
const roundsToTell = 10_000;

/**
 * One SCRAM exchange. Its errors are of kind insecure, as whoever makes these mistakes does not know the password; but for
 * tempfail where it would take longer than there is time, and protocol for success before its turn.
 */
export class Scram {
  readonly #options: ScramOptions;
  readonly #nonce: string;
  readonly #gs2: string;
  readonly #firstBare: string;
  #serverSignature: Buffer | undefined;

  constructor(options: ScramOptions) {
    this.#options = options;
    this.#nonce = options.nonce ?? randomBytes(24).toString('base64');
    this.#gs2 = typeof options.binding === 'string' ? `${options.binding},,` : `p=${options.binding.type},,`;
    const name = options.username.replace(/=/g, '=3D').replace(/,/g, '=2C');
    this.#firstBare = `n=${name},r=${this.#nonce}`;
  }

  /** client-first-message */
  first(): string {
    return this.#gs2 + this.#firstBare;
  }

  /** client-final-message, from the server's first. */
  async final(serverFirst: string): Promise<string> {
    const attributes = parse(serverFirst);
    const nonce = attributes.get('r') ?? '';
    const salt = Buffer.from(attributes.get('s') ?? '', 'base64');
    const rounds = /^\d{1,9}$/.test(attributes.get('i') ?? '') ? Number(attributes.get('i')) : Number.NaN;
    if (attributes.has('m')) throw untrue('asks for an unknown extension');
    if (!nonce.startsWith(this.#nonce) || nonce.length === this.#nonce.length)
      throw untrue('does not repeat our nonce');
    if (salt.length === 0) throw untrue('sends no salt');
    if (!(rounds >= roundsAllowed.min && rounds <= roundsAllowed.max)) {
      throw untrue(
        `asks for ${attributes.get('i')?.slice(0, 20)} rounds; ${roundsAllowed.min} to ${roundsAllowed.max} are allowed`,
      );
    }
    const { hash, binding } = this.#options;
    const digest = digestOf[hash];
    if (rounds > manyRounds) await this.#refuseToTakeLong(salt, rounds);
    const salted = await this.#saltedPassword(salt, rounds);
    const clientKey = createHmac(digest, salted).update('Client Key').digest();
    const storedKey = createHash(digest).update(clientKey).digest();
    const bindingData = typeof binding === 'string' ? Buffer.alloc(0) : binding.data;
    const header = Buffer.concat([Buffer.from(this.#gs2), bindingData]).toString('base64');
    const withoutProof = `c=${header},r=${nonce}`;
    const authMessage = `${this.#firstBare},${serverFirst},${withoutProof}`;
    const signature = createHmac(digest, storedKey).update(authMessage).digest();
    const proof = clientKey.map((byte, index) => byte ^ (signature[index] ?? 0));
    const serverKey = createHmac(digest, salted).update('Server Key').digest();
    this.#serverSignature = createHmac(digest, serverKey).update(authMessage).digest();
    return `${withoutProof},p=${Buffer.from(proof).toString('base64')}`;
  }

  #saltedPassword(salt: Buffer, rounds: number): Promise<Buffer> {
    const { hash, password } = this.#options;
    return derive(password, salt, rounds, lengthOf[hash], digestOf[hash]);
  }

  /** Once it runs nothing stops the computation, not even the end of the process, which would wait for it. */
  async #refuseToTakeLong(salt: Buffer, rounds: number): Promise<void> {
    const { left = () => Number.POSITIVE_INFINITY } = this.#options;
    const started = performance.now();
    await this.#saltedPassword(salt, roundsToTell);
    const ms = ((performance.now() - started) / roundsToTell) * rounds;
    if (ms <= left()) return;
    throw new XmppctlError(
      'tempfail',
      `the server wants ${rounds} rounds for the password, which take about ${Math.ceil(ms / 1000)} s here`,
      { hint: 'Give it more time with --timeout.' },
    );
  }

  /** Checks the server-final-message: without this the server has proved nothing. */
  verify(serverFinal: string): void {
    const expected = this.#serverSignature;
    if (!expected)
      throw new XmppctlError('protocol', 'the server broke the protocol: success before the login was over');
    const signature = Buffer.from(parse(serverFinal).get('v') ?? '', 'base64');
    if (signature.length !== expected.length || !timingSafeEqual(signature, expected)) {
      throw untrue('cannot prove that it knows the password (wrong or missing signature)');
    }
  }
}

function parse(message: string): Map<string, string> {
  const attributes = new Map<string, string>();
  for (const part of message.split(',')) {
    if (part[1] !== '=') throw untrue('sends a SCRAM message that cannot be read');
    if (!attributes.has(part.slice(0, 1))) attributes.set(part.slice(0, 1), part.slice(2));
  }
  return attributes;
}

const untrue = (what: string): XmppctlError => new XmppctlError('insecure', `not logging in: the server ${what}`);
