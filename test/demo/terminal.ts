// What a terminal shows after a program has written to it, as an SVG: the little that our output needs of both.

/** Characters with the colour that they were written in: a parameter of SGR, '' for none. */
type Cell = readonly [character: string, style: string];

/**
 * Carriage return, line feed, erase line, cursor to a column and colours; anything else that is not text is left out. Lines
 * longer than `columns` go on below.
 */
export function screenOf(output: string, columns: number): readonly (readonly Cell[])[] {
  const lines: Cell[][] = [[]];
  let column = 0;
  let style = '';
  // biome-ignore lint/suspicious/noControlCharactersInRegex: those are what a terminal obeys
  for (const [token, parameters = '', command] of output.matchAll(/\x1b\[([?\d;]*)([A-Za-z])|[^\x1b]/gu)) {
    const line = lines.at(-1) ?? [];
    if (command === 'm') style = /^0?$|^39$|^22$/.test(parameters) ? '' : parameters;
    else if (command === 'K') line.length = parameters === '2' || parameters === '1' ? 0 : column;
    else if (command === 'G') column = Number(parameters || '1') - 1;
    else if (command !== undefined) continue;
    else if (token === '\r') column = 0;
    else if (token === '\n') {
      lines.push([]);
      column = 0;
    } else {
      if (column === columns) {
        lines.push([]);
        column = 0;
      }
      const here = lines.at(-1) ?? [];
      while (here.length < column) here.push([' ', '']);
      here[column] = [token, style];
      column += 1;
    }
  }
  while (lines.at(-1)?.length === 0) lines.pop();
  return lines;
}

const size = { font: 14, width: 8.43, height: 19, margin: 18, bar: 34 };
const colours: Readonly<Record<string, string>> = {
  '1': '#ffffff',
  '31': '#ff7b72',
  '32': '#7ee787',
  '33': '#e3b341',
  '34': '#79c0ff',
  '36': '#76e3ea',
  '90': '#8b949e',
};

/** A window with these lines; `columns` wide. */
export function svgOf(lines: readonly (readonly Cell[])[], columns: number, title: string): string {
  const width = Math.round(columns * size.width + 2 * size.margin);
  const height = Math.round(size.bar + lines.length * size.height + size.margin);
  const dots = ['#ff5f57', '#febc2e', '#28c840'].map(
    (fill, index) => `<circle cx="${size.margin + 4 + index * 20}" cy="17" r="6" fill="${fill}"/>`,
  );
  const rows = lines.map((cells, row) => {
    const y = size.bar + row * size.height + size.font;
    return pieces(cells).flatMap((piece) => textOf(piece, y));
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}">
<title>${escaped(title)}</title>
<style>text { font: ${size.font}px ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace } text:not([fill]) { fill: #c9d1d9 }</style>
<rect width="${width}" height="${height}" rx="8" fill="#0d1117"/>
${dots.join('\n')}
${rows.flat().join('\n')}
</svg>
`;
}

interface Piece {
  readonly column: number;
  readonly style: string;
  text: string;
}

/** Cut where the style changes and at wide gaps, so that columns stay columns in any font. */
function pieces(cells: readonly Cell[]): readonly Piece[] {
  const found: Piece[] = [];
  for (const [column, [character, style]] of cells.entries()) {
    const last = found.at(-1);
    if (last?.style === style && !last.text.endsWith('  ')) last.text += character;
    else found.push({ column, style, text: character });
  }
  return found.map((piece) => {
    const text = piece.text.trimStart();
    return { ...piece, column: piece.column + piece.text.length - text.length, text: text.trimEnd() };
  });
}

function textOf({ column, style, text }: Piece, y: number): readonly string[] {
  if (text === '') return [];
  const colour = colours[style.split(';').at(-1) ?? ''];
  const fill = colour === undefined ? '' : ` fill="${colour}"`;
  return [`<text x="${(size.margin + column * size.width).toFixed(1)}" y="${y}"${fill}>${escaped(text)}</text>`];
}

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
