/** RFC 6121 5, XEP-0184, 0203, 0280, 0333, 0359: messages and what comes with them, written and read. */
import { describe, expect, test } from 'vitest';
import { parseJid } from '../../src/xmpp/jid.ts';
import { buildMessage, isMessage, localizedText, messageType } from '../../src/xmpp/message.ts';
import { asksForReceipt, buildReceipt, readReceipt, receiptRequest } from '../../src/xmpp/xep0184-receipts.ts';
import { readDelay, readStamp } from '../../src/xmpp/xep0203-delay.ts';
import { enableCarbons, readCarbon } from '../../src/xmpp/xep0280-carbons.ts';
import { markable, readDisplayed } from '../../src/xmpp/xep0333-markers.ts';
import { readOriginId, stanzaIdBy } from '../../src/xmpp/xep0359-stanza-ids.ts';
import { parseStanza } from '../support/fake-session.ts';

const message = (inner: string, attrs = "from='bob@example.org/x'") =>
  parseStanza(`<message ${attrs}>${inner}</message>`);
const account = parseJid('alice@example.org/here');

describe('a message', () => {
  test('is written with what it has, and an origin-id', () => {
    const plain = buildMessage({ to: 'bob@example.org', id: 'i', type: 'chat', body: 'a < b & "c"' });
    expect(plain.toString()).toBe(
      '<message to="bob@example.org" id="i" type="chat"><body>a &lt; b &amp; "c"</body><origin-id xmlns="urn:xmpp:sid:0" id="i"/></message>',
    );
    const full = buildMessage({
      to: 'bob@example.org',
      id: 'i',
      type: 'headline',
      subject: 's',
      body: '',
      thread: 't',
      payload: [receiptRequest(), markable()],
    });
    expect(full.toString()).toBe(
      '<message to="bob@example.org" id="i" type="headline"><subject>s</subject><body/><thread>t</thread>' +
        '<origin-id xmlns="urn:xmpp:sid:0" id="i"/><request xmlns="urn:xmpp:receipts"/><markable xmlns="urn:xmpp:chat-markers:0"/></message>',
    );
    expect(readOriginId(parseStanza(full.toString()))).toBe('i');
  });

  test.each([
    ['', 'normal'],
    ["type='chat'", 'chat'],
    ["type='groupchat'", 'groupchat'],
    ["type='headline'", 'headline'],
    ["type='CHAT'", 'normal'],
    ["type='toString'", 'normal'],
    ["type='error'", null],
  ])('of %j has the type %j', (attrs, type) => {
    expect(messageType(message('', attrs))).toBe(type);
  });

  test('is one only in its own namespace', () => {
    expect(isMessage(message(''))).toBe(true);
    expect(isMessage(message('', "xmlns='evil'"))).toBe(false);
    expect(isMessage(parseStanza('<presence/>'))).toBe(false);
  });

  test.each<[string, string | null]>([
    ['', null],
    ['<body/>', ''],
    ['<body>a</body>', 'a'],
    ["<body xmlns='evil'>evil</body>", null],
    ["<body xmlns='evil'>evil</body><body>a</body>", 'a'],
    ["<x xmlns='y'><body xmlns='jabber:client'>evil</body></x>", null],
    ["<body xml:lang='de'>b</body><body>a</body>", 'a'],
    ["<body xml:lang='de'>b</body><body xml:lang='fr'>c</body>", 'b'],
    ['<body>a</body><body>b</body>', 'a'],
    ["<body>a<b xmlns='evil'>evil</b>c</body>", 'ac'],
  ])('%j has the text %j', (inner, text) => {
    expect(localizedText(message(inner), 'body')).toBe(text);
    expect(localizedText(message(inner.replaceAll('body', 'subject')), 'subject')).toBe(text);
  });
});

describe('a receipt', () => {
  test('is asked for, given and read', () => {
    expect(asksForReceipt(message(receiptRequest().toString()))).toBe(true);
    expect(asksForReceipt(message("<request xmlns='evil'/>"))).toBe(false);
    const receipt = buildReceipt('bob@example.org/x', 'theirs', 'ours');
    expect(receipt.toString()).toBe(
      '<message to="bob@example.org/x" id="ours" type="chat"><received xmlns="urn:xmpp:receipts" id="theirs"/></message>',
    );
    expect(readReceipt(parseStanza(receipt.toString()))).toBe('theirs');
  });

  test.each([
    '',
    "<received xmlns='urn:xmpp:receipts'/>",
    "<received xmlns='evil' id='a'/>",
    "<x xmlns='y'><received xmlns='urn:xmpp:receipts' id='a'/></x>",
  ])('is none in %j', (inner) => {
    expect([readReceipt(message(inner)), readDisplayed(message(inner))]).toEqual([null, null]);
  });

  test('of having been seen is another', () => {
    expect(readDisplayed(message("<displayed xmlns='urn:xmpp:chat-markers:0' id='a'/>"))).toBe('a');
  });
});

