import { describe, expect, test } from 'vitest';
import { XmppctlError } from '../../src/errors.ts';
import type { Command } from '../../src/grammar/command.ts';
import type { Format } from '../../src/output/format.ts';
import { createRenderer } from '../../src/output/render.ts';
import { contacts, listen, mucSend, send } from '../cli/fixtures.ts';
import { type Options, output, print, rows } from './support.ts';

const bob = { jid: 'bob@example.org', name: 'Bob', groups: ['Friends', 'Work'], approved: true, online: true };
const eve = { jid: 'eve@example.org', name: null, groups: [], approved: false, online: false };
/** Each JID that is printed for scripts has its ASCII form beside it. */
const withAscii = (row: { jid: string }) => ({ ...row, jidAscii: null });
const sent = { to: 'bob@example.org', id: 'm1', status: 'acked' };

describe('a list', () => {
  const print2 = (format?: Format, options?: Options) =>
    print(contacts, Promise.resolve([bob, eve]), { ...options, format });

  test('as a table, the same in a pipe and on a terminal', async () => {
    const table =
      'JID              NAME  GROUPS         ONLINE\n' +
      'bob@example.org  Bob   Friends, Work  yes\n' +
      'eve@example.org                       no\n';
    expect((await print2()).out).toBe(table);
    expect((await print2('table', { columns: 80 })).out).toBe(table);
    expect((await print2('table', { noHeader: true })).out).toMatch(
      /^bob@example.org {2}Bob {2}Friends, Work {2}yes\n/,
    );
    expect((await print2('table', { columns: 80, color: true })).out).toContain('\u001b[1mJID');
    expect((await print2('table', { color: true })).out).toBe(table);
  });
  test('without the columns of an option that was not given', async () => {
    const { jid, name, groups, approved } = bob;
    expect((await print(contacts, Promise.resolve([{ jid, name, groups, approved }]))).out).not.toContain('ONLINE');
  });
  test('as one JSON document', async () => {
    const { out } = await print2('json');
    expect(JSON.parse(out)).toEqual([bob, eve].map(withAscii));
    expect(out.split('\n')).toHaveLength(5);
  });
  test('as NDJSON, whole lines with each write', async () => {
    const { writes, out } = await print2('ndjson');
    for (const write of writes) expect(write).toMatch(/\n$/);
    const lines = out.trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line))).toEqual([bob, eve].map(withAscii));
  });
  test('as TSV, values and not their looks', async () => {
    const tsv = 'jid\tjidAscii\tname\tgroups\tapproved\tonline\nbob@example.org\t\tBob\tFriends,Work\ttrue\ttrue\n';
    expect((await print2('tsv')).out).toBe(`${tsv}eve@example.org\t\t\t\tfalse\tfalse\n`);
    expect((await print2('tsv', { noHeader: true })).out).not.toContain('jid\t');
  });
  test('with no rows', async () => {
    const none = (format: Format) => print(contacts, Promise.resolve([]), { format });
    expect((await none('json')).out).toBe('[]\n');
    expect((await none('ndjson')).out).toBe('');
    expect((await none('table')).out).toBe('');
    expect((await none('tsv')).out).toBe('jid\tjidAscii\tname\tgroups\tapproved\tonline\n');
  });
  test('absent values are null, absent lists empty', async () => {
    const { out } = await print(contacts, rows({ jid: 'x@y' }), { format: 'json' });
    expect(JSON.parse(out)).toEqual([
      { jid: 'x@y', jidAscii: null, name: null, groups: [], approved: null, online: null },
    ]);
    expect(out).toMatch(/jid.*name.*groups.*approved.*online/);
  });
  test('a JID that only looks like another one is marked, and told in ASCII', async () => {
    const mallory = { ...bob, jid: 'b\u043eb@example.org' };
    expect((await print(contacts, rows(mallory))).out).toContain('b\u043eb@example.org (b%D0%BEb@example.org)');
    const { out } = await print(contacts, rows(mallory), { format: 'ndjson' });
    expect(JSON.parse(out)).toMatchObject({ jid: mallory.jid, jidAscii: 'b%D0%BEb@example.org' });
  });
  test('that comes piece by piece is written piece by piece', async () => {
    let seen = 0;
    const { stdout, stderr, out } = output();
    async function* many() {
      for (let i = 0; i < 3; i++) {
        // What comes from elsewhere comes with a later turn.
        await new Promise((resolve) => setTimeout(resolve, 1));
        expect(out).toHaveLength(i);
        seen += 1;
        yield { jid: `u${i}@example.org` };
      }
    }
    await createRenderer({ command: contacts, format: 'json', stdout, stderr }).list(many());
    expect(seen).toBe(3);
    expect(JSON.parse(out.join(''))).toHaveLength(3);
  });
  test('that fails in the middle leaves a whole document', async () => {
    async function* failing() {
      yield bob;
      throw new XmppctlError('partial', 'different outcomes');
    }
    for (const format of ['json', 'table', 'tsv', 'ndjson'] as const) {
      const { out, error } = await print(contacts, failing(), { format });
      expect(error).toMatchObject({ kind: 'partial' });
      expect(out).toContain('bob@example.org');
      if (format === 'json') expect(JSON.parse(out)).toEqual([withAscii(bob)]);
    }
  });
  test('that fails before its first row prints nothing', async () => {
    const { out, error } = await print(contacts, Promise.reject(new XmppctlError('noperm', 'no')), { format: 'json' });
    expect([out, error]).toEqual(['', expect.objectContaining({ kind: 'noperm' })]);
  });
});

