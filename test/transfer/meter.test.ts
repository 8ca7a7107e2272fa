/** What a transfer says of itself while it goes on. */
import { expect, test } from 'vitest';
import { bytes, Meter } from '../../src/transfer/meter.ts';

test.each([
  [0, '0 B'],
  [999, '999 B'],
  [1000, '1.0 kB'],
  [12_345_678, '12.3 MB'],
  [999_950_000, '1.0 GB'],
  [5e15, '5000 TB'],
])('%i bytes are %s', (count, text) => {
  expect(bytes(count)).toBe(text);
});

test('tells how far it is, how fast it goes, and how long it will take', () => {
  let now = 0;
  const meter = new Meter('a.iso', 100_000_000, () => now);
  expect(meter.line(0)).toBe('a.iso  0 % of 100 MB');
  now = 1000;
  expect(meter.line(1_000_000)).toBe('a.iso  1 % of 100 MB  1.0 MB/s  1:39 left');
});

test('the rate is that of the last seconds', () => {
  let now = 0;
  const meter = new Meter('a.iso', 1e9, () => now);
  for (; now <= 60_000; now += 1000) meter.line(now * 10);
  now = 70_000;
  expect(meter.line(600_000 + 50_000_000)).toContain('5.0 MB/s');
});

test('a file of unknown length has no end in sight', () => {
  let now = 0;
  const meter = new Meter('x', null, () => now);
  meter.line(0);
  now = 2000;
  expect(meter.line(4000)).toBe('x  4.0 kB  2.0 kB/s');
});
