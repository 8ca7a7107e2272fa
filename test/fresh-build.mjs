// Before the tests that run the program: builds it and the check of its JSON, unless they are newer than their sources.
import { execFileSync } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { bundle, bundleOf } from './bundle.mjs';
import { root } from './setup.mjs';

export default async function buildIfOld() {
  const names = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' });
  const sources = ['package-lock.json', ...names.map((file) => `src/${file}`)];
  if (isOld('dist/main.js', sources))
    execFileSync(process.execPath, ['src/generate/build.mjs'], { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
  const contract = [...sources, 'test/support/json-contract.ts'];
  if (isOld(bundleOf('json-contract'), contract)) await bundle('support', 'json-contract');
}

const changed = (file) => statSync(join(root, file), { throwIfNoEntry: false })?.mtimeMs ?? 0;
const isOld = (made, sources) => changed(made) <= Math.max(...sources.map(changed));
