/** How many columns a text takes on a terminal. */

/** Scripts and symbols that terminals draw two columns wide (UAX #11 W and F), as far as chat and room names use them. */
const wideClass =
  String.raw`^(?:[\p{sc=Han}\p{sc=Hira}\p{sc=Kana}\p{sc=Hang}\p{sc=Bopo}\p{sc=Yiii}\p{sc=Tang}\p{sc=Nshu}\p{sc=Kits}` +
  String.raw`\p{Emoji_Presentation}\u3000-\u303e\u30fc\uff01-\uff60\uffe0-\uffe6]|\p{RGI_Emoji})`;
let wide: RegExp | undefined;
const halfWidth = /^[\uff61-\uffdc]/;
const ascii = /^[ -~]*$/;
let segmenter: Intl.Segmenter | undefined;

/** The characters as a reader counts them, each with its width in columns. */
export function* graphemes(text: string): Generator<readonly [grapheme: string, width: number]> {
  segmenter ??= new Intl.Segmenter('und', { granularity: 'grapheme' });
  for (const { segment } of segmenter.segment(text)) yield [segment, graphemeWidth(segment)];
}

/** Columns that the text takes; the text is sanitised already. */
export function displayWidth(text: string): number {
  if (ascii.test(text)) return text.length;
  let sum = 0;
  for (const [, width] of graphemes(text)) sum += width;
  return sum;
}

/** The text cut to `columns`, with … at its end if something was cut. */
export function truncate(text: string, columns: number): string {
  if (displayWidth(text) <= columns) return text;
  let out = '';
  let used = 1;
  for (const [grapheme, width] of graphemes(text)) {
    if (used + width > columns) break;
    out += grapheme;
    used += width;
  }
  return `${out}…`;
}

function graphemeWidth(grapheme: string): number {
  if (ascii.test(grapheme)) return grapheme.length;
  wide ??= new RegExp(wideClass, 'v');
  return wide.test(grapheme) && !halfWidth.test(grapheme) ? 2 : 1;
}
