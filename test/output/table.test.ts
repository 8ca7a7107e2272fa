import { expect, test } from 'vitest';
import { renderTable } from '../../src/output/table.ts';
import { displayWidth, truncate } from '../../src/output/width.ts';

test('columns two spaces apart, no borders, no trailing spaces', async () => {
  const table = await renderTable(
    [
      ['a', '', 'x'],
      ['bbb', 'c', ''],
    ],
    { head: ['ONE', 'TWO', 'THREE'] },
  );
  expect(table).toBe('ONE  TWO  THREE\na         x\nbbb  c\n');
});

test('no rows, no heading: nothing', async () => {
  expect(await renderTable([])).toBe('');
});

test.each([
  ['日本語', 6],
  ['ｱｲｳ', 3],
  ['Ａ', 2],
  ['😀', 2],
  ['🫠', 2],
  ['👩‍👧', 2],
  ['❤️', 2],
  ['🇩🇪', 2],
  ['e\u0301', 1],
  ['สวัสดี', 4],
  ['नमस्ते', 3],
  ['한국', 4],
  ['wörld', 5],
])('%s takes %i columns', async (text, width) => {
  expect(displayWidth(text)).toBe(width);
  expect(
    await renderTable([
      [text, 'x'],
      ['12345678', 'y'],
    ]),
  ).toBe(`${text}${' '.repeat(8 - width)}  x\n12345678  y\n`);
});

test('a terminal’s width cuts the last column, a pipe nothing', async () => {
  const rows = [['alice', 'a very long status text']];
  expect(await renderTable(rows, { columns: 20 })).toBe('alice  a very long …\n');
  expect(await renderTable(rows)).toBe('alice  a very long status text\n');
  expect(await renderTable(rows, { columns: 10 })).toBe('alice  a very long status text\n');
  expect(truncate('日本語', 4)).toBe('日…');
});

test('cells that look like colours or wide text keep their rows in order', async () => {
  const rows = Array.from({ length: 250 }, (_, row) => [`é${row}`, '日'.repeat(row % 3), '!']);
  const lines = (await renderTable(rows)).trimEnd().split('\n');
  expect(lines).toEqual(rows.map(([a = '', b = '', c]) => `${a.padEnd(4)}  ${b}${' '.repeat(4 - 2 * b.length)}  ${c}`));
});

test('20,000 rows take seconds, not minutes', async () => {
  const rows = Array.from({ length: 20_000 }, (_, row) => [
    `room${row}@conference.example.org`,
    'name',
    'x '.repeat(20),
  ]);
  const started = performance.now();
  await renderTable(rows, { head: ['ROOM', 'NAME', 'DESCRIPTION'] });
  expect(performance.now() - started).toBeLessThan(15_000);
});
