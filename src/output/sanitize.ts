/**
 * Makes text that came from the network harmless (SPEC 7): nothing here reaches a terminal as a control sequence,
 * changes the direction of what stands around it, is invisible, or ends a line.
 */

/**
 * Control characters, lone surrogates, U+2028/9, everything Unicode says to show as nothing (zero-width, bidi controls,
 * tag characters, variation selectors, fillers), noncharacters and the interlinear annotations.
 */
const riskyClass = String.raw`[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\p{Noncharacter_Code_Point}\ufff9-\ufffb]`;
/** Compiled at the first text that is not plain: the tables of Unicode take longer than the whole of a short command. */
let risky: RegExp | undefined;
/** ASCII, the letters of Western languages, dashes, quotes and the ellipsis: nothing risky among them. */
const plain = /^[ -~\u00a0-\u00ac\u00ae-\u02ff\u2010-\u2027]*$/;

function replaceRisky(text: string, replaced: (found: string) => string): string {
  if (plain.test(text)) return text;
  risky ??= new RegExp(riskyClass, 'gu');
  return text.replace(risky, replaced);
}

function isRisky(text: string): boolean {
  if (plain.test(text)) return false;
  risky ??= new RegExp(riskyClass, 'gu');
  return text.search(risky) >= 0;
}

/** The same, but whole emoji of the closed list of Unicode first: ❤️ and families carry joiners that hide nothing. */
let emojiOrRisky: RegExp | undefined;

/** One line of text for a terminal: line ends and controls as `\n` and `\x1b`, what is invisible as `<U+202E>`. */
export function forTerminal(text: string): string {
  if (!isRisky(text)) return text;
  emojiOrRisky ??= new RegExp(String.raw`\p{RGI_Emoji}|${riskyClass}`, 'gv');
  return text.replace(emojiOrRisky, (found) => (isRisky(found) && isOne(found) ? terminalEscape(found) : found));
}

/** Several lines of our own (help, hints, scripts): newlines and tabs stay, everything else is escaped. */
export function forTerminalLines(text: string): string {
  return text.replace(/[^\n\t]+/g, forTerminal);
}

/** At most `limit` characters of a foreign text on one line: for what servers say, in error messages. */
export function foreign(text: string, limit = 300): string {
  const characters = Array.from(text.slice(0, limit * 2 + 1));
  return forTerminal(characters.length > limit ? `${characters.slice(0, limit - 1).join('')}…` : text);
}

/** What JSON.stringify leaves raw although terminals and line splitters act on it, as \uXXXX. The value is the same. */
export function forJson(json: string): string {
  return replaceRisky(json, codeUnits);
}

/** One cell of TSV. Backslash escapes, as `printf %b` reads them, so that nothing is lost. */
export function forTsv(text: string): string {
  return replaceRisky(text.replaceAll('\\', '\\\\'), (found) => shortEscapes.get(found) ?? codeUnits(found));
}

const shortEscapes = new Map([
  ['\t', '\\t'],
  ['\n', '\\n'],
  ['\r', '\\r'],
]);

const isOne = (found: string): boolean =>
  found.length === 1 || (found.length === 2 && (found.codePointAt(0) ?? 0) > 0xffff);

function terminalEscape(found: string): string {
  const code = found.codePointAt(0) ?? 0;
  if (found === '\t') return ' ';
  if (found === '\n') return '\\n';
  if (found === '\r') return '\\r';
  const hex = code.toString(16);
  return code < 0xa0 ? `\\x${hex.padStart(2, '0')}` : `<U+${hex.toUpperCase().padStart(4, '0')}>`;
}

function codeUnits(found: string): string {
  let out = '';
  for (let i = 0; i < found.length; i++) out += `\\u${found.charCodeAt(i).toString(16).padStart(4, '0')}`;
  return out;
}
