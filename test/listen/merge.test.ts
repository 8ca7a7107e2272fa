/** Several streams as one. */
import { expect, test } from 'vitest';
import { merge } from '../../src/listen/merge.ts';

async function* numbers(from: number, to: number): AsyncGenerator<number> {
  for (let n = from; n <= to; n++) {
    await Promise.resolve();
    yield n;
  }
}
const all = async <T>(items: AsyncIterable<T>): Promise<T[]> => {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
};

test('all items come, those of each stream in their order', async () => {
  const merged = await all(merge([numbers(1, 50), numbers(101, 103), numbers(0, -1)]));
  expect(merged.filter((n) => n < 100)).toEqual(Array.from({ length: 50 }, (_, n) => n + 1));
  expect(merged.filter((n) => n > 100)).toEqual([101, 102, 103]);
  expect(await all(merge([]))).toEqual([]);
});

test('no stream is asked for more than is taken', async () => {
  let given = 0;
  async function* counting(): AsyncGenerator<number> {
    for (;;) yield ++given;
  }
  const merged = merge([counting(), numbers(1, 1)]);
  await merged.next();
  await merged.next();
  expect(given).toBeLessThanOrEqual(2);
  await merged.return(undefined);
});

test('one that breaks ends all, also those that wait for ever', async () => {
  async function* broken(): AsyncGenerator<number> {
    yield 1;
    throw new Error('broken');
  }
  async function* silent(): AsyncGenerator<number> {
    await new Promise<void>(() => {});
  }
  await expect(all(merge([broken(), silent()]))).rejects.toThrow('broken');
});
