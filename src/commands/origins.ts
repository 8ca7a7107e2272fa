/** Who wrote which message, as far as it was seen: only its author may correct or take back a message (CASES 39, 40). */

/** So many messages are remembered. */
const most = 10_000;
/** A longer id, in characters, is none that anybody needs: messages with such an id are not remembered. */
const longestId = 1024;

export type Verdict = 'accepted' | 'rejected' | 'unknown';

export class Origins<Author = string> {
  readonly #authors = new Map<string, Author>();

  /** The first who uses an id has it. */
  remember(id: string | undefined, author: Author): void {
    if (id === undefined || id.length > longestId || this.#authors.has(id)) return;
    this.#authors.set(id, author);
    if (this.#authors.size <= most) return;
    const [oldest = ''] = this.#authors.keys();
    this.#authors.delete(oldest);
  }

  authorOf(id: string): Author | undefined {
    return this.#authors.get(id);
  }

  /** Whether `author` wrote that message; unknown if it was not seen. */
  check(id: string, author: Author): Verdict {
    const known = this.authorOf(id);
    if (known === undefined) return 'unknown';
    return known === author ? 'accepted' : 'rejected';
  }
}
