/** Things that happen beside a stream of stanzas, told in between them as soon as they happen. */
import type { Stanzas } from '../session/types.ts';

export class Notes<N> {
  readonly #notes: N[] = [];
  #wake: (() => void) | undefined;

  add(note: N): void {
    this.#notes.push(note);
    this.#wake?.();
  }

  /** The stanzas, and each note at once; ends with the stanzas. */
  async *mergedWith<T>(stanzas: Stanzas<T>): AsyncGenerator<T | N> {
    let next: Promise<IteratorResult<T>> | undefined;
    try {
      for (;;) {
        yield* this.#notes.splice(0);
        next ??= stanzas.next();
        const noted = new Promise<'noted'>((resolve) => {
          this.#wake = () => resolve('noted');
        });
        const first = await Promise.race([next, noted]);
        if (first === 'noted') continue;
        next = undefined;
        if (first.done) return;
        yield first.value;
      }
    } finally {
      await stanzas.return?.();
    }
  }
}
