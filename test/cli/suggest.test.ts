import { expect, test } from 'vitest';
import { closest, damerauLevenshtein, didYouMean } from '../../src/grammar/suggest.ts';

test.each([
  ['', '', 0],
  ['send', 'send', 0],
  ['sned', 'send', 1],
  ['sen', 'send', 1],
  ['sendd', 'send', 1],
  ['sand', 'send', 1],
  ['kitten', 'sitting', 3],
  ['', 'abc', 3],
])('%j is %j after %i changes', (from, to, distance) => {
  expect(damerauLevenshtein(from, to)).toBe(distance);
  expect(damerauLevenshtein(to, from)).toBe(distance);
  expect(damerauLevenshtein(from, to, 2)).toBe(Math.min(distance, 2));
});

test('the closest word, if it can be meant', () => {
  const words = ['send', 'sendfile', 'listen', 'muc send'];
  expect(closest('lisetn', words)).toBe('listen');
  expect(closest('SEND', words)).toBe('send');
  expect(closest('sendfle', words)).toBe('sendfile');
  expect(closest('xyzzy', words)).toBeUndefined();
  expect(closest('lis', words)).toBe('listen');
  expect(closest('sen', ['sendfile', 'sendmail'])).toBeUndefined();
  expect(didYouMean('snd', words, '--')).toBe('Did you mean --send?');
});
