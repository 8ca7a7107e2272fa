import { describe, expect, test } from 'vitest';
import { chooseOutput } from '../../src/output/format.ts';
import { createRenderer } from '../../src/output/render.ts';
import { contacts, listen } from '../cli/fixtures.ts';
import { output, print, rows } from './support.ts';

const bob = { jid: 'bob@example.org', name: 'Bob', groups: ['Friends', 'Work'], approved: true, online: true };

describe('--json=KEYS', () => {
  test('prints only these, in that order', async () => {
    const { out } = await print(contacts, rows(bob), { format: 'json', fields: ['online', 'jid'] });
    expect(out).toBe('[\n{"online":true,"jid":"bob@example.org"}\n]\n');
    const event = await print(listen, rows({ event: 'gap', time: 'T' }), {
      format: 'json',
      fields: ['body', 'files'],
    });
    expect(event.out).toBe('{"body":null,"files":[]}\n');
  });
  test('with an unknown key is a usage error before anything runs', () => {
    const { stdout, stderr } = output();
    expect(() =>
      createRenderer({ command: contacts, format: 'json', fields: ['jid', 'nmae'], stdout, stderr }),
    ).toThrow(
      expect.objectContaining({ kind: 'usage', hint: 'The keys are: jid, jidAscii, name, groups, approved, online.' }),
    );
  });
  test('and -o', () => {
    expect(chooseOutput({})).toEqual({ format: undefined, fields: undefined });
    expect(chooseOutput({ json: '' })).toEqual({ format: 'json', fields: undefined });
    expect(chooseOutput({ json: 'a, b', output: 'ndjson' })).toEqual({ format: 'ndjson', fields: ['a', 'b'] });
    expect(() => chooseOutput({ json: '', output: 'tsv' })).toThrow('exclude each other');
  });
});
