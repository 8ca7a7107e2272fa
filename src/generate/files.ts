/** Every file that is made from the definitions and committed. */
import type { Command } from '../grammar/command.ts';
import { bashCompletion } from './bash.ts';
import { fishCompletion } from './fish.ts';
import { manPages } from './man.ts';
import { updateReadme } from './readme.ts';
import { zshCompletion } from './zsh.ts';

export interface Sources {
  readonly commands: readonly Command[];
  readonly version: string;
  /** README.md as it is now. */
  readonly readme: string;
}

const scripts = { bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion };

/** What `xmppctl completion SHELL` prints: the same as is committed. */
export const completionScript = (shell: keyof typeof scripts, commands: readonly Command[]): string =>
  scripts[shell](commands);

/** The files by their path in the repository. */
export function generatedFiles({ commands, version, readme }: Sources): ReadonlyMap<string, string> {
  return new Map([
    ['completions/xmppctl.bash', bashCompletion(commands)],
    ['completions/_xmppctl', zshCompletion(commands)],
    ['completions/xmppctl.fish', fishCompletion(commands)],
    ...[...manPages(commands, version)].map(([name, text]): [string, string] => [`man/${name}`, text]),
    ['README.md', updateReadme(readme, commands)],
  ]);
}
