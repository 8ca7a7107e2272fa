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

test('the rows of a table in the README have as many cells as its heading', () => {
  const cells = (row: string): number => row.split(/(?<!\\)\|/).length;
  const tables = (files.get('README.md') ?? '').match(/(^\|.*\n)+/gm) ?? [];
  expect(tables.length).toBeGreaterThan(3);
  for (const table of tables) {
    const [heading = '', ...rows] = table.trim().split('\n');
    for (const row of rows) expect([row, cells(row)]).toEqual([row, cells(heading)]);
  }
});

test.each(['completions', 'man'])('%s/ has no file that nothing generates', (directory) => {
  for (const name of readdirSync(new URL(directory, root))) expect([...files.keys()]).toContain(`${directory}/${name}`);
});
