/** XEP-0363, 0447, 0446, 0300, 0454 and 0066: slots, and what messages say of files. */
import { describe, expect, test } from 'vitest';
import { readAnnouncedFiles } from '../../src/xmpp/announced-files.ts';
import { readDiscoInfo } from '../../src/xmpp/xep0030-disco.ts';
import {
  isUploadService,
  maxFileSize,
  readSlot,
  readUploadError,
  slotRequest,
} from '../../src/xmpp/xep0363-http-upload.ts';
import { fileSharing, readSharedFiles } from '../../src/xmpp/xep0447-file-sharing.ts';
import { aesgcmUrl, readAesgcmUrl } from '../../src/xmpp/xep0454-aesgcm.ts';
import { xml } from '../../src/xmpp/xml.ts';
import { parseStanza } from '../support/fake-session.ts';

const upload = 'urn:xmpp:http:upload:0';
const hex = 'ab'.repeat(32);
const base64 = Buffer.from(hex, 'hex').toString('base64');

describe('an upload service', () => {
  const info = (more: string) =>
    readDiscoInfo(
      parseStanza(`<iq type='result'><query xmlns='http://jabber.org/protocol/disco#info'>${more}</query></iq>`),
    );
  const form = (type: string, value: string) =>
    `<x xmlns='jabber:x:data'><field var='FORM_TYPE'><value>${type}</value></field><field var='max-file-size'><value>${value}</value></field></x>`;

  test('is known by its feature, and its limit by its form among others', () => {
    const service = info(`<feature var='${upload}'/>${form('other', '5')}${form(upload, '20000')}`);
    expect([isUploadService(service), maxFileSize(service)]).toEqual([true, 20_000]);
    expect(isUploadService(info(''))).toBe(false);
  });

  test.each(['', '-1', 'NaN', '1e9', '99999999999999999999'])('a limit of %j is none', (value) => {
    expect(maxFileSize(info(form(upload, value)))).toBeUndefined();
  });

  test('is asked for a slot with name, size and type', () => {
    expect(String(slotRequest('upload.test', { name: 'a&b.txt', size: 5, mediaType: 'text/plain' }))).toBe(
      `<iq type="get" to="upload.test"><request xmlns="${upload}" filename="a&amp;b.txt" size="5" content-type="text/plain"/></iq>`,
    );
  });

  const slot = (inner: string) => parseStanza(`<iq type='result'><slot xmlns='${upload}'>${inner}</slot></iq>`);

  test('gives a slot with the headers that are allowed, in their order', () => {
    const { put, get, headers } = readSlot(
      slot(
        "<put url='https://h/p'><header name='cookie'>a</header><header name='X'>b</header><header name='Authorization'>c&#10;d</header></put><get url='https://h/g?x#y'/>",
      ),
    );
    expect([put.href, get.href]).toEqual(['https://h/p', 'https://h/g?x#y']);
    expect(headers).toEqual([
      ['cookie', 'a'],
      ['Authorization', 'cd'],
    ]);
  });

  test.each([
    ['protocol', "<put url='https://h/p'/>"],
    ['protocol', "<put url='p'/><get url='https://h/g'/>"],
    ['insecure', "<put url='https://h/p'/><get url='http://h/g'/>"],
    ['insecure', "<put url='ftp://h/p'/><get url='https://h/g'/>"],
  ])('gives a slot that is refused: %s', (kind, inner) => {
    expect(() => readSlot(slot(inner))).toThrow(expect.objectContaining({ kind }));
  });

  test.each([
    [
      "<error type='modify'><not-acceptable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/><file-too-large xmlns='urn:xmpp:http:upload:0'/></error>",
      'data',
      undefined,
    ],
    [
      "<error type='wait'><resource-constraint xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/><retry xmlns='urn:xmpp:http:upload:0' stamp='2017-12-03T23:42:05Z'/></error>",
      'tempfail',
      '2017-12-03T23:42:05.000Z',
    ],
    [
      "<error type='wait'><resource-constraint xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/><retry xmlns='urn:xmpp:http:upload:0' stamp='soon'/></error>",
      'tempfail',
      undefined,
    ],
    ["<error type='cancel'><not-allowed xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>", 'noperm', undefined],
    ['', 'protocol', undefined],
  ])('refuses with %s', (error, kind, retryAt) => {
    expect(readUploadError(parseStanza(`<iq type='error'>${error}</iq>`))).toMatchObject({ kind, retryAt });
  });
});

