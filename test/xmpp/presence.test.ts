/** RFC 6121 3 and 4: presence and subscriptions, written and read. */
import { describe, expect, test } from 'vitest';
import { parseJid } from '../../src/xmpp/jid.ts';
import { buildPresence, buildSubscription, readPresence, readSubscription } from '../../src/xmpp/presence.ts';
import { parseStanza } from '../support/fake-session.ts';

const presence = (inner = '', attrs = "from='bob@example.org/x'") =>
  parseStanza(`<presence ${attrs}>${inner}</presence>`);

describe('presence', () => {
  test.each([
    [buildPresence(), '<presence/>'],
    [buildPresence('available', 'here', 5), '<presence><status>here</status><priority>5</priority></presence>'],
    [
      buildPresence('dnd', '<busy>', -1),
      '<presence><show>dnd</show><status>&lt;busy&gt;</status><priority>-1</priority></presence>',
    ],
  ])('is written as %s', (element, text) => {
    expect(element.toString()).toBe(text);
  });

  test.each<[string, Record<string, unknown>]>([
    ['', { show: 'available', status: null, priority: 0 }],
    ['<show>away</show><status>out</status><priority>-128</priority>', { show: 'away', status: 'out', priority: -128 }],
    ['<show>???</show><priority>1000</priority>', { show: 'available', priority: 0 }],
    ['<priority>1.5</priority>', { priority: 0 }],
    ['<priority>x</priority>', { priority: 0 }],
    ["<show xmlns='evil'>dnd</show><status xmlns='evil'>evil</status>", { show: 'available', status: null }],
  ])('with %j is read', (inner, expected) => {
    expect(readPresence(presence(inner))).toMatchObject({ from: parseJid('bob@example.org/x'), ...expected });
  });

  test('of type unavailable is offline, whatever it shows', () => {
    const gone = presence('<show>chat</show>', "from='bob@example.org/x' type='unavailable'");
    expect(readPresence(gone)).toMatchObject({ show: 'offline' });
  });

  test.each([
    "from='@'",
    '',
    "from='bob@example.org' type='error'",
    "from='bob@example.org' type='???'",
    "from='bob@example.org' xmlns='evil'",
  ])('with %j is none', (attrs) => {
    expect([readPresence(presence('', attrs)), readSubscription(presence('', attrs))]).toEqual([undefined, undefined]);
  });
});

describe('a subscription', () => {
  test.each([
    ['subscribe', 'request'],
    ['subscribed', 'accepted'],
    ['unsubscribed', 'denied'],
    ['unsubscribe', 'cancelled'],
  ] as const)('%s is written to a bare JID and read as %s', (type, action) => {
    const element = buildSubscription(type, parseJid('bob@example.org/x'), 'i', 'please');
    expect(element.toString()).toBe(
      `<presence type="${type}" to="bob@example.org" id="i"><status>please</status></presence>`,
    );
    const read = readSubscription(presence('<status>please</status>', `from='bob@example.org/x' type='${type}'`));
    expect(read).toEqual({ from: parseJid('bob@example.org/x'), action, status: 'please' });
    expect(readPresence(presence('', `from='bob@example.org/x' type='${type}'`))).toBeUndefined();
  });
});
