/** The pieces of a man page in mdoc(7), which man-db, mandoc and groff all read. */
import type { NamedSwitch } from '../grammar/usage.ts';
import { wrap } from './layout.ts';
import type { Block } from './topics.ts';

/**
 * Text between macros. Backslashes and dashes of options stay what they are, other alphabets become escapes that need no
 * encoding, and each sentence begins a line, none of which is longer than 80 bytes, as mdoc wants it.
 */
export const prose = (text: string): string =>
  roff(text)
    .split(/(?<=[.!?:]) +(?=[A-Z])/)
    .flatMap((sentence) => wrap(sentence, 78))
    .join('\n')
    .replace(/^(?=[.'])/gm, '\\&');

/** One argument of a macro. The zero-width \& keeps words like `No` from being read as macros. */
export const argument = (text: string): string => `"\\&${roff(text).replaceAll('"', '\\(dq')}"`;

/** The lines of a section. */
export function section(heading: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [`.Sh ${heading}`, ...(lines[0] === '.Pp' ? lines.slice(1) : lines)];
}

/** A tagged list; the terms are lines of macros already. */
export const list = (entries: readonly (readonly [term: string, text: string])[]): string[] =>
  entries.length === 0
    ? []
    : ['.Bl -tag -width Ds', ...entries.flatMap(([term, text]) => [`.It ${term}`, prose(text)]), '.El'];

/** Lines that stay as they are. */
export const literal = (lines: readonly string[]): string[] => [
  '.Bd -literal -offset indent',
  ...lines.flatMap(continued).map((line) => roff(line).replace(/^(?=[.'])/, '\\&')),
  '.Ed',
];

const word = String.raw`(?:'[^']*'|"[^"]*"|[^\s'"])+`;
/** A word, or an option with what may be its value. */
const units = new RegExp(`-\\S*\\s+(?![-|])${word}|${word}`, 'g');

/** The same for a shell, in lines that fit into a terminal of 80 columns. */
export function continued(line: string): string[] {
  if (line.length <= 67) return [line];
  const [first = '', ...others] = line.match(units) ?? [];
  const lines: string[] = [];
  let here = first;
  for (const unit of others) {
    if (here.length + unit.length > 64) {
      lines.push(`${here} \\`);
      here = `  ${unit}`;
    } else here += ` ${unit}`;
  }
  return [...lines, here];
}

/** `Fl a , Fl -account Ar JID`. */
export function switchTerm({ name, arg }: NamedSwitch): string {
  const short = arg.alias === undefined ? '' : `Fl ${arg.alias} , `;
  const long = `Fl ${roff(`-${name}`)}`;
  if (arg.kind === 'flag') return short + long;
  const value = `Ar ${argument(arg.type.name)}`;
  if (arg.rest) return `${short}${long} ${value} Op Ar ${argument('ARG…')}`;
  return arg.bare === undefined ? `${short}${long} ${value}` : `${short}${long} Ns Op = Ns ${value}`;
}

/** The paragraphs, lists and examples of a topic. */
export function blocks(all: readonly Block[]): string[] {
  return all.flatMap((block, index) => {
    if ('heading' in block) return [`.Ss ${argument(block.heading)}`];
    if ('list' in block) return list(block.list.map(([term, text]) => [`Sy ${argument(term.trim())}`, text]));
    if ('code' in block) return literal(block.code);
    const previous = all[index - 1];
    return [...(previous === undefined || 'heading' in previous ? [] : ['.Pp']), prose(block.text)];
  });
}

function roff(text: string): string {
  return text
    .replaceAll('\\', '\\e')
    .replace(/(?<![\p{L}\p{N}])-|-(?=-)/gu, '\\-')
    .replace(/[^\n -~]/gu, (found) => `\\[u${found.codePointAt(0)?.toString(16).toUpperCase().padStart(4, '0')}]`);
}
