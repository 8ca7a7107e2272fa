/** What was written and what the server has vouched for (XEP-0198 4). */
import { newlyAcknowledged, wrap } from '../xmpp/xep0198-stream-management.ts';
import type { Element } from '../xmpp/xml.ts';

export class Acknowledgements {
  /** What waits is known not to have been handled, and is to be written again. */
  untouched = false;
  #written = 0;
  #acked = 0;
  /** How many were acknowledged before this stream began to count. */
  #ackedBefore = 0;
  /** Those in between, in order, as long as they may have to be written again. */
  #waiting: Element[] | undefined = [];
  #wakers: (() => void)[] = [];

  /** How many stanzas were written so far. */
  get written(): number {
    return this.#written;
  }

  /** How many of them nobody has vouched for. */
  get outstanding(): number {
    return this.#written - this.#acked;
  }

  /** How many of them may have been handled all the same. */
  get adrift(): number {
    return this.untouched ? 0 : this.outstanding;
  }

  /** Written and not acknowledged, in order. */
  get waiting(): readonly Element[] {
    return this.#waiting ?? [];
  }

  add(stanza: Element): void {
    this.#written += 1;
    this.#waiting?.push(stanza);
  }

  has(target: number): boolean {
    return this.#acked >= target;
  }

  /** Takes the h of `<a/>`, `<resumed/>` or `<failed/>`. Throws kind protocol if it acknowledges what was never written. */
  take(h: number): void {
    const newly = newlyAcknowledged(h, wrap(this.#acked - this.#ackedBefore), this.outstanding);
    this.#waiting?.splice(0, newly);
    this.#acked += newly;
    this.wake();
  }

  /** The server has answered what was written after the first `target` stanzas: as good as an acknowledgement. */
  vouchedFor(target: number): void {
    this.#waiting?.splice(0, target - this.#acked);
    this.#acked = Math.max(this.#acked, target);
  }

  /** Another stream counts from the first of those that wait. */
  startAgain(): void {
    this.#ackedBefore = this.#acked;
  }

  /** The server acknowledges nothing: nothing needs to be kept. */
  giveUp(): void {
    this.#waiting = undefined;
    this.wake();
  }

  /** Resolves at the next change. */
  async change(): Promise<void> {
    await new Promise<void>((resolve) => this.#wakers.push(resolve));
  }

  wake(): void {
    for (const wake of this.#wakers.splice(0)) wake();
  }
}
