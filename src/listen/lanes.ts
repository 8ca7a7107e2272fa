/** Work that is done in order within a lane, and side by side across lanes, with a bound on all of it. */

/** So much work may be under way or wait; then whoever brings more waits. */
const most = 64;

export class Lanes {
  readonly #perLane: number;
  readonly #lanes = new Map<string, { running: number; waiting: (() => Promise<void>)[] }>();
  #size = 0;
  #changed: (() => void)[] = [];

  constructor(perLane: number) {
    this.#perLane = perLane;
  }

  /** Resolves when there is room for more. The work must not throw. */
  async add(name: string, work: () => Promise<void>): Promise<void> {
    const lane = this.#lanes.get(name) ?? { running: 0, waiting: [] };
    this.#lanes.set(name, lane);
    lane.waiting.push(work);
    this.#size += 1;
    if (lane.running < this.#perLane) void this.#run(name, lane);
    while (this.#size >= most) await this.#change();
  }

  /** Resolves when all is done. */
  async idle(): Promise<void> {
    while (this.#size > 0) await this.#change();
  }

  async #run(name: string, lane: { running: number; waiting: (() => Promise<void>)[] }): Promise<void> {
    lane.running += 1;
    for (let work = lane.waiting.shift(); work; work = lane.waiting.shift()) {
      await work();
      this.#size -= 1;
      for (const wake of this.#changed.splice(0)) wake();
    }
    lane.running -= 1;
    if (lane.running === 0) this.#lanes.delete(name);
  }

  async #change(): Promise<void> {
    await new Promise<void>((resolve) => this.#changed.push(resolve));
  }
}