describe('one result', () => {
  const ask = {
    ...mucSend,
    fields: [
      { key: 'jid', summary: '', type: 'string' },
      { key: 'name', summary: '', type: 'string' },
      { key: 'groups', summary: '', type: 'string[]' },
      { key: 'presence', summary: '', type: 'object[]' },
      { key: 'vcard', summary: '', type: 'object' },
    ],
  } as Command;
  const row = {
    jid: 'bob@example.org',
    name: null,
    groups: ['a', 'b'],
    presence: [
      { resource: 'phone', show: 'away', priority: 5 },
      { resource: 'pc', show: null, priority: 0 },
    ],
    vcard: { email: ['bob@example.com'], note: 'two\nlines', url: null },
  };
  test('as lines of key and value', async () => {
    expect((await print(ask, Promise.resolve(row))).out).toBe(
      'jid          bob@example.org\n' +
        'groups       a, b\n' +
        'presence     resource phone, show away, priority 5\n' +
        '             resource pc, priority 0\n' +
        'vcard.email  bob@example.com\n' +
        'vcard.note   two\\nlines\n',
    );
  });
  test('as one JSON document on one line', async () => {
    const { out } = await print(ask, Promise.resolve(row), { format: 'json' });
    expect(JSON.parse(out)).toEqual(row);
    expect(out.indexOf('\n')).toBe(out.length - 1);
  });
  test('as TSV', async () => {
    expect((await print(ask, Promise.resolve(row), { format: 'tsv', fields: undefined })).out).toContain(
      'bob@example.org\t\ta,b\t',
    );
  });
});

