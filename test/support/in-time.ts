// Limits of time that hold on a busy machine too: what has to end by itself, soon, and not after a minute.
import { availableParallelism, loadavg } from 'node:os';
import { expect } from 'vitest';

/** How many programs each processor has to run; 1 if it has time for one. */
export const crowd = (): number => Math.max(1, (loadavg()[0] ?? 0) / availableParallelism());

/** It took less than that, in milliseconds of a machine that has nothing else to do. */
export function expectInTime(durationMs: number, ms: number): void {
  expect(durationMs).toBeLessThan(ms * crowd());
}