describe('a shared file', () => {
  const file = { name: 'a.txt', mediaType: 'text/plain', size: 5, sha256: hex, description: 'words' };

  test('is written and read both ways', () => {
    const message = xml('message', {}, fileSharing(file, 'https://h/a.txt'));
    expect(String(message)).toBe(
      '<message><file-sharing xmlns="urn:xmpp:sfs:0" disposition="inline"><file xmlns="urn:xmpp:file:metadata:0">' +
        '<media-type>text/plain</media-type><name>a.txt</name><size>5</size>' +
        `<hash xmlns="urn:xmpp:hashes:2" algo="sha-256">${base64}</hash><desc>words</desc></file>` +
        '<sources><url-data xmlns="http://jabber.org/protocol/url-data" target="https://h/a.txt"/></sources></file-sharing>' +
        '<fallback xmlns="urn:xmpp:fallback:0" for="urn:xmpp:sfs:0"><body/></fallback></message>',
    );
    const { sha256: _, ...said } = file;
    expect(readSharedFiles(parseStanza(String(message)))).toEqual([
      { metadata: { ...said, hash: { algorithm: 'sha256', hex } }, urls: ['https://h/a.txt'] },
    ]);
  });

  const hashes = (inner: string) =>
    readSharedFiles(
      parseStanza(
        `<message><file-sharing xmlns='urn:xmpp:sfs:0'><file xmlns='urn:xmpp:file:metadata:0'>${inner}</file></file-sharing></message>`,
      ),
    )[0]?.metadata;
  const hash = (algo: string, text: string) => `<hash xmlns='urn:xmpp:hashes:2' algo='${algo}'>${text}</hash>`;

  test('is checked by the strongest hash that we know', () => {
    expect(hashes(hash('md5', 'AA==') + hash('sha-256', base64) + hash('sha-512', 'AQI='))?.hash).toEqual({
      algorithm: 'sha512',
      hex: '0102',
    });
    expect(hashes(hash('sha-1', 'AA=='))?.hash).toBeNull();
  });

  test('is checked by the hash too where that was encoded in hexadecimal, as Libervia does', () => {
    expect(hashes(hash('sha-256', Buffer.from(hex).toString('base64')))?.hash).toEqual({ algorithm: 'sha256', hex });
  });

  test('with a broken hash fits nothing', () => {
    expect(hashes(hash('sha-256', 'not base64!'))?.hash?.hex).not.toMatch(/^[0-9a-f]{64}$/);
  });

  test.each(['-5', '1.5', 'x', '', '1e99'])('with the size %j has none', (size) => {
    expect(hashes(`<size>${size}</size>`)?.size).toBeNull();
  });
});

describe('the files of a message', () => {
  const files = (inner: string) =>
    readAnnouncedFiles(parseStanza(`<message xmlns='jabber:client'>${inner}</message>`)).map(({ url }) => url);
  const oob = (url: string) => `<x xmlns='jabber:x:oob'><url>${url}</url></x>`;
  const shared = (...urls: string[]) =>
    `<file-sharing xmlns='urn:xmpp:sfs:0'><sources>${urls.map((url) => `<url-data xmlns='http://jabber.org/protocol/url-data' target='${url}'/>`).join('')}</sources></file-sharing>`;

  test.each<[string, string, string[]]>([
    ['none in mere text', '<body>https://h/x</body>', []],
    ['one of OOB', oob('https://h/x'), ['https://h/x']],
    ['one where OOB repeats it', shared('https://h/x') + oob('https://h/x'), ['https://h/x']],
    ['the https one of several addresses', shared('ftp://h/x', 'https://h/x'), ['https://h/x']],
    [
      'one in an aesgcm link, without its thumbnail',
      '<body>aesgcm://h/x#00\ndata:image/jpeg,AA</body>',
      ['aesgcm://h/x#00'],
    ],
    ['none in a text about an aesgcm link', '<body>see aesgcm://h/x#00</body>', []],
    ['none without sources', "<file-sharing xmlns='urn:xmpp:sfs:0'/>", []],
  ])('are %s', (_, inner, urls) => {
    expect(files(inner)).toEqual(urls);
  });

  test('are described in OOB too', () => {
    const message = (url: string) =>
      parseStanza(`<message><x xmlns='jabber:x:oob'><url>${url}</url><desc>a picture</desc></x></message>`);
    expect(readAnnouncedFiles(message('https://h/x'))).toMatchObject([
      { url: 'https://h/x', description: 'a picture' },
    ]);
    expect(readAnnouncedFiles(message(''))).toEqual([]);
  });
});

describe('an aesgcm address', () => {
  const iv = Buffer.from('8c3d050e9386ec173861778f', 'hex');
  const key = Buffer.from('68e9af38a97aaf82faa4063b4d0878a61261534410c8a84331eaac851759f587', 'hex');
  const url = 'https://download.montague.tld/4a771ac1/tr%C3%A8s%20cool.jpg';
  const text = `aesgcm://download.montague.tld/4a771ac1/tr%C3%A8s%20cool.jpg#${iv.toString('hex')}${key.toString('hex')}`;

  test('is written and read both ways, as in XEP-0454', () => {
    expect(aesgcmUrl({ url, iv, key })).toBe(text);
    expect(readAesgcmUrl(text)).toEqual({ url, iv, key });
  });

  test('keeps the port', () => {
    expect(aesgcmUrl({ url: 'https://h:8443/x?y', iv, key })).toMatch(/^aesgcm:\/\/h:8443\/x\?y#/);
  });

  test('may have the long IV of older clients', () => {
    expect(readAesgcmUrl(`aesgcm://h/x#${'00'.repeat(16)}${key.toString('hex')}`)).toMatchObject({
      iv: Buffer.alloc(16),
      key,
    });
  });

  test('is not any other text', () => {
    expect(readAesgcmUrl('https://h/x#00')).toBeUndefined();
  });

  test('that is broken is refused without telling its key', () => {
    expect(() => readAesgcmUrl(`aesgcm://h/x#${key.toString('hex')}`)).toThrow(/^an aesgcm link is broken$/);
  });
});
