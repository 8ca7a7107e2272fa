/**
 * Makes text that came from the network harmless (SPEC 7): nothing here reaches a terminal as a control sequence,
 * changes the direction of what stands around it, is invisible, or ends a line.
 */

/**
 * Control characters, lone surrogates, U+2028/9, everything Unicode says to show as nothing (zero-width, bidi controls,
 * tag characters, variation selectors, fillers), noncharacters and the interlinear annotations.
 */
const riskyClass = String.raw`[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\p{Noncharacter_Code_Point}\ufff9-\ufffb]`;
const risky = new RegExp(riskyClass, 'u');

/** The same, but whole emoji of the closed list of Unicode first: ❤️ and families carry joiners that hide nothing. */
let emojiOrRisky: RegExp | undefined;

/** One line of text for a terminal: line ends and controls as `\n` and `\x1b`, what is invisible as `<U+202E>`. */
export function forTerminal(text: string): string {
  return sanitize(text, terminalEscape);
}

/** Several lines of our own (help, hints, scripts): newlines and tabs stay, everything else is escaped. */
export function forTerminalLines(text: string): string {
  return sanitize(text, (found) => (found === '\n' || found === '\t' ? found : terminalEscape(found)));
}

/** At most `limit` characters of a foreign text on one line: for what servers say, in error messages. */
export function foreign(text: string, limit = 300): string {
  const characters = Array.from(text.slice(0, limit * 2 + 1));
  return forTerminal(characters.length > limit ? `${characters.slice(0, limit - 1).join('')}…` : text);
}

/** What JSON.stringify leaves raw although terminals and line splitters act on it, as \uXXXX. The value is the same. */
export function forJson(json: string): string {
  return json.replace(jsonRaw, (found) => codeUnits(found));
}
const jsonRaw = new RegExp(riskyClass, 'gu');

/** One cell of TSV. Backslash escapes, as `printf %b` reads them, so that nothing is lost. */
export function forTsv(text: string): string {
  const escaped = text.replaceAll('\\', '\\\\');
  return risky.test(escaped)
    ? escaped.replace(jsonRaw, (found) => shortEscapes.get(found) ?? codeUnits(found))
    : escaped;
}

const shortEscapes = new Map([
  ['\t', '\\t'],
  ['\n', '\\n'],
  ['\r', '\\r'],
]);

function sanitize(text: string, replaced: (found: string) => string): string {
  if (!risky.test(text)) return text;
  emojiOrRisky ??= new RegExp(String.raw`\p{RGI_Emoji}|${riskyClass}`, 'gv');
  return text.replace(emojiOrRisky, (found) => (risky.test(found) && isOne(found) ? replaced(found) : found));
}

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
