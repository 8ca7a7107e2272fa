// What the parser hands on is complete and closed by its own end tag.
import { describe, expect, test } from 'vitest';
import { StreamParser } from '../../src/session/parser.ts';

const header = "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>";

/** The stanzas that came out, and the error if there was one. */
function parse(...chunks: string[]) {
  const out: string[] = [];
  const dropped: string[] = [];
  const parser = new StreamParser({
    header: () => {},
    element: (element) => out.push(element.toString()),
    end: () => out.push('end'),
    dropped: (attribute) => dropped.push(attribute),
  });
  let error: unknown;
  try {
    for (const chunk of [header, ...chunks]) parser.write(Buffer.from(chunk));
  } catch (thrown) {
    error = thrown;
  }
  return { out, dropped, error };
}

describe('an end tag that does not match', () => {
  test.each([
    ['in one piece', ['<message><body>pay</body></iq>']],
    ['in the piece after', ['<message><body>pay</body>', '</iq>']],
    ['with more behind it', ['<message><body>pay</body></iq><presence/>']],
  ])('ends no stanza: %s', (_where, chunks) => {
    const { out, error } = parse(...chunks);
    expect(error).toMatchObject({ kind: 'protocol', condition: 'not-well-formed' });
    expect(out).toEqual([]);
  });

  test('does not take back the stanza before it', () => {
    expect(parse('<presence/><message></iq>').out).toEqual(['<presence xmlns="jabber:client"/>']);
  });
});

test('stanzas come out in the call that completes them, and before the end of the stream', () => {
  const out = parse('<presence/><message', '/>', '</stream:stream>').out;
  expect(out).toEqual(['<presence xmlns="jabber:client"/>', '<message xmlns="jabber:client"/>', 'end']);
});

test('attributes with a prefix are left out, and told', () => {
  const { out, dropped } = parse("<message xmlns:a='urn:a' a:b='c' id='1' xml:lang='en'/>");
  expect(out).toEqual(['<message id="1" xml:lang="en" xmlns="jabber:client"/>']);
  expect(dropped).toEqual(['a:b']);
});
