import { describe, expect, test } from 'vitest';
import { completionModel } from '../../src/generate/completion-model.ts';
import { updateReadme } from '../../src/generate/readme.ts';
import { commandSchema, schemaOfAll } from '../../src/generate/schema.ts';
import { quote, valueCases } from '../../src/generate/value-cases.ts';
import type { Command } from '../../src/grammar/command.ts';
import { commands, completion, contacts, listen, send } from '../cli/fixtures.ts';

describe('the schema', () => {
  test('of one result', () => {
    expect(commandSchema(send)).toEqual({
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      title: 'xmppctl send',
      description: 'sends one message',
      type: 'object',
      properties: {
        to: { description: 'recipient', type: ['string', 'null'] },
        id: { description: 'id of the message', type: ['string', 'null'] },
        status: { description: 'what is known', type: ['string', 'null'] },
      },
      required: ['to', 'id', 'status'],
    });
  });
  test('of a list', () => {
    expect(commandSchema(contacts)).toMatchObject({
      type: 'array',
      items: { properties: { groups: { type: 'array', items: { type: 'string' } } } },
    });
  });
  test('of events', () => {
    const schema = commandSchema(listen) as { oneOf: { properties: Record<string, object>; required: string[] }[] };
    expect(schema.oneOf.map(({ properties }) => properties.event)).toEqual([{ const: 'message' }, { const: 'gap' }]);
    expect(schema.oneOf[1]?.required).toEqual(['v', 'event', 'time', 'since']);
  });
  test('of everything has the error, too', () => {
    const { $defs } = schemaOfAll(commands) as { $defs: Record<string, object> };
    expect(Object.keys($defs)).toEqual([
      ...commands.filter(({ yields }) => yields !== 'text').map(({ name }) => name),
      'error',
    ]);
    expect($defs).not.toHaveProperty(completion.name);
  });
});

describe('README tables', () => {
  const readme =
    'before\n<!-- begin commands -->\nold\n<!-- end commands -->\n<!-- begin other -->\nkept\n<!-- end other -->\n';
  test('replace what stands between their markers, and nothing else', () => {
    const text = updateReadme(readme, commands);
    expect(text).toMatch(/^before\n<!-- begin commands -->\n\n\| Command/);
    expect(text).toContain('| `send JID [BODY]` | Sends one message. |');
    expect(text).not.toContain('old');
    expect(text).toContain('<!-- begin other -->\nkept\n');
    expect(updateReadme(text, commands)).toBe(text);
  });
  test('name the exit statuses', () => {
    expect(updateReadme('<!-- begin exit-codes -->\n<!-- end exit-codes -->', commands)).toContain('| 75 | tempfail |');
  });
});

describe('the model of the completions', () => {
  test('offers an option once if it means the same everywhere', () => {
    const cases = valueCases(completionModel(commands)).flatMap(({ patterns }) => patterns);
    expect(cases).toContain('*:--account');
    expect(cases).toContain('send:--json');
    expect(new Set(cases).size).toBe(cases.length);
  });
  test('tells options apart that mean different things', () => {
    const other = {
      ...send,
      name: 'other',
      args: { ...send.args, wait: { ...send.args.wait, type: { name: 'OTHER', completes: 'file' } } },
    };
    const cases = valueCases(completionModel([...commands, other as unknown as Command])).flatMap(
      ({ patterns }) => patterns,
    );
    expect(cases).toContain('send:--wait');
    expect(cases).not.toContain('*:--wait');
  });
  test('offers the names of commands to help and schema', () => {
    const { next } = completionModel([...commands, { ...completion, name: 'schema' }]);
    const words = (after: string) => next.get(after)?.map(([word]) => word);
    for (const about of ['help', 'schema']) {
      expect(words(about)).toEqual(expect.arrayContaining(['send', 'muc']));
      expect(words(`${about} muc`)).toEqual(['send', 'list']);
    }
    expect(words('help')).toContain('cron');
    expect(words('schema')).not.toContain('cron');
  });
  test('quotes what a shell would act on', () => {
    expect(quote("it's $(x)")).toBe(`'it'\\''s $(x)'`);
    expect(quote('--to')).toBe('--to');
    expect(quote('')).toBe("''");
  });
});
