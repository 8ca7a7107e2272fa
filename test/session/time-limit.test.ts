// A limit in time that the garbage collector does not forget.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { timeLimit } from '../../src/time-limit.ts';

test('ends what waits for it together with another signal, whatever is collected in between', async () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const other = new AbortController();
  const started = performance.now();
  const collecting = setInterval(collect, 20);
  const reason = await new Promise((resolve) => {
    const either = AbortSignal.any([other.signal, timeLimit(150)]);
    either.addEventListener('abort', () => resolve(either.reason), { once: true });
  }).finally(() => clearInterval(collecting));
  expect(reason).toMatchObject({ name: 'TimeoutError' });
  expect(performance.now() - started).toBeGreaterThanOrEqual(149);
});
