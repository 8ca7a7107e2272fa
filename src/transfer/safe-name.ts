/** Names for files whose name a stranger chose: one printable word that stays in its directory and means nothing special. */

/** In bytes; leaves room for the ending of a partial file and a number. */
const maxBytes = 180;
/** In characters, of an announced name: what is longer would take seconds to normalise. */
const mostRead = 1024;
/** An ending longer than this is none. */
const maxEnding = 20;
/** What is not shown, changes direction, or controls something. */
const invisible = /[\p{Cs}\p{Cn}\p{Co}\p{Default_Ignorable_Code_Point}\p{Noncharacter_Code_Point}\ufff9-\ufffb]/gu;
/** Controls and line ends; what shells and Windows take for something else. */
const special = /[\p{Cc}\p{Zl}\p{Zp}<>:"|?*$`&;!]/gu;
/** Device names of Windows, whatever ending they have. */
const device = /^(?:con|prn|aux|nul|clock\$|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])(?=$|[.\s])/i;

/** A safe name made of the announced one; `otherwise` if nothing of it is left. */
export function safeName(announced: string | null | undefined, otherwise = 'file'): string {
  const last =
    (announced ?? '')
      .split(/[/\\]|%2f|%5c/i)
      .at(-1)
      ?.slice(-mostRead) ?? '';
  const printable = last.normalize('NFC').replace(invisible, '').replace(special, '_').replace(/\s+/gu, ' ');
  // Neither hidden nor an option nor a home directory; Windows drops dots and spaces at the end.
  const plain = shorten(printable.replace(/^[\s.~-]+/u, '')).replace(/[\s.]+$/u, '');
  if (plain === '' || plain.startsWith('%00')) return otherwise;
  return device.test(plain) ? `_${plain}` : plain;
}

/** The name in a URL's path, made safe. */
export function nameInUrl(url: string): string {
  const segment = new URL(url).pathname.split('/').at(-1) ?? '';
  try {
    return safeName(decodeURIComponent(segment));
  } catch {
    return safeName(segment);
  }
}

/** `photo.jpg` → `photo-2.jpg`. */
export function numbered(name: string, number: number): string {
  const at = endingAt(name);
  return `${name.slice(0, at)}-${number}${name.slice(at)}`;
}

/** Cut before the ending, at a character boundary, so that more can be added to it. */
export function shorten(name: string): string {
  if (Buffer.byteLength(name) <= maxBytes) return name;
  const at = endingAt(name);
  const ending = name.slice(at);
  let bytes = Buffer.byteLength(ending);
  let stem = '';
  for (const character of name.slice(0, at)) {
    bytes += Buffer.byteLength(character);
    if (bytes > maxBytes) break;
    stem += character;
  }
  return stem + ending;
}

function endingAt(name: string): number {
  const dot = name.lastIndexOf('.');
  return dot > 0 && name.length - dot <= maxEnding ? dot : name.length;
}
