/** Text for a terminal of 80 columns. */
import type { Block } from './topics.ts';

const width = 80;

/** The words of the text in lines of at most `columns`; no line ends at a no-break space. */
export function wrap(text: string, columns = width): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/[ \n]+/)) {
    if (line !== '' && line.length + 1 + word.length > columns) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line].map((done) => done.replaceAll('\u00a0', ' '));
}

/** Terms on the left, their text beside them; a term that is too wide has the line for itself. */
export function twoColumns(entries: readonly (readonly [term: string, text: string])[], indent = 2): string[] {
  const widest = Math.max(0, ...entries.map(([term]) => term.length).filter((length) => length <= 26));
  const left = indent + widest + 2;
  return entries.flatMap(([term, text]) => {
    const [first = '', ...more] = wrap(text, width - left);
    const head = ' '.repeat(indent) + term;
    const lines = head.length + 2 > left ? [head, ' '.repeat(left) + first] : [head.padEnd(left) + first];
    return [...lines, ...more.map((line) => ' '.repeat(left) + line)];
  });
}

/** A heading and what belongs to it; nothing if there is nothing. */
export const section = (heading: string, lines: readonly string[]): string[] =>
  lines.length === 0 ? [] : ['', `${heading}:`, ...lines];

/** The blocks of a topic. */
export function layBlocks(blocks: readonly Block[]): string[] {
  return blocks.flatMap((block, index) => {
    if ('text' in block) return ['', ...wrap(block.text)];
    if ('code' in block) return ['', ...block.code.map((line) => `    ${line}`)];
    if ('heading' in block) return ['', `${block.heading}:`];
    const previous = blocks[index - 1];
    return [...(previous && 'heading' in previous ? [] : ['']), ...twoColumns(block.list)];
  });
}
