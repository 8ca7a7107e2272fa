/** `npm run generate`: puts the generated files on disk, and removes the pages of commands that are no more. */
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { commands } from '../commands/index.ts';
import { generatedFiles } from './files.ts';

const { version } = JSON.parse(await readFile('package.json', 'utf8')) as { version: string };
const readme = await readFile('README.md', 'utf8').catch(() => '');
const files = generatedFiles({ commands, version, readme });

for (const directory of ['completions', 'man']) {
  await mkdir(directory, { recursive: true });
  for (const name of await readdir(directory)) {
    if (!files.has(`${directory}/${name}`)) await rm(`${directory}/${name}`);
  }
}
for (const [path, text] of files) {
  if (path === 'README.md' && text === readme) continue;
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
}
