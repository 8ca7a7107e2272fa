/** The end of a command that does several things of a kind: counts what became of them without keeping them. */
import { type Delivered, XmppctlError } from '../errors.ts';

export class Tally {
  readonly #what: string;
  readonly #delivered: Delivered;
  #all = 0;
  #failed = 0;
  #first: XmppctlError | undefined;
  #sameKind = true;

  /** How the error for some of them begins to tell what failed, and what it says of their delivery. */
  constructor(what: string, delivered: Delivered) {
    this.#what = what;
    this.#delivered = delivered;
  }

  add({ error }: { readonly error?: XmppctlError | undefined }): void {
    this.#all += 1;
    if (!error) return;
    this.#failed += 1;
    this.#first ??= error;
    this.#sameKind &&= error.kind === this.#first.kind;
  }

  /** Throws if anything failed: the one error, the one that all share, or kind partial. */
  throwUnlessAllWell(): void {
    const first = this.#first;
    if (!first) return;
    if (this.#failed === this.#all && this.#sameKind) throw first;
    throw new XmppctlError('partial', `${this.#failed} of ${this.#all} ${this.#what}: ${first.message}`, {
      delivered: this.#delivered,
    });
  }
}
