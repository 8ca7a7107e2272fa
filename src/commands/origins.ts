/** Who wrote which message, as far as it was seen: only its author may correct or take back a message (CASES 39, 40). */

/** So many messages are remembered. */
const most = 10_000;
/** A longer id, in characters, is none that anybody needs: messages with such an id are not remembered. */
const longestId = 1024;

export type Verdict = 'accepted' | 'rejected' | 'unknown';

export class Origins<Author = string> {
  readonly #seen = new Map<string, { readonly author: Author; readonly isCorrection: boolean }>();

  /** The first who uses an id has it. */
  remember(id: string | undefined, author: Author, isCorrection: boolean): void {
    if (id === undefined || id.length > longestId || this.#seen.has(id)) return;
    this.#seen.set(id, { author, isCorrection });
    if (this.#seen.size <= most) return;
    const [oldest = ''] = this.#seen.keys();
    this.#seen.delete(oldest);
  }

  authorOf(id: string): Author | undefined {
    return this.#seen.get(id)?.author;
  }

  /** Whether that one takes the place of another: what corrects it has to name the other (XEP-0308). */
  isCorrection(id: string): boolean {
    return this.#seen.get(id)?.isCorrection === true;
  }

  /** Whether `author` wrote that message; unknown if it was not seen. */
  check(id: string, author: Author): Verdict {
    const known = this.authorOf(id);
    if (known === undefined) return 'unknown';
    return known === author ? 'accepted' : 'rejected';
  }
}
