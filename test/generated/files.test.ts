import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { allCommands } from '../../src/commands/index.ts';
import { generatedFiles } from '../../src/generate/files.ts';

const commands = await allCommands();

const root = new URL('../../', import.meta.url);
const read = (path: string): string =>
  existsSync(new URL(path, root)) ? readFileSync(new URL(path, root), 'utf8') : '';
const files = generatedFiles({ commands, packageJson: read('package.json'), readme: read('README.md') });

test.each([...files.keys()])('%s is what the definitions say (npm run generate)', (path) => {
  expect(read(path)).toBe(files.get(path));
});

test.each(['completions', 'man'])('%s/ has no file that nothing generates', (directory) => {
  for (const name of readdirSync(new URL(directory, root))) expect([...files.keys()]).toContain(`${directory}/${name}`);
});
