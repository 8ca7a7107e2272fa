/** XEP-0166 and 0234: what two clients say of a file that goes from one to the other, both ways. */
import { describe, expect, test } from 'vitest';
import { readIncomingOffer } from '../../src/transfer/jingle-acceptance.ts';
import { content, jingle, readJingle, reason } from '../../src/xmpp/xep0166-jingle.ts';
import { fileDescription, readChecksum, readFileOffer } from '../../src/xmpp/xep0234-file-transfer.ts';
import { inBandTransport, readInBandTransport } from '../../src/xmpp/xep0261-jingle-ibb.ts';
import { type Element, serialize } from '../../src/xmpp/xml.ts';
import { parseStanza } from '../support/fake-session.ts';

const hex = 'ab'.repeat(32);
const base64 = Buffer.from(hex, 'hex').toString('base64');
const juliet = 'juliet@capulet.lit/balcony';
const ft = 'urn:xmpp:jingle:apps:file-transfer:5';

const wire = (element: Element): Element => parseStanza(serialize(element));
const set = (inner: string) => parseStanza(`<iq type='set' from='${juliet}' id='1'>${inner}</iq>`);
const session = (attrs: string, inner = '') => set(`<jingle xmlns='urn:xmpp:jingle:1' ${attrs}>${inner}</jingle>`);

describe('a session (XEP-0166)', () => {
  const file = { name: 'a&b.txt', mediaType: 'text/plain', size: 5, sha256: hex, description: 'words' };
  const offer = jingle(
    juliet,
    { action: 'session-initiate', sid: 's1', initiator: 'romeo@montague.lit/orchard' },
    content('file', fileDescription(file), inBandTransport({ sid: 'i1', blockSize: 4096 })),
  );

  test('is opened with an offer that is written and read both ways', () => {
    expect(serialize(offer)).toBe(
      `<iq type="set" to="${juliet}"><jingle xmlns="urn:xmpp:jingle:1" action="session-initiate" sid="s1" initiator="romeo@montague.lit/orchard">` +
        '<content creator="initiator" name="file" senders="initiator">' +
        `<description xmlns="${ft}"><file><media-type>text/plain</media-type><name>a&amp;b.txt</name><size>5</size>` +
        `<desc>words</desc><hash xmlns="urn:xmpp:hashes:2" algo="sha-256">${base64}</hash></file></description>` +
        '<transport xmlns="urn:xmpp:jingle:transports:ibb:1" sid="i1" block-size="4096"/></content></jingle></iq>',
    );
    const said = readJingle(wire(offer));
    expect(said).toMatchObject({ action: 'session-initiate', sid: 's1', reason: null });
    expect(said?.contents).toMatchObject([{ creator: 'initiator', name: 'file', senders: 'initiator' }]);
    expect(readFileOffer(said?.contents[0]?.description)).toEqual({
      name: 'a&b.txt',
      size: 5,
      mediaType: 'text/plain',
      hash: { algorithm: 'sha256', hex },
      hashToCome: null,
    });
    expect(readInBandTransport(said?.contents[0]?.transport)).toEqual({ sid: 'i1', blockSize: 4096 });
  });

  test('is ended with a reason, and its words are none', () => {
    const ended = jingle(juliet, { action: 'session-terminate', sid: 's1' }, reason('cancel'));
    expect(serialize(ended)).toBe(
      `<iq type="set" to="${juliet}"><jingle xmlns="urn:xmpp:jingle:1" action="session-terminate" sid="s1"><reason><cancel/></reason></jingle></iq>`,
    );
    expect(readJingle(wire(ended))?.reason).toBe('cancel');
    const words = session("action='session-terminate' sid='s1'", '<reason><text>bye</text><gone/></reason>');
    expect(readJingle(words)?.reason).toBe('gone');
    expect(readJingle(session("action='session-terminate' sid='s1'", '<reason/>'))?.reason).toBe('undefined');
    expect(readJingle(session("action='session-terminate' sid='s1'"))?.reason).toBeNull();
  });

  test.each(["action='session-info'", "sid='s1'", "action='session-info' sid=''"])(
    'with only %s is broken',
    (attrs) => {
      expect(() => readJingle(session(attrs))).toThrow(expect.objectContaining({ kind: 'protocol' }));
    },
  );

  test.each([
    "<iq type='result'><jingle xmlns='urn:xmpp:jingle:1' action='session-info' sid='s'/></iq>",
    "<iq type='set'><jingle xmlns='urn:xmpp:jingle:0' action='session-info' sid='s'/></iq>",
    "<message type='set'><jingle xmlns='urn:xmpp:jingle:1' action='session-info' sid='s'/></message>",
  ])('is not meant by %s', (text) => {
    expect(readJingle(parseStanza(text))).toBeUndefined();
  });
});

describe('an offer that came in (XEP-0234)', () => {
  const initiate = (inner: string, more = "senders='initiator'") =>
    session("action='session-initiate' sid='s1'", `<content creator='initiator' name='f' ${more}>${inner}</content>`);
  const description = (inner: string) => `<description xmlns='${ft}'><file>${inner}</file></description>`;
  const offered = (inner: string) => readIncomingOffer(initiate(description(inner)))?.file;

  test('says who offers which file in which session', () => {
    expect(readIncomingOffer(initiate(description('<name>n</name>')))).toMatchObject({
      sid: 's1',
      peer: { full: juliet },
      content: { name: 'f' },
      file: { name: 'n', size: null, mediaType: null, hash: null, hashToCome: null },
    });
  });

  test.each(['-5', '1.5', 'x', '', '1e99', '9'.repeat(20)])('with the size %j has none', (size) => {
    expect(offered(`<size>${size}</size>`)?.size).toBeNull();
  });

  test('has the strongest hash that we know, now or later', () => {
    const used = (algo: string) => `<hash-used xmlns='urn:xmpp:hashes:2' algo='${algo}'/>`;
    const hash = `<hash xmlns='urn:xmpp:hashes:2' algo='sha-256'>${base64}</hash>`;
    expect(offered(used('sha-1') + used('sha-256') + used('sha-512'))?.hashToCome).toBe('sha512');
    expect(offered(used('sha-1'))?.hashToCome).toBeNull();
    expect(offered(hash + used('sha-512'))).toMatchObject({ hash: { hex }, hashToCome: null });
    const told = session('action="session-info" sid="s1"', `<checksum xmlns='${ft}'><file>${hash}</file></checksum>`);
    expect(readChecksum(readJingle(told)?.info ?? [])).toEqual({ algorithm: 'sha256', hex });
    expect(readChecksum([])).toBeUndefined();
  });

  test.each([
    ['no content', session("action='session-initiate' sid='s1'")],
    ['no file', initiate(`<description xmlns='${ft}'/>`)],
    ['a call', initiate("<description xmlns='urn:xmpp:jingle:apps:rtp:1'><file/></description>")],
    ['an older version', initiate("<description xmlns='urn:xmpp:jingle:apps:file-transfer:4'><file/></description>")],
    ['a file that we should send', initiate(description(''), "senders='responder'")],
    ['another action', session("action='content-add' sid='s1'", `<content>${description('')}</content>`)],
  ])('with %s is none of a file for us', (_, iq) => {
    expect(readIncomingOffer(iq)).toBeUndefined();
  });
});
