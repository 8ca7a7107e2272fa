/** The hashes of a file that was received: the one to report, and the one that was announced. */
import { createHash, type Hash as Hasher } from 'node:crypto';
import { XmppctlError } from '../errors.ts';
import type { Hash } from '../xmpp/xep0300-hashes.ts';

const reported = 'sha256';

export class Sums {
  readonly #hashers: ReadonlyMap<string, Hasher>;
  readonly #results = new Map<string, string>();

  /** `algorithm`: that of the announced hash, if there is one. */
  constructor(algorithm: string | null = null) {
    const names = new Set([reported, algorithm ?? reported]);
    this.#hashers = new Map([...names].map((name) => [name, createHash(name)]));
  }

  update(chunk: Uint8Array): void {
    for (const hasher of this.#hashers.values()) hasher.update(chunk);
  }

  /** In hexadecimal; nothing can be added after it. */
  get sha256(): string {
    return this.#result(reported);
  }

  /** Throws kind data if the file is not the one that was announced. */
  check(announced: Hash | null): void {
    if (!announced || this.#result(announced.algorithm) === announced.hex) return;
    throw new XmppctlError('data', 'hash mismatch: the file is not the one that was announced; it was not kept');
  }

  #result(name: string): string {
    const result = this.#results.get(name) ?? this.#hashers.get(name)?.digest('hex') ?? '';
    this.#results.set(name, result);
    return result;
  }
}
