/** Pauses between connections (CASES 82, 88). */
import { expect, test } from 'vitest';
import { XmppctlError } from '../../src/errors.ts';
import { atOnceThenBackOff, backOff, Pauses } from '../../src/session/back-off.ts';

const broke = new XmppctlError('tempfail', 'the server closed the connection');
const tooMuch = new XmppctlError('tempfail', 'too much', { condition: 'policy-violation' });
const take = (pauses: Pauses, count: number, lasted: number, why: unknown) =>
  Array.from({ length: count }, () => pauses.after(lasted, why));

test('grow from one second to a minute, each less a random half', () => {
  for (const random of [0, 0.5, 0.999]) {
    const steps = backOff(() => random);
    const pauses = Array.from({ length: 9 }, () => steps.next().value);
    const whole = [1, 2, 4, 8, 16, 32, 60, 60, 60].map((seconds) => seconds * 1000 * (0.5 + random / 2));
    expect(pauses).toEqual(whole);
  }
});

test('begin anew only after a connection that lasted', () => {
  const pauses = new Pauses();
  expect(take(pauses, 8, 5000, broke).at(-1)).toBeGreaterThanOrEqual(30_000);
  expect(pauses.after(3_600_000, broke)).toBeLessThanOrEqual(1000);
});

test('may be none at the first time', () => {
  const pauses = new Pauses(atOnceThenBackOff);
  expect(take(pauses, 2, 0, broke)).toEqual([0, expect.closeTo(750, -3)]);
  expect(pauses.after(60_000, broke)).toBe(0);
});

test('leave a server that finds it too much with three connections a minute at most', () => {
  for (const condition of ['policy-violation', 'resource-constraint']) {
    const why = new XmppctlError('tempfail', 'too much', { condition });
    for (const pause of take(new Pauses(), 5, 0, why)) expect(pause).toBeGreaterThanOrEqual(20_000);
  }
  expect(take(new Pauses(), 1, 3_600_000, tooMuch)[0]).toBeGreaterThanOrEqual(20_000);
});
