/** Addresses (RFC 7622): what is one, and when two are the same. */
import { describe, expect, test } from 'vitest';
import {
  asciiDomain,
  asciiJid,
  asciiJidOf,
  makeJid,
  parseJid,
  readJid,
  sameBare,
  withResource,
} from '../../src/xmpp/jid.ts';

describe('an address', () => {
  // The first fifteen are the examples of RFC 7622 3.5.
  test.each<[string, string | undefined, string, string | undefined]>([
    ['juliet@example.com', 'juliet', 'example.com', undefined],
    ['juliet@example.com/foo', 'juliet', 'example.com', 'foo'],
    ['juliet@example.com/foo bar', 'juliet', 'example.com', 'foo bar'],
    ['juliet@example.com/foo@bar', 'juliet', 'example.com', 'foo@bar'],
    ['foo\\20bar@example.com', 'foo\\20bar', 'example.com', undefined],
    ['fussball@example.com', 'fussball', 'example.com', undefined],
    ['fußball@example.com', 'fußball', 'example.com', undefined],
    ['π@example.com', 'π', 'example.com', undefined],
    ['Σ@example.com/foo', 'σ', 'example.com', 'foo'],
    ['σ@example.com/foo', 'σ', 'example.com', 'foo'],
    ['ς@example.com/foo', 'ς', 'example.com', 'foo'],
    ['king@example.com/♚', 'king', 'example.com', '♚'],
    ['example.com', undefined, 'example.com', undefined],
    ['example.com/foobar', undefined, 'example.com', 'foobar'],
    ['a.example.com/b@example.net', undefined, 'a.example.com', 'b@example.net'],
    ['Alice@Example.COM', 'alice', 'example.com', undefined],
    ['ＡＬＩＣＥ@example.com', 'alice', 'example.com', undefined],
    ['alice@example.com.', 'alice', 'example.com', undefined],
    ['alice@xn--bcher-kva.example', 'alice', 'bücher.example', undefined],
    ['alice@BÜCHER.example', 'alice', 'bücher.example', undefined],
    ['alice@bu\u0308cher.example', 'alice', 'bücher.example', undefined],
    ['alice@bücher。example', 'alice', 'bücher.example', undefined],
    ['jo\u0308rg@example.com', 'jörg', 'example.com', undefined],
    ['alice@127.0.0.1', 'alice', '127.0.0.1', undefined],
    ['alice@[::1]', 'alice', '[::1]', undefined],
    ['alice@[2001:DB8::1]/x', 'alice', '[2001:db8::1]', 'x'],
    ['alice@localhost', 'alice', 'localhost', undefined],
    ['alice@my_server.local', 'alice', 'my_server.local', undefined],
    ['a=b,c+d.e!#$%*?^`{|}~@example.com', 'a=b,c+d.e!#$%*?^`{|}~', 'example.com', undefined],
    ['room@muc.example.com/Élise 😀', 'room', 'muc.example.com', 'Élise 😀'],
    ['room@muc.example.com/E\u0301lise', 'room', 'muc.example.com', 'Élise'],
    ['room@muc.example.com//', 'room', 'muc.example.com', '/'],
    ['אלכס7@example.com', 'אלכס7', 'example.com', undefined],
    ['айша@пример.испытание', 'айша', 'пример.испытание', undefined],
    [`${'a'.repeat(1023)}@example.com`, 'a'.repeat(1023), 'example.com', undefined],
  ])('%j is read', (text, local, domain, resource) => {
    expect(parseJid(text)).toMatchObject({ local, domain, resource });
    // What it is written as is itself again.
    const { full, bare } = parseJid(text);
    expect(parseJid(full)).toEqual(parseJid(text));
    expect(full.startsWith(bare)).toBe(true);
  });

  test.each<[string, RegExp]>([
    // RFC 7622 3.5, but for a space at the beginning of a resource, which rooms let people have.
    ['"juliet"@example.com', /before @/],
    ['foo bar@example.com', /before @/],
    ['@example.com/', /before @ is empty/],
    ['henryⅣ@example.com', /before @/],
    ['♚@example.com', /before @/],
    ['juliet@', /domain is missing/],
    ['/foobar', /domain is missing/],
    ['', /domain is missing/],
    ['@', /./],
    ['alice@example.com/', /resource after \/ is empty/],
    ["al'ice@example.com", /before @/],
    ['al&ice@example.com', /before @/],
    ['al:ice@example.com', /before @/],
    ['al<ice@example.com', /before @/],
    ['alice@bob@example.com', /domain is not valid/],
    ['al\u0000ice@example.com', /before @/],
    ['al\u00adice@example.com', /before @/],
    ['al\u200dice@example.com', /before @/],
    ['al\u202eice@example.com', /before @/],
    ['ﬁ@example.com', /before @/],
    ['ª½@example.com', /before @/],
    ['😀@example.com', /before @/],
    // Tatweel, old Hangul, and letters of both directions.
    ['محـمد@example.com', /before @/],
    ['\u1112\u119e\u11ab@example.com', /before @/],
    ['aliceאב@example.com', /before @/],
    ['alice@exam ple.com', /domain is not valid/],
    ['alice@example..com', /domain is not valid/],
    ['alice@.example.com', /domain is not valid/],
    ['alice@example.com:5222', /domain is not valid/],
    ['alice@example.com?message', /domain is not valid/],
    ['alice@xn--zzzzzz', /domain is not valid/],
    ['alice@xn--abc-', /domain is not valid/],
    ['alice@1', /domain is not valid/],
    ['alice@127.1', /domain is not valid/],
    ['alice@0x7f000001', /domain is not valid/],
    ['alice@exam\u202eple.com', /domain is not valid/],
    ['alice@%65xample.com', /domain is not valid/],
    ['alice@[::1', /domain is not valid/],
    [`alice@${'a'.repeat(64)}.com`, /domain is not valid/],
    ['alice@example.com/a\u0007b', /resource has a character/],
    ['alice@example.com/a\u200bb', /resource has a character/],
    ['alice@example.com/a\u2028b', /resource has a character/],
    ['alice\ud800@example.com', /not valid Unicode/],
    [`${'a'.repeat(1024)}@example.com`, /longer than 1,023 bytes/],
    [`alice@example.com/${'é'.repeat(512)}`, /longer than 1,023 bytes/],
  ])('%j is none, and the reason is told', (text, reason) => {
    expect(readJid(text)).toBeUndefined();
    expect(() => parseJid(text)).toThrow(
      expect.objectContaining({ kind: 'usage', message: expect.stringMatching(reason) }),
    );
  });

  test('that is missing is none', () => {
    expect([readJid(undefined), readJid(null), readJid('')]).toEqual([undefined, undefined, undefined]);
  });

  test('of a megabyte costs no time', () => {
    const started = process.cpuUsage();
    for (const text of [
      'a'.repeat(1e6),
      `${'é'.repeat(5e5)}@b`,
      `a@${'b.'.repeat(5e5)}`,
      `a@b/${'e\u0301'.repeat(3e5)}`,
      '@'.repeat(1e6),
    ]) {
      expect(readJid(text)).toBeUndefined();
    }
    expect(process.cpuUsage(started).user / 1000).toBeLessThan(2000);
  });
});

