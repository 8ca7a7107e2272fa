import { defineCommand, positional } from '../grammar/command.ts';
import { choice } from '../grammar/values.ts';

export const completion = defineCommand({
  name: 'completion',
  summary: 'print the completion script of a shell',
  description:
    'The script completes commands, options, values and file names, and contacts, rooms and accounts that were seen before. It does not ' +
    'start this program for that. Packages install it; this is for other installations.',
  args: { shell: positional(choice(['bash', 'zsh', 'fish'], 'bash|zsh|fish'), 'the shell') },
  shared: 'local',
  yields: 'text',
  fields: [],
  examples: [
    ['source <(xmppctl completion bash)', 'in ~/.bashrc'],
    ['xmppctl completion zsh >~/.zfunc/_xmppctl', 'once, for zsh, in a directory of its fpath'],
    ['xmppctl completion fish >~/.config/fish/completions/xmppctl.fish', 'once, for fish'],
  ],
  async run({ shell }, ctx) {
    const { completionScript } = await import('../generate/files.ts');
    return completionScript(shell, await ctx.commands());
  },
});
