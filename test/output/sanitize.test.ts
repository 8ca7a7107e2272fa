import { describe, expect, test } from 'vitest';
import { foreign, forJson, forTerminal, forTerminalLines, forTsv } from '../../src/output/sanitize.ts';

test.each([
  ['plain text stays', 'hello, wörld – 日本', 'hello, wörld – 日本'],
  ['a colour', 'a\u001b[31mb', 'a\\x1b[31mb'],
  ['OSC 52, which writes the clipboard', '\u001b]52;c;aGk=\u0007', '\\x1b]52;c;aGk=\\x07'],
  ['CSI as one C1 character', 'a\u009b31mb', 'a\\x9b31mb'],
  ['NUL, backspace, DEL', 'a\0b\bc\u007f', 'a\\x00b\\x08c\\x7f'],
  ['a line end', 'a\nb', 'a\\nb'],
  ['a carriage return that overwrites', 'evil\rgood', 'evil\\rgood'],
  ['NEL', 'a\u0085b', 'a\\x85b'],
  ['a tab', 'a\tb', 'a b'],
  ['line and paragraph separator', 'a\u2028b\u2029c', 'a<U+2028>b<U+2029>c'],
  ['right-to-left override', 'invoice\u202efdp.exe', 'invoice<U+202E>fdp.exe'],
  ['isolates and marks', '\u2066\u2069\u200e\u200f\u061c', '<U+2066><U+2069><U+200E><U+200F><U+061C>'],
  ['zero width', 'ad\u200bmin\u200c\u200d\u2060', 'ad<U+200B>min<U+200C><U+200D><U+2060>'],
  ['byte order mark and soft hyphen', '\ufeffa\u00adb', '<U+FEFF>a<U+00AD>b'],
  ['fillers that show as nothing', '\u115f\u3164\uffa0\u034f', '<U+115F><U+3164><U+FFA0><U+034F>'],
  ['tag characters', 'a\u{e0041}', 'a<U+E0041>'],
  ['a variation selector', 'a\ufe0f\u{e0100}', 'a<U+FE0F><U+E0100>'],
  ['annotations and noncharacters', '\ufff9\ufffe\u{1ffff}', '<U+FFF9><U+FFFE><U+1FFFF>'],
  ['lone surrogates', 'a\ud800b\udc00', 'a<U+D800>b<U+DC00>'],
  ['emoji of Unicode’s list', '❤️ 👩‍👧 😀 🏳️‍🌈 1️⃣', '❤️ 👩‍👧 😀 🏳️‍🌈 1️⃣'],
  ['a joiner beside emoji', '😀\u200d\u001b', '😀<U+200D>\\x1b'],
  ['right-to-left text itself', 'שלום', 'שלום'],
])('%s', (_, text, expected) => {
  expect(forTerminal(text)).toBe(expected);
});

test('our own lines keep their newlines and tabs', () => {
  expect(forTerminalLines('a\n\tb\u001b\r')).toBe('a\n\tb\\x1b\\r');
});

test('at most 300 characters of what a server says', () => {
  expect(foreign('x'.repeat(300))).toBe('x'.repeat(300));
  expect(foreign('😀'.repeat(5000))).toBe(`${'😀'.repeat(299)}…`);
  expect(foreign('\u001b'.repeat(2), 2)).toBe('\\x1b\\x1b');
});

describe('JSON', () => {
  const everything = `${Array.from({ length: 0x30000 }, (_, code) => String.fromCodePoint(code)).join('')}\u{e0041}\u{10ffff}`;

  test('keeps every value', () => {
    expect(JSON.parse(forJson(JSON.stringify(everything)))).toBe(everything);
  });
  test('has nothing that a terminal or line splitter acts on', () => {
    const json = forJson(JSON.stringify(everything));
    expect(json).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\p{Default_Ignorable_Code_Point}]/u);
    expect(forJson(JSON.stringify('\u{e0041}\u0085'))).toBe('"\\udb40\\udc41\\u0085"');
  });
});

test('TSV cells keep backslashes, tabs and line ends apart', () => {
  expect(forTsv('a\\b\tc\nd\re')).toBe('a\\\\b\\tc\\nd\\re');
  expect(forTsv('\u001b\u202e\u{e0041}')).toBe('\\u001b\\u202e\\udb40\\udc41');
});