describe('a command that acts', () => {
  test('is silent in a pipe', async () => {
    expect(await print(send, Promise.resolve(sent))).toMatchObject({ out: '', err: '' });
  });
  test('confirms on a terminal, on standard error', async () => {
    expect(await print(send, Promise.resolve(sent), { columns: 80 })).toMatchObject({
      out: '',
      err: 'sent to bob@example.org\n',
    });
    expect(await print(send, Promise.resolve(sent), { columns: 80, quiet: true })).toMatchObject({ out: '', err: '' });
    expect(await print({ ...send, confirm: () => '' }, Promise.resolve(sent), { columns: 80 })).toMatchObject({
      err: '',
    });
    const hostile = { ...sent, to: 'a\u001b]0;x\u0007' };
    expect((await print(send, Promise.resolve(hostile), { columns: 80 })).err).toBe('sent to a\\x1b]0;x\\x07\n');
  });
  test('prints its result when a format is asked for', async () => {
    const { out, err } = await print(send, Promise.resolve(sent), { format: 'json', columns: 80 });
    expect([JSON.parse(out), err]).toEqual([sent, '']);
    expect((await print(send, Promise.resolve(sent), { format: 'table' })).out).toContain('status  acked\n');
  });
});

describe('a stream', () => {
  const message = { v: 1, event: 'message', time: 'T', from: 'bob@example.org', body: 'a\nb' };

  test('as lines the command lays out', async () => {
    expect((await print(listen, rows(message, { v: 1, event: 'gap', time: 'U', since: 'S' }))).out).toBe(
      'T  bob@example.org  a\\nb\nU\n',
    );
  });
  test('as NDJSON, also with --json, one write each, all keys of the variant', async () => {
    for (const format of ['json', 'ndjson'] as const) {
      const { writes } = await print(listen, rows(message, { v: 1, event: 'gap', time: 'U' }), { format });
      expect(writes.map((line) => JSON.parse(line))).toEqual([
        { v: 1, event: 'message', time: 'T', from: 'bob@example.org', body: 'a\nb', files: [] },
        { v: 1, event: 'gap', time: 'U', since: null },
      ]);
    }
  });
  test('with an event nobody declared keeps its keys', async () => {
    const { out } = await print(listen, rows({ v: 1, event: '__proto__', time: 'T', more: 1 }), { format: 'json' });
    expect(JSON.parse(out)).toEqual({ v: 1, event: '__proto__', time: 'T', more: 1 });
  });
  test('as a table that grows where no line is laid out', async () => {
    const { line, ...plain } = { ...listen, fields: listen.fields.slice(1) };
    const { out } = await print(
      plain as Command,
      rows({ event: 'a', time: '1' }, { event: 'longer one', time: '2' }, { event: 'b', time: '3' }),
    );
    expect(out).toBe('EVENT  TIME\na      1\nlonger one  2\nb           3\n');
    expect(line).toBeDefined();
  });
  test('ends when the reader goes away; a command that acts goes on', async () => {
    const { stdout, stderr } = output();
    let asked = 0;
    let cleaned = false;
    async function* endless() {
      try {
        for (; asked < 5; asked++) yield message;
      } finally {
        cleaned = true;
      }
    }
    const gone = { ...stdout, closed: true, columns: undefined, write: async () => {} };
    await createRenderer({ command: listen, format: 'json', stdout: gone, stderr }).stream(endless());
    expect([asked, cleaned]).toEqual([0, true]);
    await createRenderer({ command: send, format: 'json', stdout: gone, stderr }).stream(endless());
    expect(asked).toBe(5);
  });
});

test('what was done is not denied because its result cannot be written', async () => {
  const full = { ...output().stdout, write: () => Promise.reject(new XmppctlError('ioerr', 'no space left')) };
  const tell = (command: Command, result: unknown) => print(command, result, { format: 'json', stdout: full });
  expect((await tell(send, rows(sent))).error).toMatchObject({ kind: 'ioerr', delivered: 'unknown' });
  expect((await tell(contacts, Promise.resolve([bob]))).error).toMatchObject({ kind: 'ioerr', delivered: 'no' });
});

test('text is printed as it is, with one newline at the end', async () => {
  const command = { ...mucSend, yields: 'text' } as Command;
  expect((await print(command, Promise.resolve('a\n\tb'))).out).toBe('a\n\tb\n');
  expect((await print(command, Promise.resolve('a\n'))).out).toBe('a\n');
  expect((await print(command, Promise.resolve(''))).out).toBe('');
});
