/** An opening that took something for granted which no longer holds; nothing that was sent after it has been handled. */
export class OpenAgain extends Error {
  /** What to do without at the next attempt. */
  readonly without: 'token' | 'memory';

  constructor(without: 'token' | 'memory') {
    super(`opening again without ${without}`);
    this.without = without;
  }
}
