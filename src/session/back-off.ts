/** How long to wait before trying again: 1 s, 2 s, 4 s … 60 s, each less a random half so that not all come back at once. */
export function* backOff(random = Math.random): Generator<number, never> {
  for (let ms = 1000; ; ms = Math.min(ms * 2, 60_000)) yield ms * (0.5 + random() / 2);
}
