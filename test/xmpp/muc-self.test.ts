/** XEP-0410 and 0421: who we are in a room, and whether we still are. */
import { describe, expect, test } from 'vitest';
import { parseJid } from '../../src/xmpp/jid.ts';
import { readSelfPingError, selfPing } from '../../src/xmpp/xep0410-self-ping.ts';
import { readOccupantId } from '../../src/xmpp/xep0421-occupant-ids.ts';
import { parseStanza } from '../support/fake-session.ts';

const alice = parseJid('hall@rooms.example.org/alice & co');

describe('the ping to ourselves', () => {
  test('goes to our own occupant', () => {
    expect(selfPing(alice).attrs.to).toBe(alice.full);
  });

  test.each([
    ['service-unavailable', 'in'],
    ['feature-not-implemented', 'in'],
    ['item-not-found', 'in'],
    ['remote-server-not-found', 'unknown'],
    ['remote-server-timeout', 'unknown'],
    [undefined, 'unknown'],
    ['not-acceptable', 'out'],
    ['not-allowed', 'out'],
    ['nonsense', 'out'],
  ])('that is answered with %s: %s', (condition, meaning) => {
    expect(readSelfPingError(condition)).toBe(meaning);
  });
});

test('an occupant-id is read in its own namespace only', () => {
  const read = (xml: string) => readOccupantId(parseStanza(`<message>${xml}</message>`));
  expect(read("<occupant-id xmlns='urn:xmpp:occupant-id:0' id='a'/>")).toBe('a');
  expect(read("<occupant-id xmlns='evil' id='a'/>")).toBe(null);
  expect(read("<occupant-id xmlns='urn:xmpp:occupant-id:0'/>")).toBe(null);
});
