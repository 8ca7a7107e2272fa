/** What reaches the terminal or a parser (CASES group E), for every format and for errors. */
import { describe, expect, test } from 'vitest';
import { listen } from '../../src/commands/listen.ts';
import { XmppctlError } from '../../src/errors.ts';
import type { Command } from '../../src/grammar/command.ts';
import { renderError } from '../../src/output/error.ts';
import type { Format } from '../../src/output/format.ts';
import { createRenderer } from '../../src/output/render.ts';
import type { Row } from '../../src/output/value.ts';
import { contacts, send } from '../cli/fixtures.ts';
import { output } from '../output/support.ts';

/** Each would do something to a terminal, to a reader's eye or to a program that splits lines. */
const attacks: readonly (readonly [name: string, text: string])[] = [
  ['a cursor movement that overwrites', '\u001b[1A\u001b[2Kforged'],
  [
    'a title (OSC 0), a link (OSC 8), the clipboard (OSC 52)',
    '\u001b]0;t\u0007\u001b]8;;http://x\u001b\\\u001b]52;c;eA==\u0007',
  ],
  ['the same begun with one C1 character', '\u009b2J\u009d0;t\u009c\u0090q\u009c'],
  ['bell, backspace and carriage return', 'secret\u0007\b\b\b\b\b\bpublic\rall'],
  ['lines of its own', 'a\nbob@example.org  forged\r\n{"event":"message"}\u0085b\u2028c\u2029d\u000be\u000cf'],
  ['NUL and DEL', 'a\0b\u007fc'],
  ['the other direction', 'invoice\u202efdp.exe \u2066x\u2069 \u200fy\u200e \u061c'],
  ['what cannot be seen', 'ad\u200bmin \u2060x \ufeff\u00ad \u{e0041}\u{e007f} \u115f\u3164 \ufe0f'],
  ['half a character', '\ud800 \udfff'],
  ['table separators and quotes', 'a\tb\\tc "d" \'e\' \\'],
];

const formats: readonly (Format | undefined)[] = [undefined, 'table', 'json', 'ndjson', 'tsv'];
/** Everything a terminal, an eye or a line splitter acts on, but the newline that ends a record and the tab of TSV. */
const harmful = /[^\P{Cc}\n\t]|[\p{Zl}\p{Zp}\p{Cs}\p{Default_Ignorable_Code_Point}]/u;

async function print(command: Command, rows: readonly Row[], format: Format | undefined, columns?: number) {
  const { stdout, stderr, out, err } = output(columns);
  const renderer = createRenderer({ command, format, stdout, stderr, color: false });
  async function* all() {
    yield* rows;
  }
  await renderer.list(all());
  return { out: out.join(''), err: err.join('') };
}

const event = (text: string) => ({
  v: 1,
  event: 'message',
  time: '2026-11-22T08:31:00.000Z',
  account: 'alice@example.org',
  type: 'chat',
  from: 'bob@example.org',
  resource: text,
  body: text,
  subject: text,
  files: [{ url: text }],
});

describe.each(attacks)('%s', (_, text) => {
  test.each(formats)('in a body, nick, subject or file name, as %s', async (format) => {
    for (const columns of [undefined, 60]) {
      const { out } = await print(listen, [event(text), event('next')], format, columns);
      expect(out).not.toMatch(harmful);
      // One event is one line, for JSON also in the array of a list.
      const lines = out.trimEnd().split('\n');
      expect(lines.length).toBe(format === 'json' ? 4 : format === 'tsv' ? 3 : 2);
      if (format !== 'tsv') expect(out).not.toContain('\t');
    }
  });
  test.each(formats)('in a name or group of a contact, as %s', async (format) => {
    const { out } = await print(contacts, [{ jid: 'bob@example.org', name: text, groups: [text, text] }], format);
    expect(out).not.toMatch(harmful);
  });
  test('keeps its value in JSON', async () => {
    const { out } = await print(listen, [event(text)], 'ndjson');
    expect(JSON.parse(out)).toMatchObject({ body: text, resource: text, files: [{ url: text }] });
  });
  test('in a confirming line', async () => {
    const { err } = await print(send, [{ to: text, id: 'x', status: 'acked' }], undefined, 80);
    expect(err).not.toMatch(harmful);
    expect(err.split('\n')).toHaveLength(2);
  });
  test.each([true, false])('in an error, as JSON: %s', async (json) => {
    const { stderr, err } = output(80);
    const error = new XmppctlError('protocol', `the server says: ${text}${'x'.repeat(10_000)}`, { condition: text });
    await renderError(error, { json, stderr });
    const printed = err.join('');
    expect(printed).not.toMatch(harmful);
    expect(printed.split('\n')).toHaveLength(2);
    expect(printed.length).toBeLessThan(1500);
  });
});

describe('addresses that look like others', () => {
  test.each([
    ['a Cyrillic letter in the local part', 'аdmin@victim.test', 'аdmin@victim.test (%D0%B0dmin@victim.test)'],
    ['a Cyrillic letter in the domain', 'admin@vіctim.test', 'admin@vіctim.test (admin@xn--vctim-n2e.test)'],
    ['an honest umlaut', 'admin@bücher.example', 'admin@bücher.example (admin@xn--bcher-kva.example)'],
  ])('%s is marked in text, not in JSON', async (_, jid, shown) => {
    expect((await print(contacts, [{ jid }], 'table')).out).toContain(shown);
    expect((await print(listen, [{ ...event('x'), from: jid }], undefined)).out).toContain(shown);
    expect(JSON.parse((await print(contacts, [{ jid }], 'ndjson')).out)).toMatchObject({ jid });
  });
  test('plain addresses are left alone', async () => {
    expect((await print(contacts, [{ jid: 'bob@example.org' }], 'table')).out).toBe('JID\nbob@example.org\n');
  });
});
