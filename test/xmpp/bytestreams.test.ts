/** XEP-0260, 0261, 0047 and 0065: what two clients say of the way that bytes take from one to the other, both ways. */
import { describe, expect, test } from 'vitest';
import { closeInBand, inBandData, openInBand, readInBand, readInBandNews } from '../../src/xmpp/xep0047-ibb.ts';
import {
  activate,
  isStreamProxy,
  readStreamHost,
  streamAddress,
  streamHostRequest,
} from '../../src/xmpp/xep0065-bytestreams.ts';
import {
  activated,
  candidateError,
  candidatesTransport,
  candidateUsed,
  priorityOf,
  proxyError,
  readSocks5,
  readSocks5Sid,
  socks5Transport,
} from '../../src/xmpp/xep0260-jingle-socks5.ts';
import { inBandTransport } from '../../src/xmpp/xep0261-jingle-ibb.ts';
import { type Element, serialize } from '../../src/xmpp/xml.ts';
import { parseStanza } from '../support/fake-session.ts';

const juliet = 'juliet@capulet.lit/balcony';
const s5b = 'urn:xmpp:jingle:transports:s5b:1';
const ibb = 'http://jabber.org/protocol/ibb';

const wire = (element: Element): Element => parseStanza(serialize(element));
const set = (inner: string) => parseStanza(`<iq type='set' from='${juliet}' id='1'>${inner}</iq>`);

describe('SOCKS5 candidates (XEP-0260)', () => {
  const direct = {
    cid: 'c1',
    host: '192.0.2.1',
    port: 5086,
    jid: juliet,
    priority: 8_257_636,
    type: 'direct',
  } as const;
  const proxy = {
    cid: 'c2',
    host: '2001:db8::1',
    port: 7625,
    jid: 'proxy.lit',
    priority: 655_360,
    type: 'proxy',
  } as const;
  const transport = (inner: string) => parseStanza(`<transport xmlns='${s5b}' sid='t1'>${inner}</transport>`);

  test('are written and read both ways', () => {
    const both = candidatesTransport('t1', [direct, proxy], 'address');
    expect(serialize(both)).toBe(
      `<transport xmlns="${s5b}" sid="t1" mode="tcp" dstaddr="address">` +
        `<candidate cid="c1" host="192.0.2.1" port="5086" jid="${juliet}" priority="8257636" type="direct"/>` +
        '<candidate cid="c2" host="2001:db8::1" port="7625" jid="proxy.lit" priority="655360" type="proxy"/></transport>',
    );
    expect(readSocks5Sid(both)).toBe('t1');
    expect(readSocks5(wire(both))).toEqual({ kind: 'candidates', candidates: [direct, proxy] });
  });

  test.each([
    [candidateUsed('c1'), '<candidate-used cid="c1"/>', { kind: 'used', cid: 'c1' }],
    [candidateError(), '<candidate-error/>', { kind: 'none-works' }],
    [activated('c2'), '<activated cid="c2"/>', { kind: 'activated', cid: 'c2' }],
    [proxyError(), '<proxy-error/>', { kind: 'proxy-fails' }],
  ])('and what became of them too: %s', (element, text, news) => {
    const said = socks5Transport('t1', element);
    expect(serialize(said)).toBe(`<transport xmlns="${s5b}" sid="t1">${text}</transport>`);
    expect(readSocks5(wire(said))).toEqual(news);
  });

  test.each([
    "host='h' port='1' jid='a@b/c'",
    "cid='c' port='1' jid='a@b/c'",
    "cid='c' host='h' jid='a@b/c'",
    "cid='c' host='h' port='0' jid='a@b/c'",
    "cid='c' host='h' port='65536' jid='a@b/c'",
    "cid='c' host='h' port='-1' jid='a@b/c'",
    "cid='c' host='h' port='1'",
  ])('that cannot be connected to are passed over: %s', (attrs) => {
    expect(readSocks5(transport(`<candidate ${attrs}/>`))).toEqual({ kind: 'candidates', candidates: [] });
  });

  test('without a priority come last, of an unknown type count as direct, and of a thousand there are sixteen', () => {
    const odd = "<candidate cid='c' host='h' port='1' jid='a@b/c' priority='x' type='assisted'/>";
    const said = readSocks5(transport(odd.repeat(1000)));
    const candidates = said?.kind === 'candidates' ? said.candidates : [];
    expect(candidates).toHaveLength(16);
    expect(candidates[0]).toMatchObject({ priority: 0, type: 'direct' });
  });

  test('of another transport are none', () => {
    expect(readSocks5(inBandTransport({ sid: 'i', blockSize: 1 }))).toBeUndefined();
    expect(readSocks5(undefined)).toBeUndefined();
    expect(readSocks5Sid(inBandTransport({ sid: 'i', blockSize: 1 }))).toBeUndefined();
  });

  test('have the priorities of section 2.2', () => {
    expect(priorityOf('direct', 65_535)).toBe(8_323_071);
    expect(priorityOf('proxy', 0)).toBe(655_360);
  });
});

