/** XEP-0410: MUC Self-Ping: are we still in the room? */
import type { Jid } from './jid.ts';
import { ping } from './xep0199-ping.ts';
import type { Element } from './xml.ts';

export const selfPing = (occupant: Jid): Element => ping(occupant.full);

const stillIn = ['service-unavailable', 'feature-not-implemented', 'item-not-found'];
const nobodyKnows = ['remote-server-not-found', 'remote-server-timeout'];

/** What the condition of an error to the ping means (section 3.3). */
export function readSelfPingError(condition: string | undefined): 'in' | 'out' | 'unknown' {
  if (condition === undefined || nobodyKnows.includes(condition)) return 'unknown';
  return stillIn.includes(condition) ? 'in' : 'out';
}
