import { XmppctlError } from '../errors.ts';
import { defineCommand, positionals } from '../grammar/command.ts';
import { didYouMean } from '../grammar/suggest.ts';
import { unparsed } from '../grammar/values.ts';

export const schema = defineCommand({
  name: 'schema',
  summary: 'print the JSON Schema of what a command prints with --json',
  description:
    'Of one command: what it prints as a document, or for a stream one line of it. Without a command: those of all under $defs, and "error", ' +
    'the line that goes to standard error.',
  args: { command: positionals(unparsed('COMMAND', 'none'), 'the command, in one or two words', false) },
  shared: 'local',
  yields: 'text',
  fields: [],
  examples: [
    ['xmppctl schema send', 'one command'],
    ['xmppctl schema muc members | jq .items.properties', 'one command of a group'],
    ['xmppctl schema | jq \'."$defs".error\'', 'how errors look'],
  ],
  async run({ command: words }, ctx) {
    const { commandSchema, schemaOfAll } = await import('../generate/schema.ts');
    const name = words.join(' ');
    const commands = await ctx.commands();
    const command = commands.find((one) => one.name === name);
    if (name !== '' && !command) {
      const names = commands.map((one) => one.name);
      const group = names.filter((one) => one.startsWith(`${name} `));
      const meant = group.length > 0 ? `There is: ${group.join(', ')}.` : didYouMean(name, names);
      throw new XmppctlError('usage', `there is no command '${name}'`, { hint: meant ?? 'See xmppctl help commands.' });
    }
    return JSON.stringify(command ? commandSchema(command) : schemaOfAll(commands), null, 2);
  },
});