describe('in-band bytes (XEP-0047, 0261)', () => {
  const stream = { sid: 'i1', blockSize: 4096 };
  test.each([
    [
      openInBand(juliet, stream),
      `<open xmlns="${ibb}" sid="i1" block-size="4096" stanza="iq"/>`,
      { kind: 'open', blockSize: 4096 },
    ],
    [
      inBandData(juliet, 'i1', 65_537, Buffer.from('hi')),
      `<data xmlns="${ibb}" sid="i1" seq="1">aGk=</data>`,
      { kind: 'data', seq: 1, bytes: Buffer.from('hi') },
    ],
    [closeInBand(juliet, 'i1'), `<close xmlns="${ibb}" sid="i1"/>`, { kind: 'close' }],
  ])('are written and read both ways: %s', (iq, inner, news) => {
    expect(serialize(iq)).toBe(`<iq type="set" to="${juliet}">${inner}</iq>`);
    expect(readInBandNews(wire(iq), 'i1')).toEqual(news);
    expect(readInBandNews(wire(iq), 'i2')).toBeUndefined();
  });

  test('may be broken over lines', () => {
    const news = readInBandNews(set(`<data xmlns='${ibb}' sid='i1' seq='0'>\n aG\n k=\n</data>`), 'i1');
    expect(news).toEqual({ kind: 'data', seq: 0, bytes: Buffer.from('hi') });
  });

  test.each(['?', 'aGk', 'aGk=aGk=', 'aG-_'])('that are not base64 are no bytes: %s', (text) => {
    const news = readInBandNews(set(`<data xmlns='${ibb}' sid='i1' seq='0'>${text}</data>`), 'i1');
    expect(news).toEqual({ kind: 'data', seq: 0, bytes: Buffer.alloc(0) });
  });

  test.each(['', '-1', '65536x', '1.5'])('with the number %j have none that fits', (seq) => {
    expect(readInBandNews(set(`<data xmlns='${ibb}' sid='i1' seq='${seq}'>aGk=</data>`), 'i1')).toMatchObject({
      seq: -1,
    });
  });

  test.each(["block-size='4096'", "sid='i1'", "sid='i1' block-size='0'", "sid='i1' block-size='65536'"])(
    'of a stream with only %s are none',
    (attrs) => {
      expect(readInBand(parseStanza(`<x ${attrs}/>`))).toBeUndefined();
    },
  );
});

describe('a proxy for bytestreams (XEP-0065)', () => {
  const bytestreams = 'http://jabber.org/protocol/bytestreams';
  const answer = (attrs: string) =>
    readStreamHost(parseStanza(`<iq type='result'><query xmlns='${bytestreams}'><streamhost ${attrs}/></query></iq>`));

  test('is asked where it is, and told to connect the two', () => {
    expect(serialize(streamHostRequest('proxy.lit'))).toBe(
      `<iq type="get" to="proxy.lit"><query xmlns="${bytestreams}"/></iq>`,
    );
    expect(serialize(activate('proxy.lit', 't1', juliet))).toBe(
      `<iq type="set" to="proxy.lit"><query xmlns="${bytestreams}" sid="t1"><activate>${juliet}</activate></query></iq>`,
    );
  });

  test.each([
    ["jid='proxy.lit' host='h' port='7625'", { jid: 'proxy.lit', host: 'h', port: 7625 }],
    ["jid='proxy.lit' host='h' port='0'", undefined],
    ["jid='proxy.lit' host='h'", undefined],
    ["host='h' port='1'", undefined],
    ["jid='proxy.lit' port='1'", undefined],
  ])('that says %s is at %o', (attrs, host) => {
    expect(answer(attrs)).toEqual(host);
  });

  test('is one by its identity', () => {
    const of = (category: string, type: string) =>
      isStreamProxy({ identities: [{ category, type, name: null }], features: new Set(), forms: [], form: undefined });
    expect([of('proxy', 'bytestreams'), of('proxy', 'other'), of('store', 'bytestreams')]).toEqual([
      true,
      false,
      false,
    ]);
  });

  test('knows a stream by a hash of who offers it to whom (section 5.3.2)', () => {
    expect(streamAddress('vj3hs98y', 'romeo@montague.lit/orchard', juliet)).toBe(
      '972b7bf47291ca609517f67f86b5081086052dad',
    );
  });
});
