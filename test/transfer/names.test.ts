/** Names of files: those that strangers choose, and those that we tell (CASES 46, 49). */
import { describe, expect, test } from 'vitest';
import { announcedName, hiddenName } from '../../src/transfer/announced-name.ts';
import { mediaTypeOf, readMediaType } from '../../src/transfer/media-type.ts';
import { nameInUrl, numbered, safeName } from '../../src/transfer/safe-name.ts';

describe('a name that a stranger chose', () => {
  test.each([
    ['../../.ssh/authorized_keys', 'authorized_keys'],
    ['..%2f..%2fx', 'x'],
    ['..%5Cx', 'x'],
    ['/etc/passwd', 'passwd'],
    ['C:\\x', 'x'],
    ['C:x', 'C_x'],
    ['\\\\host\\share', 'share'],
    ['a\0b', 'a_b'],
    ['', 'file'],
    ['.', 'file'],
    ['..', 'file'],
    ['...', 'file'],
    [' . . ', 'file'],
    ['dir/', 'file'],
    ['CON', '_CON'],
    ['con.txt', '_con.txt'],
    ['COM1.tar.gz', '_COM1.tar.gz'],
    ['lpt¹', '_lpt¹'],
    ['console.log', 'console.log'],
    ['x.', 'x'],
    ['x. .', 'x'],
    ['-rf', 'rf'],
    ['--help', 'help'],
    ['.bashrc', 'bashrc'],
    ['~root', 'root'],
    ['a\nb', 'a_b'],
    ['a\u2028b', 'a_b'],
    ['\u001b]0;x\u0007y', '_]0_x_y'],
    ['invoice\u202efdp.exe', 'invoicefdp.exe'],
    ['zero\u200bwidth\ufeff', 'zerowidth'],
    ['lone\ud800half', 'lonehalf'],
    ['$(touch pwn)`x`;&', '_(touch pwn)_x___'],
    ['a<b>c"d|e?f*g', 'a_b_c_d_e_f_g'],
    ['e\u0301t\u00e9', '\u00e9t\u00e9'],
    ['日本語.txt', '日本語.txt'],
    ['a  \t b', 'a _ b'],
  ])('%j becomes %j', (announced, name) => {
    expect(safeName(announced)).toBe(name);
  });

  test('is as long as a file system takes, and keeps its ending', () => {
    const name = safeName(`${'é'.repeat(300)}.jpeg`);
    expect(Buffer.byteLength(name)).toBeLessThanOrEqual(180);
    expect(name).toMatch(/^é+\.jpeg$/);
    expect(safeName('x'.repeat(300))).toBe('x'.repeat(180));
    expect(safeName(`x.${'y'.repeat(300)}`)).toHaveLength(180);
  });

  test('that is missing is replaced', () => {
    expect([safeName(null), safeName(undefined, 'image')]).toEqual(['file', 'image']);
  });

  test.each([
    ['https://h/a/b%20c.txt?x=1#y', 'b c.txt'],
    ['https://h', 'file'],
    ['https://h/a/', 'file'],
    ['https://h/%E0%A4%A', '%E0%A4%A'],
    ['https://h/a/%2e%2e%2fb', 'b'],
  ])('in %s is %j', (url, name) => {
    expect(nameInUrl(url)).toBe(name);
  });

  test('gets a number before its ending', () => {
    expect(['photo.jpg', 'README', '.x'].map((name) => numbered(name, 2))).toEqual(['photo-2.jpg', 'README-2', '.x-2']);
  });
});

describe('a name that we tell', () => {
  test.each([
    ['report.pdf', 'report.pdf'],
    ['a\nb\u001b', 'a_b\ufffd'],
    ['a/b', 'a_b'],
  ])('%j is %j', (name, told) => {
    expect(announcedName(name)).toBe(told);
  });

  test('has at most 255 bytes, and its ending', () => {
    expect(Buffer.byteLength(announcedName(`${'ü'.repeat(300)}.pdf`))).toBeLessThanOrEqual(255);
    expect(announcedName(`${'ü'.repeat(300)}.pdf`)).toMatch(/ü\.pdf$/);
  });

  test('tells no more than its ending if it is to be hidden', () => {
    expect(['plan.tar.gz', 'plan', 'plan.what is this'].map((name) => hiddenName(name, 'r'))).toEqual([
      'r.gz',
      'r',
      'r',
    ]);
  });
});

describe('a media type', () => {
  test.each([
    ['photo.JPG', 'image/jpeg'],
    ['a.tar.gz', 'application/gzip'],
    ['README', 'application/octet-stream'],
    ['x.__proto__', 'application/octet-stream'],
  ])('of %s is %s', (name, type) => {
    expect(mediaTypeOf(name)).toBe(type);
  });

  test.each([
    ['Text/HTML; charset=utf-8', 'text/html'],
    ['image/svg+xml', 'image/svg+xml'],
    ['text', null],
    ['a/b\u001b', null],
    ['', null],
    [undefined, null],
  ])('that reads %j is %j', (text, type) => {
    expect(readMediaType(text)).toBe(type);
  });
});
