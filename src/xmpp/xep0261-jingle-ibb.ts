/** XEP-0261: Jingle In-Band Bytestreams Transport Method. */
import { type InBand, readInBand } from './xep0047-ibb.ts';
import { type Element, xml } from './xml.ts';

export const nsJingleIbb = 'urn:xmpp:jingle:transports:ibb:1';

export const inBandTransport = ({ sid, blockSize }: InBand): Element =>
  xml('transport', { xmlns: nsJingleIbb, sid, 'block-size': blockSize });

/** Undefined if it is another kind of transport, or says nothing usable. */
export const readInBandTransport = (transport: Element | undefined): InBand | undefined =>
  transport?.is('transport', nsJingleIbb) ? readInBand(transport) : undefined;
