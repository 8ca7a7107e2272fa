/** CASES C, 23 to 28 and 30: XML that is meant to hurt. */
import { describe, expect, test } from 'vitest';
import { hear, password, refused, run, says } from '../support/attempt.ts';
import { type Script, type ScriptedServer, scriptedServer } from '../support/scripted-server.ts';

const listen = ['listen', '--json', '--no-reconnect'];
const said = (body: string): string => `<message from='bob@localhost/x'><body>${body}</body></message>`;
/** The stream errors that we sent (RFC 6120 4.9). */
const complaints = (server: ScriptedServer): (string | undefined)[] =>
  server.peers.map(({ received }) => received.find(({ name }) => name === 'error')?.elements[0]?.name);

describe('a stream that is broken', () => {
  test.each<[string, string | Buffer, string]>([
    ['an entity that nobody declared', said('&foo;'), 'not-well-formed'],
    ['an entity with the name of a JavaScript property', said('&constructor;&toString;'), 'not-well-formed'],
    ['an entity with a prototype', said('&__proto__;'), 'not-well-formed'],
    ['a reference to NUL', said('&#0;'), 'not-well-formed'],
    ['a reference to ESC', said('&#x1b;'), 'not-well-formed'],
    ['a reference to half a character', said('&#xD800;'), 'not-well-formed'],
    ['a comment', '<!-- hello -->', 'restricted-xml'],
    ['a comment in a message', said('hel<!---->lo'), 'restricted-xml'],
    ['a processing instruction', said('<?php hello ?>'), 'restricted-xml'],
    ['a DOCTYPE in its midst', "<!DOCTYPE a [<!ENTITY b 'c'>]>", 'restricted-xml'],
    ['NUL', said('evil\0'), 'not-well-formed'],
    ['ESC', said('evil\x1b[31m'), 'not-well-formed'],
    ['a noncharacter', said('evil\ufffe'), 'not-well-formed'],
    ['a byte that is no UTF-8', Buffer.from(said('evil\xff'), 'latin1'), 'unsupported-encoding'],
    ['overlong UTF-8', Buffer.concat([Buffer.from(said('evil')), Buffer.of(0xc0, 0xbc)]), 'unsupported-encoding'],
    [
      'a surrogate in UTF-8',
      Buffer.concat([Buffer.from(said('evil')), Buffer.of(0xed, 0xa0, 0x80)]),
      'unsupported-encoding',
    ],
    ['an end without a beginning', '</message></stream:stream></foo>', 'not-well-formed'],
    ['ends in the wrong order', '<message><body>evil</message></body>', 'not-well-formed'],
    ['the end of another element', "<message from='bob@localhost/x'><x/></presence>", 'not-well-formed'],
    ['a second root', "<stream:stream xmlns='jabber:client'><message/>", 'not-well-formed'],
    ['a second XML declaration', "<?xml version='1.0'?>", 'not-well-formed'],
    ['text between stanzas', 'evil', 'not-well-formed'],
    ['CDATA between stanzas', '<![CDATA[evil]]>', 'not-well-formed'],
    ['an attribute twice', "<message from='bob@localhost' from='eve@localhost'/>", 'not-well-formed'],
    ['an attribute twice by way of prefixes', "<a xmlns:b='c' xmlns:d='c' b:e='' d:e=''/>", 'not-well-formed'],
    ['a prefix that nobody declared', '<evil:message/>', 'not-well-formed'],
    ['a prefix that is reserved', "<message xmlns:xml='evil'/>", 'not-well-formed'],
    ['a raw < in an attribute', "<message from='<'/>", 'not-well-formed'],
  ])('by %s is ended with the error that RFC 6120 names', async (_what, xml, condition) => {
    await using server = await scriptedServer({ tls: 'direct' }, says(xml));
    const { heard, error } = await hear(server);
    expect([error?.kind, error?.condition]).toEqual(['protocol', condition]);
    expect(heard).toEqual([]);
    await server.done;
    expect(complaints(server)).toEqual([condition]);
  });

  test.each([
    ['entities', [said('good'), said('&foo;')], 'not-well-formed'],
    ['controls', [said('good'), said('evil\x1b]0;evil\x07')], 'not-well-formed'],
    ['comments', [said('good'), '<!-- evil -->'], 'restricted-xml'],
    ['bad nesting', [said('good'), '</message></stream:stream></foo>'], 'not-well-formed'],
    ['bad bytes', [said('good'), Buffer.of(0x3c, 0xff)], 'unsupported-encoding'],
  ])('by %s ends listen with 76, and what came before is printed', async (_what, parts, condition) => {
    await using server = await scriptedServer({ tls: 'direct' }, says(parts));
    const result = await run(listen, server);
    expect([result.exitCode, result.lines().length], result.stderr).toEqual([76, 1]);
    expect(result.json()).toMatchObject({ body: 'good' });
    await server.done;
    expect(complaints(server)).toEqual([condition]);
  });

  test.each<[string, string | Buffer]>([
    ['a DOCTYPE', "<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b 'bbbbbbbbbb'><!ENTITY c '&b;&b;&b;'>]><stream:stream>"],
    ['billions of laughs', `<!DOCTYPE l [<!ENTITY a0 'ha'>${laughs()}]><l>&a30;</l>`],
    ['an external entity', "<!DOCTYPE a SYSTEM 'file:///etc/passwd'><a>&b;</a>"],
    ['a web page', '<!DOCTYPE html><html><body>Bad Request</body></html>'],
    ['another protocol', 'SSH-2.0-OpenSSH_9.2\r\n'],
    ['another kind of stream', "<stream xmlns='jabber:client'>"],
    [
      'another version',
      "<stream:stream xmlns:stream='http://etherx.jabber.org/streams' version='0.9'><stream:features/>",
    ],
    ['another encoding', Buffer.from("<?xml version='1.0'?><stream:stream>", 'utf16le')],
  ])('from the beginning by %s is no XMPP server', async (what, greeting) => {
    const script: Script = async (peer) => {
      await peer.send(greeting);
      await peer.gone();
    };
    const before = process.memoryUsage().rss;
    const inProcessOnly = !['billions of laughs', 'a web page'].includes(what);
    await refused({ tls: 'direct' }, script, { kind: 'protocol', inProcessOnly });
    expect(process.memoryUsage().rss - before).toBeLessThan(100e6);
  });
});

