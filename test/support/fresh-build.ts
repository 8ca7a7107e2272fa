/** Before the tests that run the program: builds it, unless dist is newer than all that it is made of. */
import { execFileSync } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export default function buildIfOld(): void {
  const root = fileURLToPath(new URL('../..', import.meta.url));
  const changed = (file: string): number => statSync(join(root, file), { throwIfNoEntry: false })?.mtimeMs ?? 0;
  const sources = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' }).map((file) => `src/${file}`);
  if (changed('dist/main.js') > Math.max(...['package-lock.json', ...sources].map(changed))) return;
  execFileSync(process.execPath, ['src/generate/build.mjs'], { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
}
