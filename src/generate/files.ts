/** Every file that is made from the definitions and committed. */
import type { Command } from '../grammar/command.ts';
import { bashCompletion } from './bash.ts';
import { fishCompletion } from './fish.ts';
import { manPages } from './man.ts';
import { updateReadme } from './readme.ts';
import { zshCompletion } from './zsh.ts';

export interface Sources {
  readonly commands: readonly Command[];
  /** package.json and README.md as they are now. */
  readonly packageJson: string;
  readonly readme: string;
}

const scripts = { bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion };

/** What `xmppctl completion SHELL` prints: the same as is committed. */
export const completionScript = (shell: keyof typeof scripts, commands: readonly Command[]): string =>
  scripts[shell](commands);

/** The files by their path in the repository. */
export function generatedFiles({ commands, packageJson, readme }: Sources): ReadonlyMap<string, string> {
  const manifest = JSON.parse(packageJson) as Record<string, unknown>;
  const pages = [...manPages(commands)].map(([name, text]): [string, string] => [`man/${name}`, text]);
  // npm installs the pages that stand in this list; a directory alone it does not look into.
  const man = pages.map(([path]) => path).sort();
  return new Map([
    ['completions/xmppctl.bash', scripts.bash(commands)],
    ['completions/_xmppctl', scripts.zsh(commands)],
    ['completions/xmppctl.fish', scripts.fish(commands)],
    ...pages,
    ['package.json', `${JSON.stringify({ ...manifest, man }, undefined, 2)}\n`],
    ...(readme === '' ? [] : [['README.md', updateReadme(readme, commands)] as const]),
  ]);
}
