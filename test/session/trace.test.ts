/** --trace shows everything but what would log somebody in. */
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { redact } from '../../src/session/trace.ts';
import { xml } from '../../src/xmpp/xml.ts';
import { password, run, welcomes } from '../support/attempt.ts';
import { temporaryDirectory } from '../support/daemon.ts';
import { scriptedServer } from '../support/scripted-server.ts';

const secret = '0badcafe5eed';
const shown = (element: ReturnType<typeof xml>): string => redact(element).toString();

describe('redaction', () => {
  test.each([
    ['SASL', xml('auth', { xmlns: 'urn:ietf:params:xml:ns:xmpp-sasl', mechanism: 'PLAIN' }, secret)],
    ['a challenge', xml('challenge', { xmlns: 'urn:ietf:params:xml:ns:xmpp-sasl' }, secret)],
    ['SASL 2', xml('authenticate', { xmlns: 'urn:xmpp:sasl:2' }, xml('initial-response', {}, secret))],
    [
      'a token',
      xml('success', { xmlns: 'urn:xmpp:sasl:2' }, xml('token', { xmlns: 'urn:xmpp:fast:0', token: secret })),
    ],
    ['registration', xml('iq', {}, xml('query', { xmlns: 'jabber:iq:register' }, xml('password', {}, secret)))],
    [
      'a form',
      xml(
        'x',
        { xmlns: 'jabber:x:data' },
        xml('field', { var: 'muc#roomconfig_roomsecret' }, xml('value', {}, secret)),
      ),
    ],
    [
      'an upload slot',
      xml('put', {}, xml('header', { xmlns: 'urn:xmpp:http:upload:0', name: 'Authorization' }, `Basic ${secret}`)),
    ],
    ['a room', xml('x', { xmlns: 'http://jabber.org/protocol/muc' }, xml('password', {}, secret))],
    ['an encrypted file', xml('body', {}, `aesgcm://files.test/a.jpg#${secret}`)],
    ['an encrypted file elsewhere', xml('url-data', { target: `aesgcm://files.test/a.jpg#${secret}` })],
    ['an old login', xml('query', { xmlns: 'jabber:iq:auth' }, xml('password', {}, secret))],
  ])('hides the secret of %s and shows that there was one', (_what, element) => {
    expect(shown(element)).not.toContain(secret);
    expect(shown(element)).toContain('[redacted]');
    expect(element.toString()).toContain(secret);
  });

  test('leaves the rest as it is', () => {
    const message = xml('message', { to: 'bob@localhost' }, xml('body', {}, 'the password is <hush>'));
    expect(shown(message)).toBe(message.toString());
    const offer = xml('mechanisms', { xmlns: 'urn:ietf:params:xml:ns:xmpp-sasl' }, xml('mechanism', {}, 'PLAIN'));
    expect(shown(offer)).toBe(offer.toString());
    const hash = xml('hash', { xmlns: 'urn:xmpp:hashes:2', algo: 'sha-256' }, 'q83vEg==');
    expect(shown(hash)).toBe(hash.toString());
    expect(shown(xml('a', {}, xml('b', {}, ' ')))).toBe('<a><b> </b></a>');
  });
});

test('the trace of a login has no part of it, in a file that only its owner can read', async () => {
  const home = await temporaryDirectory('home');
  const file = join(home, 'trace.xml');
  await using server = await scriptedServer({ tls: 'starttls' }, welcomes());
  for (const trace of [`--trace=${file}`, '--trace']) {
    const result = await run(['send', 'bob@localhost', 'hello', trace, '--verbose'], server, { home });
    expect(result.exitCode, result.stderr).toBe(0);
    const text = trace === '--trace' ? result.stderr : await readFile(file, 'utf8');
    expect(text).toContain('<body>hello</body>');
    const sasl = server.peers.flatMap(({ received }) => received.filter(({ name }) => /^(auth|response)$/.test(name)));
    expect(sasl.length).toBeGreaterThanOrEqual(2);
    for (const { text: payload } of sasl) {
      expect(text).not.toContain(payload);
      expect(text).not.toContain(Buffer.from(payload, 'base64').toString());
    }
    expect(text).not.toContain(password);
  }
  expect((await stat(file)).mode & 0o777).toBe(0o600);
});
