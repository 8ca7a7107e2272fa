import { setImmediate } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { Queue, withQueue } from '../../src/listen/queue.ts';

setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');

async function* numbers(count: number): AsyncGenerator<{ n: number }> {
  for (let n = 0; n < count; n += 1) {
    await setImmediate();
    yield { n };
  }
}

test('values and what is queued come as they come', async () => {
  const queue = new Queue<{ note: string }>();
  const seen: string[] = [];
  for await (const next of withQueue(numbers(3), queue)) {
    seen.push('queued' in next ? next.queued.note : `${next.value.n}`);
    if (seen.at(-1) === '0') queue.push({ note: 'a' });
    if (seen.at(-1) === '2') queue.push({ note: 'b' });
  }
  expect(seen).toEqual(['0', 'a', '1', '2', 'b']);
});

test('what breaks the stream is thrown', async () => {
  async function* broken(): AsyncGenerator<object> {
    yield {};
    throw new Error('broken');
  }
  const all = async () => {
    for await (const _ of withQueue(broken(), new Queue())) await setImmediate();
  };
  await expect(all()).rejects.toThrow('broken');
});

test('nothing that was told is kept', async () => {
  const told: WeakRef<object>[] = [];
  let most = 0;
  for await (const next of withQueue(numbers(1000), new Queue())) {
    if ('value' in next) told.push(new WeakRef(next.value));
    if (told.length % 250 !== 0) continue;
    await setImmediate();
    collectGarbage();
    most = Math.max(most, told.filter((reference) => reference.deref()).length);
  }
  expect(most).toBeLessThan(10);
});
