/** What messages do to earlier ones: corrections, retractions, reactions and replies, both ways. */
import { describe, expect, test } from 'vitest';
import { readEvents } from '../../src/commands/events.ts';
import { Origins } from '../../src/commands/origins.ts';
import { parseJid } from '../../src/xmpp/jid.ts';
import { readReplaced, replacement } from '../../src/xmpp/xep0308-correction.ts';
import { isOnlyRetraction, readRetracted, retraction } from '../../src/xmpp/xep0424-retraction.ts';
import { reactions, readReactions } from '../../src/xmpp/xep0444-reactions.ts';
import { readReplyTo, reply } from '../../src/xmpp/xep0461-replies.ts';
import { type Element, serialize, xml } from '../../src/xmpp/xml.ts';
import { parseStanza } from '../support/fake-session.ts';

const wire = (...payload: Element[]): Element => parseStanza(serialize(xml('message', { id: 'new' }, ...payload)));

describe('what is written can be read', () => {
  test('a correction (XEP-0308)', () => expect(readReplaced(wire(replacement('old')))).toBe('old'));
  test('a reply (XEP-0461)', () => expect(readReplyTo(wire(reply('bob@example.org', 'old')))).toBe('old'));
  test('reactions (XEP-0444)', () =>
    expect(readReactions(wire(...reactions('old', ['👍', '🎉'])))).toEqual({ id: 'old', emojis: ['👍', '🎉'] }));
  test('no reactions any more', () =>
    expect(readReactions(wire(...reactions('old', [])))).toEqual({ id: 'old', emojis: [] }));
  test('a retraction (XEP-0424), whose text is for those who do not know it', () => {
    const message = wire(...retraction('old'));
    expect(readRetracted(message)).toBe('old');
    expect(isOnlyRetraction(message)).toBe(true);
  });
  test('a retraction as it was written before 2023, when slixmpp 1.8 learned it', () => {
    const old = `<apply-to xmlns='urn:xmpp:fasten:0' id='old'><retract xmlns='urn:xmpp:message-retract:0'/></apply-to>`;
    const message = (more: string) => parseStanza(`<message id='new'>${old}${more}</message>`);
    const explained = message("<body>gone</body><fallback xmlns='urn:xmpp:fallback:0'/>");
    expect([readRetracted(explained), isOnlyRetraction(explained)]).toEqual(['old', true]);
    expect(isOnlyRetraction(message('<body>said beside it</body>'))).toBe(false);
  });
});

describe('what is broken or in another namespace is none', () => {
  test.each([
    "<replace xmlns='evil' id='old'/>",
    "<replace xmlns='urn:xmpp:message-correct:0'/>",
    "<replace xmlns='urn:xmpp:message-correct:0' id=''/>",
    "<retract xmlns='urn:xmpp:message-retract:1' id=''/>",
    "<apply-to xmlns='urn:xmpp:fasten:0'><retract xmlns='urn:xmpp:message-retract:0'/></apply-to>",
    "<apply-to xmlns='urn:xmpp:fasten:0' id='old'><external name='body'/></apply-to>",
    "<reactions xmlns='urn:xmpp:reactions:0'><reaction>x</reaction></reactions>",
    "<reply xmlns='urn:xmpp:reply:0' to='x@y'/>",
  ])('%s', (payload) => {
    const message = parseStanza(`<message id='new'>${payload}</message>`);
    expect([readReplaced(message), readRetracted(message), readReplyTo(message)]).toEqual([null, null, null]);
    expect(readReactions(message)).toBeUndefined();
  });
});

describe('as events', () => {
  const forgeries: string[] = [];
  const reader = {
    jid: parseJid('alice@example.org/here'),
    now: () => new Date(0),
    forged: (what: string) => forgeries.push(what),
    origins: new Origins(),
  };
  const events = (from: string, id: string, inner: string) =>
    readEvents(
      parseStanza(`<message from='${from}' to='alice@example.org' type='chat' id='${id}'>${inner}</message>`),
      reader,
    );
  const correct = (id: string) => `<body>better</body><replace xmlns='urn:xmpp:message-correct:0' id='${id}'/>`;
  const retract = (id: string) =>
    `<retract xmlns='urn:xmpp:message-retract:1' id='${id}'/><fallback xmlns='urn:xmpp:fallback:0' for='urn:xmpp:message-retract:1'/><body>gone</body>`;

  test('its author corrects a message, from another device too', () => {
    events('bob@example.org/phone', 'm1', '<body>wrng</body>');
    expect(events('bob@example.org/laptop', 'm2', correct('m1'))).toMatchObject([
      { event: 'correction', from: 'bob@example.org', id: 'm2', replaces: 'm1', body: 'better' },
      { event: 'message', id: 'm2', replaces: 'm1', correction: 'accepted', body: 'better' },
    ]);
  });
  test('somebody else does not: a new message, and it says so (CASES 39)', () => {
    expect(events('mallory@example.org/x', 'm3', correct('m1'))).toMatchObject([
      { event: 'message', replaces: 'm1', correction: 'rejected' },
    ]);
  });
  test('one that replaces itself is a new message, and it says so (CASES 39)', () => {
    expect(events('bob@example.org/x', 'm4', correct('m4'))).toMatchObject([
      { event: 'message', replaces: 'm4', correction: 'rejected' },
    ]);
  });
  test('one that replaces a correction, and not the original, is a new message, and it says so (CASES 39)', () => {
    expect(events('bob@example.org/x', 'm10', correct('m2'))).toMatchObject([
      { event: 'message', replaces: 'm2', correction: 'rejected' },
    ]);
  });
  test('a message that nobody has seen may be corrected', () => {
    expect(events('bob@example.org/x', 'm5', correct('long-ago'))).toMatchObject([
      { event: 'correction' },
      { event: 'message', correction: 'unknown' },
    ]);
  });
  test('its author takes a message back; nobody else can (CASES 40)', () => {
    expect(events('mallory@example.org/x', 'm6', retract('m1'))).toEqual([]);
    expect(forgeries).toEqual(['the retraction of a message by mallory@example.org, who did not write it']);
    expect(events('bob@example.org/x', 'm7', retract('m1'))).toMatchObject([{ event: 'retraction', id: 'm1' }]);
  });
  test('reactions, and what a message answers', () => {
    const payload =
      "<reactions xmlns='urn:xmpp:reactions:0' id='m1'><reaction>👍</reaction><reaction>👍</reaction></reactions>";
    expect(events('bob@example.org/x', 'm8', payload)).toMatchObject([
      { event: 'reaction', id: 'm1', reactions: ['👍'] },
    ]);
    const fallback = (region: string) =>
      `${payload}<body>👍 yes</body><fallback xmlns='urn:xmpp:fallback:0' for='urn:xmpp:reactions:0'>${region}</fallback>`;
    for (const region of ['', '<body/>', "<body start='0' end='5'/>"]) {
      expect(events('bob@example.org/x', 'm11', fallback(region))).toMatchObject([{ event: 'reaction' }]);
    }
    for (const region of ['<subject/>', "<body start='0' end='2'/>"]) {
      expect(events('bob@example.org/x', 'm11', fallback(region))).toMatchObject([
        { event: 'reaction' },
        { event: 'message', body: '👍 yes' },
      ]);
    }
    const answer = "<body>yes</body><reply xmlns='urn:xmpp:reply:0' to='alice@example.org' id='m1'/>";
    expect(events('bob@example.org/x', 'm9', answer)).toMatchObject([{ event: 'message', replyTo: 'm1' }]);
  });
});
