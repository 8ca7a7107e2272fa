/** How far a transfer is, how fast it goes and how long it will take, in one line. */

/** The rate is that of the last few seconds. */
const windowMs = 5000;

export class Meter {
  readonly #name: string;
  readonly #total: number | null;
  readonly #now: () => number;
  readonly #samples: { at: number; done: number }[] = [];

  /** `total` in bytes, null if nobody knows; `now` a clock in milliseconds that never jumps. */
  constructor(name: string, total: number | null, now: () => number) {
    this.#name = name;
    this.#total = total;
    this.#now = now;
  }

  /** The line after so many bytes. */
  line(done: number): string {
    const at = this.#now();
    this.#samples.push({ at, done });
    while (this.#samples.length > 2 && at - (this.#samples[1]?.at ?? at) > windowMs) this.#samples.shift();
    const first = this.#samples[0] ?? { at, done };
    const rate = at > first.at ? ((done - first.done) * 1000) / (at - first.at) : 0;
    const total = this.#total;
    const parts = [this.#name, total === null ? bytes(done) : `${percent(done, total)} of ${bytes(total)}`];
    if (rate > 0) parts.push(`${bytes(rate)}/s`);
    if (rate > 0 && total !== null) parts.push(`${clock((total - done) / rate)} left`);
    return parts.join('  ');
  }
}

const percent = (done: number, total: number): string => `${total === 0 ? 100 : Math.floor((done * 100) / total)} %`;

const units = ['B', 'kB', 'MB', 'GB', 'TB'];

/** `12.3 MB`, in powers of 1,000. */
export function bytes(count: number): string {
  let unit = 0;
  let value = count;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}

/** `0:07`, `12:30`, `1:02:03`. */
function clock(seconds: number): string {
  const whole = Math.ceil(seconds);
  const two = (n: number): string => String(n).padStart(2, '0');
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor(whole / 60) % 60;
  return hours > 0 ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
}
