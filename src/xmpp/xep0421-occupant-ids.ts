/** XEP-0421: Anonymous unique occupant identifiers for MUCs. */
import { childElements, type Element } from './xml.ts';

export const nsOccupantId = 'urn:xmpp:occupant-id:0';

/** The id that the room gave the sender. Only to be read where the room announces that it does (CASES 44). */
export const readOccupantId = (stanza: Element): string | null =>
  childElements(stanza).find((child) => child.is('occupant-id', nsOccupantId))?.attrs.id ?? null;
