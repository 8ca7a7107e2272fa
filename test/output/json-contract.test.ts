// The check that all tests of the program's JSON go through would notice a program that breaks its promise.
import { describe, expect, test } from 'vitest';
import { checkJson } from '../support/json-contract.ts';

const good = { args: ['presence', 'get', 'bob@example.org', '--json'], env: {}, exitCode: 0, stderr: '' };
const row = {
  jid: 'bob@example.org',
  jidAscii: null,
  online: false,
  show: 'offline',
  status: null,
  resource: null,
  priority: null,
};
const error = {
  exit: 77,
  kind: 'noperm',
  condition: null,
  message: 'no',
  hint: null,
  retryable: false,
  delivered: 'no',
};
const errorLine = (more: object = {}) => `${JSON.stringify({ error: { ...error, ...more } })}\n`;
const heartbeat = { v: 1, event: 'heartbeat', time: '2026-11-22T08:31:00.000Z', account: 'alice@example.org' };
const jsonOf = (...rows: unknown[]) => rows.map((one) => `${JSON.stringify(one)}\n`).join('');

const sent = { to: 'bob@example.org', id: '1', status: 'failed', stanzaId: null, error };
const send = ['send', 'bob@example.org', 'hi', '--json'];

describe('passes', () => {
  test.each([
    ['an array of what the command declares', good.args, jsonOf([row])],
    ['a line for each', [...good.args.slice(0, 3), '-o', 'ndjson'], jsonOf(row, row)],
    ['the keys that were chosen', [...good.args.slice(0, 3), '--json=show,jid'], jsonOf([{ show: null, jid: 'b@c' }])],
    ['events', ['listen', '--json'], jsonOf(heartbeat)],
    ['an error in a result', send, jsonOf(sent)],
    ['a key of another event', ['listen', '--json=event,body,files'], jsonOf({ event: 'gap', body: null, files: [] })],
    ['what is no JSON', ['listen'], 'not { JSON\n'],
    ['a dry run', ['send', 'bob@example.org', 'hi', '--json', '--dry-run'], '<message/>\n'],
  ])('%s', (_, args, stdout) => {
    checkJson({ ...good, args, stdout });
  });
  test('an error on stderr, and what a signal has cut', () => {
    checkJson({ ...good, exitCode: 77, stdout: '', stderr: errorLine() });
    checkJson({ ...good, exitCode: undefined, stdout: '[\n{"jid"' });
  });
});

describe('stops', () => {
  test.each([
    ['a key that is missing', good.args, jsonOf([{ ...row, show: undefined }])],
    ['a key that nobody declared', good.args, jsonOf([{ ...row, extra: 1 }])],
    ['a value of another type', good.args, jsonOf([{ ...row, priority: '5' }])],
    ['a document where lines were asked for', [...good.args.slice(0, 3), '-o', 'ndjson'], jsonOf([row])],
    ['a key that was not chosen', [...good.args.slice(0, 3), '--json=jid'], jsonOf([{ jid: 'b@c', show: null }])],
    ['an event with the keys of another', ['listen', '--json'], jsonOf({ ...heartbeat, event: 'gap' })],
    ['an event that nobody declared', ['listen', '--json'], jsonOf({ ...heartbeat, event: 'party' })],
    ['an error in a result without its kind', send, jsonOf({ ...sent, error: { ...error, kind: undefined } })],
    ['a key in an object that nobody declared', ['listen', '--json=files'], jsonOf({ files: [{ extra: 1 }] })],
    ['silence', good.args, ''],
    ['text before the JSON', good.args, `Hello\n${jsonOf([row])}`],
    ['silence where there is one answer', ['info', 'bob@example.org', '--json'], ''],
  ])('%s', (_, args, stdout) => {
    expect(() => checkJson({ ...good, args, stdout })).toThrow();
  });
  test.each([
    ['an error without its kind', 77, errorLine({ kind: undefined })],
    ['an exit status that no error has', 77, errorLine({ exit: 12 })],
    ['an error that is not told', 77, ''],
    ['an error where all went well', 0, errorLine()],
  ])('%s', (_, exitCode, stderr) => {
    expect(() => checkJson({ ...good, exitCode, stdout: jsonOf([row]), stderr })).toThrow();
  });
});

test('stops an exit status that the manual page does not name', () => {
  expect(() => checkJson({ ...good, args: ['accounts'], exitCode: 67, stdout: '' })).toThrow('does not name');
});