function laughs(): string {
  return Array.from({ length: 30 }, (_none, n) => `<!ENTITY a${n + 1} '${`&a${n};`.repeat(10)}'>`).join('');
}

describe('a stream that ends', () => {
  const errorXml = (condition: string): string =>
    `<stream:error><${condition} xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>`;

  test.each([
    ['with its end tag and rubbish behind it', '</stream:stream></foo>&&\0'],
    ['with its end tag and another stream behind it', "</stream:stream><stream:stream xmlns='jabber:client'>"],
    ['with an error, its end tag and rubbish', `${errorXml('system-shutdown')}</stream:stream></foo>\0`],
    ['with an error and rubbish', `${errorXml('system-shutdown')}\0\0<<<`],
  ])('%s has ended, no more', async (_what, xml) => {
    await using server = await scriptedServer({ tls: 'direct' }, says([said('good'), xml]));
    const { heard, error } = await hear(server);
    expect([heard.length, error?.kind]).toEqual([1, 'tempfail']);
    if (!xml.endsWith('</foo>\0')) return;
    const result = await run(listen, server);
    expect([result.exitCode, result.lines().length], result.stderr).toEqual([75, 1]);
  });

  test.each([
    ['conflict', 81],
    ['host-unknown', 68],
    ['not-authorized', 77],
    ['policy-violation', 75],
    ['never-heard-of', 76],
  ])('by the error %s gives its exit status', async (condition, exit) => {
    await using server = await scriptedServer({ tls: 'direct' }, says(errorXml(condition)));
    const { error } = await hear(server);
    expect([error?.condition, error?.exit]).toEqual([condition, exit]);
  });

  test.each<[string, 'end' | 'destroy']>([
    ['FIN', 'end'],
    ['RST', 'destroy'],
  ])('with %s in the midst of a message has not delivered it', async (_what, how) => {
    const half: Script = async (peer) => {
      await peer.login({ password });
      peer.acks();
      await peer.session(async ({ name }) => {
        if (name !== 'presence') return undefined;
        await peer.send("<message from='bob@localhost/x' type='chat'><body>transfer 100 to eve</body>");
        peer[how]();
        return '';
      });
    };
    await using server = await scriptedServer({ tls: 'direct' }, half);
    const { heard, error } = await hear(server);
    expect([heard.length, error?.kind]).toEqual([0, 'tempfail']);
    const result = await run(listen, server);
    expect([result.exitCode, result.stdout]).toEqual([75, '']);
  });
});