describe('two addresses', () => {
  test('are the same where only spelling tells them apart', () => {
    expect(sameBare(parseJid('Alice@bücher.example/x'), parseJid('alice@XN--BCHER-KVA.example'))).toBe(true);
    expect(sameBare(parseJid('alice@example.org'), parseJid('alice@example.com'))).toBe(false);
    // Cyrillic а
    expect(sameBare(parseJid('аdmin@example.org'), parseJid('admin@example.org'))).toBe(false);
    expect(sameBare(undefined, undefined)).toBe(false);
  });

  test('can be told apart in ASCII', () => {
    expect(asciiJid(parseJid('аdmin@bücher.example'))).toBe('%D0%B0dmin@xn--bcher-kva.example');
    expect(asciiJid(parseJid('admin@example.org/x'))).toBeNull();
    expect(asciiDomain('bücher.example')).toBe('xn--bcher-kva.example');
    expect(asciiJidOf('аdmin@example.org')).toBe('%D0%B0dmin@example.org');
    expect([asciiJidOf('admin@example.org'), asciiJidOf('ä b'), asciiJidOf(null)]).toEqual([null, null, null]);
  });

  test('are put together from their parts', () => {
    expect(makeJid(undefined, 'example.org')).toMatchObject({ bare: 'example.org', full: 'example.org' });
    expect(withResource(parseJid('alice@example.org/x'), 'y').full).toBe('alice@example.org/y');
  });
});

test('a text that takes long to normalise is refused before', () => {
  // Two kinds of combining characters, each of which belongs before all of the other.
  const marks = '\u0315'.repeat(50_000) + '\u0316'.repeat(50_000);
  const ideographs = Array.from({ length: 16_000 }, (_, n) => String.fromCodePoint(0x4e00 + n)).join('');
  const started = performance.now();
  for (const text of [`a@b/${marks}`, `${marks}@b`, `a@${marks}`, `a@${ideographs}`]) {
    expect(readJid(text)).toBeUndefined();
  }
  expect(performance.now() - started).toBeLessThan(1000);
});
