/** The parser of XML, as fast as it can be. */
import { SaxesParser } from 'saxes';

/**
 * COMPAT(saxes 6.0.0): its on() makes a property of each handler by a computed name, and at the seventh V8 turns the parser
 * into a hash table: everything takes four times as long. Properties that are there by then are no reason to.
 */
export function saxParser(): SaxesParser<{ xmlns: true; position: false }> {
  const sax = new SaxesParser({ xmlns: true, position: false });
  const room = sax as unknown as Record<
    `${'error' | 'doctype' | 'comment' | 'pi' | 'openTag' | 'closeTag' | 'text' | 'cdata'}Handler`,
    unknown
  >;
  room.errorHandler = undefined;
  room.doctypeHandler = undefined;
  room.commentHandler = undefined;
  room.piHandler = undefined;
  room.openTagHandler = undefined;
  room.closeTagHandler = undefined;
  room.textHandler = undefined;
  room.cdataHandler = undefined;
  return sax;
}
