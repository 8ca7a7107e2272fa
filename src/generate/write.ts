/** `npm run generate`: puts the generated files on disk, and removes the pages of commands that are no more. */
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { allCommands } from '../commands/index.ts';
import { generatedFiles } from './files.ts';

const commands = await allCommands();

const packageJson = await readFile('package.json', 'utf8');
const readme = await readFile('README.md', 'utf8').catch(() => '');
const files = generatedFiles({ commands, packageJson, readme });

for (const directory of ['completions', 'man']) {
  await mkdir(directory, { recursive: true });
  for (const name of await readdir(directory)) {
    if (!files.has(`${directory}/${name}`)) await rm(`${directory}/${name}`);
  }
}
for (const [path, text] of files) await writeFile(path, text);
