import { expect, test } from 'vitest';
import { mayColor, startProgress } from '../../src/output/progress.ts';
import type { OutputStream } from '../../src/system.ts';
import { recorder } from './support.ts';

const asked = { json: false, quiet: false, noColor: false, env: { TERM: 'xterm' } };

test.each([
  ['no terminal', {}, undefined],
  ['--json', { json: true }, 80],
  ['-q', { quiet: true }, 80],
  ['--no-color', { noColor: true }, 80],
  ['NO_COLOR', { env: { NO_COLOR: '1' } }, 80],
  ['TERM=dumb', { env: { TERM: 'dumb' } }, 80],
  ['a terminal without a size', {}, 0],
])('with %s nothing is shown', async (_, options, columns) => {
  const stderr = Object.assign(recorder(), columns === undefined ? {} : { isTTY: true, columns });
  const progress = await startProgress('uploading', { ...asked, ...options, stderr: stderr as OutputStream });
  progress.update('50 %');
  progress.stop();
  expect(stderr.writes).toEqual([]);
});

test('on a terminal the line is shown, made harmless, and taken away', async () => {
  const stderr = Object.assign(recorder({ columns: 80 }), { clearLine() {}, cursorTo() {}, moveCursor() {} });
  const progress = await startProgress('uploading \u202e.txt', { ...asked, stderr: stderr as OutputStream });
  progress.stop();
  expect(stderr.writes.join('')).toContain('uploading <U+202E>.txt');
});

test('an empty NO_COLOR forbids nothing', () => {
  expect(mayColor({ ...asked, env: { NO_COLOR: '' } })).toBe(true);
});