describe('a delay', () => {
  const delay = (from: string, stamp = '2026-01-02T03:04:05Z') =>
    `<delay xmlns='urn:xmpp:delay' ${from === '' ? '' : `from='${from}'`} stamp='${stamp}'/>`;
  const trusted = ['alice@example.org', 'example.org'];

  test('counts from those who may tell, and from nobody else', () => {
    const read = (inner: string) => readDelay(message(inner), trusted)?.toISOString() ?? null;
    expect(read(delay('example.org'))).toBe('2026-01-02T03:04:05.000Z');
    expect(read(delay('Alice@EXAMPLE.org'))).toBe('2026-01-02T03:04:05.000Z');
    expect(read(delay('eve@example.org') + delay('example.org', '2026-05-05T05:05:05.5+01:00'))).toBe(
      '2026-05-05T04:05:05.500Z',
    );
    for (const inner of ['', delay(''), delay('eve@example.net'), delay('@'), delay('example.org', 'yesterday')]) {
      expect(read(inner)).toBeNull();
    }
  });

  test.each([
    '',
    'x',
    '2026-01-02',
    '2026-13-02T03:04:05Z',
    '20020910T23:08:25',
    '2026-01-02T03:04:05',
    '+012026-01-02T03:04:05Z',
    `2026-01-02T03:04:05.${'1'.repeat(99)}Z`,
  ])('%j is no time', (stamp) => {
    expect(readStamp(stamp)).toBeNull();
  });
});

describe('a copy (carbon)', () => {
  const inner = "<message xmlns='jabber:client' from='bob@example.org/x'><body>hi</body></message>";
  const carbon = (direction: string, from: string | undefined, content = inner) =>
    message(
      `<${direction} xmlns='urn:xmpp:carbons:2'><forwarded xmlns='urn:xmpp:forward:0'>${content}</forwarded></${direction}>`,
      from === undefined ? '' : `from='${from}'`,
    );

  test('is asked for', () => {
    expect(enableCarbons().toString()).toBe('<iq type="set"><enable xmlns="urn:xmpp:carbons:2"/></iq>');
  });

  test.each(['received', 'sent'])(
    '%s comes from the own bare JID, however it is written, or from no address',
    (direction) => {
      for (const from of ['alice@example.org', 'Alice@EXAMPLE.org', undefined]) {
        const read = readCarbon(carbon(direction, from), account);
        expect(read).toMatchObject({ direction });
        expect(localizedText((read as { message: ReturnType<typeof message> }).message, 'body')).toBe('hi');
      }
    },
  );

  test.each([
    'eve@example.org',
    'alice@example.org/here',
    'alice@example.org/other',
    'example.org',
    '@',
    '',
    'alice@example.org.attacker.test',
  ])('from %j is forged (CVE-2017-5592)', (from) => {
    expect(readCarbon(carbon('received', from), account)).toBe('forged');
    expect(readCarbon(carbon('sent', from), account)).toBe('forged');
  });

  test('is none without a message in it, or in another namespace', () => {
    for (const content of ['', inner.replace('jabber:client', 'evil'), inner.replaceAll('message', 'presence')]) {
      expect(readCarbon(carbon('received', 'alice@example.org', content), account)).toBeUndefined();
    }
    expect(readCarbon(message("<received xmlns='urn:xmpp:receipts' id='a'/>"), account)).toBeUndefined();
  });
});

describe('an id from an archive', () => {
  test('is the last one, where a server leaves in what the sender forged in its name (Prosody 0.12 and 13)', () => {
    const ids = ['forged', 'true'].map((id) => `<stanza-id xmlns='urn:xmpp:sid:0' by='alice@example.org' id='${id}'/>`);
    expect(stanzaIdBy(message(ids.join('')), 'alice@example.org')).toBe('true');
  });

  test('counts only from whom it should come', () => {
    const id = (by: string, value: string, ns = 'urn:xmpp:sid:0') =>
      `<stanza-id xmlns='${ns}' by='${by}' id='${value}'/>`;
    const read = (inner: string) => stanzaIdBy(message(inner), 'alice@example.org');
    expect(read(id('eve@example.org', 'evil') + id('Alice@Example.ORG', 'good'))).toBe('good');
    for (const inner of [
      '',
      id('eve@example.org', 'evil'),
      id('alice@example.org/x', 'evil'),
      id('alice@example.org', 'evil', 'x'),
      "<stanza-id xmlns='urn:xmpp:sid:0' id='evil'/>",
    ]) {
      expect(read(inner)).toBeNull();
    }
  });
});
